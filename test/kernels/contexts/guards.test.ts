import { afterAll, describe, expect, test } from 'vitest';
import { hasCompiler, MACHINES } from '../../guest/support/compile.ts';
import { execution, Source } from './execution.ts';
import { KERNELS } from './sources.ts';

/** Where the other one was let in, and the ports in the order of their accesses. */
const OPEN = {
  'nth=1': [1, '11 99 22 33'],
  'nth=2': [2, '11 22 99 33'],
  'nth=3': [3, '11 22 33 99'],
} as const;
const SHUT = { ...OPEN, 'nth=2': [0, '11 22 33'] } as const;

describe.skipIf(!hasCompiler).each(MACHINES)('a soft interrupt between two port accesses, %s', (machine) => {
  describe.each(Object.values(KERNELS))('$name', ({ name, text, guards, doors }) => {
    const pairs = Object.entries({ ...guards, ...doors });
    const source = new Source(
      name,
      machine,
      text + execution('f') + pairs.map(([, [shut, open]], index) => execution(`f${index}`, shut, open)).join(''),
    );
    afterAll(() => source.close());

    const seen = (called: string): Record<string, unknown> =>
      Object.fromEntries(
        Object.keys(OPEN).map((at) => {
          const { value, ports, outcome } = source.call(called, at);
          return [at, outcome === null ? [value, ports] : outcome];
        }),
      );

    test('comes in behind each, and nowhere unasked', () => {
      expect(seen('f')).toEqual(OPEN);
      expect(source.call('f')).toMatchObject({ value: 0, ports: '11 22 33', outcome: null });
    });

    test.each(pairs.map(([what], index) => [what, index] as const))('%s', (what, index) => {
      expect(seen(`f${index}`)).toEqual(what in guards ? SHUT : OPEN);
    });
  });
});
