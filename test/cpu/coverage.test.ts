import { describe, expect, it } from 'vitest';
import { blockCountsOf, EdgeMap, type Machine } from '../../src/cpu/index.ts';
import { CODE, machine, start } from '../support/machine.ts';

/** mov ecx, N; dec ecx; jnz; hlt: the first turn is a block with the mov, the last block is the hlt. */
const loop = (turns: number): Machine =>
  machine(64, `b9 ${Buffer.from(Uint32Array.of(turns).buffer).toString('hex')} ffc9 75fc f4`);

/** The edges of one run by index, sorted, with their counters. */
function edgesOf(m: Machine, map: EdgeMap): [number, number][] {
  map.clear();
  expect(start(m).reason).toBe('halt');
  return [...map.indexes].map((index): [number, number] => [index, map.counters[index] as number]).sort();
}

describe('edges', () => {
  it('counts each edge between two blocks, and lists it once', () => {
    const m = loop(5);
    const map = new EdgeMap();
    m.coverEdges(map);
    // Into the code, into the loop, around it, out of it.
    expect(
      edgesOf(m, map)
        .map(([, count]) => count)
        .sort(),
    ).toEqual([1, 1, 1, 3]);
    m.close();
  });

  it('gives the same edges the same indexes in each run and machine, and other edges others', () => {
    const [one, other] = [loop(3), loop(3)];
    const maps = [new EdgeMap(), new EdgeMap()] as const;
    one.coverEdges(maps[0]);
    other.coverEdges(maps[1]);
    const edges = edgesOf(one, maps[0]);
    expect(edgesOf(one, maps[0])).toEqual(edges);
    expect(edgesOf(other, maps[1])).toEqual(edges);
    const shorter = loop(1);
    shorter.coverEdges(maps[0]);
    expect(edgesOf(shorter, maps[0]).length).toBeLessThan(edges.length);
    for (const m of [one, other, shorter]) m.close();
  });

  it('stops a counter at 255', () => {
    const m = loop(1000);
    const map = new EdgeMap();
    m.coverEdges(map);
    expect(Math.max(...edgesOf(m, map).map(([, count]) => count))).toBe(255);
    m.close();
  });

  it('clears what was counted, and only that is left to clear', () => {
    const m = loop(3);
    const map = new EdgeMap(8);
    m.coverEdges(map);
    expect(edgesOf(m, map)).not.toEqual([]);
    map.clear();
    expect(map.size).toBe(0);
    expect(map.counters).toEqual(new Uint8Array(256));
    m.close();
  });

  it('counts nothing once it is off', () => {
    const m = loop(3);
    const map = new EdgeMap();
    m.coverEdges(map);
    m.coverEdges(null);
    expect(edgesOf(m, map)).toEqual([]);
    m.close();
  });

  it.each([3, 25, 4.5, Number.NaN])('refuses a map of %f bits', (bits) => {
    expect(() => new EdgeMap(bits)).toThrow(expect.objectContaining({ code: 'cpu.coverage' }));
  });
});

describe('block counts', () => {
  it('counts how often each block runs, over all runs since it is on', () => {
    const m = loop(5);
    m.countBlocks(true);
    start(m);
    const counts = [
      { address: CODE, size: 9, executions: 1 },
      { address: CODE + 5n, size: 4, executions: 4 },
      { address: CODE + 9n, size: 1, executions: 1 },
    ];
    expect(blockCountsOf(m.edgeCounts())).toEqual(counts);
    start(m);
    expect(blockCountsOf(m.edgeCounts())).toEqual(
      counts.map((block) => ({ ...block, executions: block.executions * 2 })),
    );
    m.close();
  });

  it('starts from nothing whenever it is turned on, and counts nothing while off', () => {
    const m = loop(5);
    m.countBlocks(true);
    start(m);
    m.countBlocks(true);
    expect(blockCountsOf(m.edgeCounts())).toEqual([]);
    m.countBlocks(false);
    start(m);
    expect(blockCountsOf(m.edgeCounts())).toEqual([]);
    m.close();
  });

  it('has room for more blocks than a driver has', () => {
    const blocks = 3000;
    // jmp to the next instruction, over and over, in a page of its own
    const m = machine(64, 'f4');
    const code = 0x100000n;
    m.map(code, 0x4000, 'rx');
    m.write(code, Uint8Array.from([...Array.from({ length: blocks }, () => [0xeb, 0x00]).flat(), 0xf4]));
    m.countBlocks(true);
    expect(m.run(code).reason).toBe('halt');
    const counts = blockCountsOf(m.edgeCounts());
    expect(counts).toHaveLength(blocks + 1);
    expect(counts.every(({ executions }) => executions === 1)).toBe(true);
    m.close();
  });

  it('is no part of a snapshot', () => {
    const m = loop(2);
    const before = m.snapshot();
    m.countBlocks(true);
    start(m);
    const counts = blockCountsOf(m.edgeCounts());
    m.restore(before);
    expect(blockCountsOf(m.edgeCounts())).toEqual(counts);
    m.close();
  });
});
