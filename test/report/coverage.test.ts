import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Bench, CodeCoverage, run } from '../../src/bench/index.ts';
import type { Stop } from '../../src/cpu/index.ts';
import { countInstructions, type ExecutedEdge, type ObjectFile } from '../../src/object/index.ts';
import { coverageText, disassemblyText, fileCoverage, writeCoverage } from '../../src/report/index.ts';
import { benchOptionsOf, loadScenario, objectOf } from '../../src/scenario/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmtbench-coverage-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = (name: string): string => `fixtures/kernels/${name}.o`;
const SCENARIO = loadScenario('dead-channel');
const UNTIL = 10e9;

function edgesOf(object: ObjectFile): readonly ExecutedEdge[] {
  const observer = new CodeCoverage();
  const bench = new Bench({ object, ...benchOptionsOf(SCENARIO), observer });
  run(bench, { until: UNTIL });
  bench.close();
  return observer.edges;
}

/** How often each instruction ran, by section and offset: the processor runs one at a time. */
function steppedCounts(object: ObjectFile): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const bench = new Bench({ object, ...benchOptionsOf(SCENARIO) });
  const { machine, places } = bench.guest;
  const traps = new Set<bigint>();
  const { setTrap, clearTrap } = machine;
  machine.setTrap = (address) => {
    traps.add(address);
    setTrap.call(machine, address);
  };
  machine.clearTrap = (address) => {
    traps.delete(address);
    clearTrap.call(machine, address);
  };
  machine.run = (pc): Stop => {
    for (let at = pc; ; ) {
      const place = places.inSection(at);
      const key = place === null ? '' : `${place.section} ${place.offset}`;
      const stop = machine.step(at);
      // A REP is one instruction, however many steps it takes.
      if (stop.reason !== 'trap' || stop.pc !== at) counts.set(key, (counts.get(key) ?? 0) + 1);
      if (stop.reason !== 'trap' || traps.has(stop.pc)) return stop;
      at = stop.pc;
    }
  };
  Object.defineProperty(machine, 'workLeft', { get: () => 1e9 });
  run(bench, { until: UNTIL });
  bench.close();
  return counts;
}

/** The lines of each file, as objdump reads them. */
function objdumpLines(file: string): ReadonlyMap<string, ReadonlySet<number>> {
  const files = new Map<string, Set<number>>();
  for (const line of execFileSync('objdump', ['--dwarf=decodedline', file], { encoding: 'utf8' }).split('\n')) {
    const [, name, number] = /^(\S+\.[ch]) +(\d+) +(?:0x)?[0-9a-f]+/.exec(line) ?? [];
    if (name === undefined || Number(number) === 0) continue;
    const lines = files.get(name) ?? new Set<number>();
    files.set(name, lines.add(Number(number)));
  }
  return files;
}

describe.each(['vmt-unpatched-amd64', 'vmt-patched-i386', 'vmt-netbsd-unpatched-amd64'])('coverage of %s', (name) => {
  const object = objectOf(path(name));
  const edges = edgesOf(object);
  const files = fileCoverage(object, edges);

  it('has the lines that objdump has', () => {
    const expected = objdumpLines(path(name));
    const found = new Map(files.map(({ file, lines }) => [file.split('/').at(-1) as string, new Set(lines.keys())]));
    expect(found.size).toBeGreaterThan(0);
    for (const [file, lines] of expected)
      expect([file, [...(found.get(file) ?? [])].sort()]).toEqual([file, [...lines].sort()]);
  });

  it('counts as often as single steps', () => {
    const stepped = steppedCounts(object);
    const counted = countInstructions(object, edges).flatMap(({ section, instructions }) =>
      instructions.map(({ offset, executions }) => [`${section} ${offset}`, executions] as const),
    );
    expect(counted.filter(([, executions]) => executions > 0).length).toBeGreaterThan(500);
    expect(counted.filter(([key, executions]) => (stepped.get(key) ?? 0) !== executions)).toEqual([]);
  });

  it('has branches whose sides are as often as the jump ran', () => {
    const jumps = countInstructions(object, edges).flatMap(({ instructions }) =>
      instructions.flatMap(({ branch, executions }) => (branch === null ? [] : [{ ...branch, executions }])),
    );
    expect(jumps.filter(({ taken, passed, executions }) => taken + passed !== executions)).toEqual([]);
    expect(jumps.filter(({ taken, passed }) => taken > 0 && passed > 0).length).toBeGreaterThan(5);
  });

  it('is written as lcov and as HTML', () => {
    const lcov = join(folder, `${name}.info`);
    writeCoverage(files, { kind: 'lcov', file: lcov }, ['.', 'fixtures/kernels']);
    const text = readFileSync(lcov, 'utf8');
    for (const { file, lines, branches } of files) {
      const record = text.split('end_of_record').find((part) => part.includes(`/${file.split('/').at(-1)}\n`)) ?? '';
      const written = [...record.matchAll(/^DA:(\d+),(\d+)$/gm)].map(([, line, count]) => [
        Number(line),
        Number(count),
      ]);
      expect(written.sort(([a = 0], [b = 0]) => a - b)).toEqual([...lines]);
      expect(record.match(/^BRDA:/gm)?.length ?? 0).toBe(2 * branches.length);
    }
    writeCoverage(files, { kind: 'html', folder: join(folder, name) }, ['.', 'fixtures/kernels']);
    expect(readFileSync(join(folder, name, 'index.html'), 'utf8')).toContain('.c.html');
  });

  it.skipIf(spawnSync('genhtml', ['--version']).error !== undefined)('is read by genhtml', () => {
    const lcov = join(folder, `${name}-genhtml.info`);
    writeCoverage(files, { kind: 'lcov', file: lcov }, ['.', 'fixtures/kernels']);
    const { status, stderr } = spawnSync('genhtml', ['--branch-coverage', '-o', join(folder, 'genhtml'), lcov], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    expect(existsSync(join(folder, 'genhtml/index.html'))).toBe(true);
  });
});

it('without debug information there are functions and instructions', () => {
  const stripped = join(folder, 'stripped.o');
  execFileSync('strip', ['-g', '-o', stripped, path('vmt-unpatched-amd64')]);
  const object = objectOf(stripped);
  const edges = edgesOf(object);
  expect(fileCoverage(object, edges)).toEqual([]);
  expect(coverageText(object, edges).find((line) => line.startsWith('vmt_attach '))).toMatch(
    /^vmt_attach +1 +\d+ of \d+/,
  );
  const text = disassemblyText(object, edges);
  expect(text).toContain('vmt_attach:');
  expect(text.some((line) => /^ +\d+ +[0-9a-f]+ {2}in eax,dx$/.test(line))).toBe(true);
});
