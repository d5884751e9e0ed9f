import { describe, expect, it } from 'vitest';
import { demo } from '../../src/cli/demo.ts';

const UNPATCHED = 'fixtures/kernels/vmt-unpatched-amd64.o';
const PATCHED = 'fixtures/kernels/vmt-patched-amd64.o';

describe('the demo', () => {
  it('computes its table from the runs: with the objects swapped the table is swapped', () => {
    const shown: string[] = [];
    const rows = demo(UNPATCHED, PATCHED, ({ name }, path) => shown.push(`${name} ${path}`));
    const swapped = demo(PATCHED, UNPATCHED, () => {});
    expect(rows.map(({ scenario }) => scenario.name)).toEqual(['S1', 'S3', 'S6']);
    for (const row of rows) {
      expect(row.unpatched).toMatch(/^never heals \(\d\d+ error lines/);
      expect(row.patched).toMatch(/^heals \([34] error lines, 2 channels\)/);
    }
    expect(swapped.map(({ unpatched, patched }) => [unpatched, patched])).toEqual(
      rows.map(({ unpatched, patched }) => [patched, unpatched]),
    );
    expect(shown).toHaveLength(6);
  });

  it('shows the lines that the author of the bug report saw', () => {
    const consoles = new Map<string, string[]>();
    demo(UNPATCHED, PATCHED, ({ name }, path, { console }) => {
      if (path === UNPATCHED) consoles.set(name, [...console]);
    });
    const again = (name: string, line: string): number =>
      consoles.get(name)?.filter((other) => other === line).length ?? 0;
    for (const name of ['S1', 'S3', 'S6']) {
      expect(again(name, 'vmware: sending length failed, eax=00000000, ecx=00000000')).toBeGreaterThan(10);
      expect(again(name, 'vmt0: failed to send TCLO outgoing ping')).toBeGreaterThan(10);
    }
    expect(again('S3', 'vmt0: resetting rpc')).toBeGreaterThan(10);
  });
});
