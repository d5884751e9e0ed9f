/**
 * For vitest: guests as a fixture, and what to expect of them. It must not know the command line; importing it adds
 * the matchers to `expect`.
 */
import { test as base, expect, type TestAPI } from 'vitest';
import { type OpenBench, type OpenBenchOptions, openBench } from '../scenario/index.ts';
import { type GuestMatchers, matchers } from './matchers.ts';
import { attachTraces, type TraceArtifact } from './traces.ts';

export { type FuzzTestOptions, fuzz } from './fuzz.ts';
export type { GuestMatchers } from './matchers.ts';
export type { TranscriptPattern } from './transcript-pattern.ts';
export { expect, matchers };

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: vitest's own interface, whose parameter must be the same.
  interface Matchers<T = any> extends GuestMatchers<T> {}
  interface TestArtifactRegistry {
    vmtbenchTrace: TraceArtifact;
  }
}

expect.extend(matchers);

/** Opens a bench that is closed when the test is over; see {@link openBench}. */
export type OpenGuest = (object: OpenBenchOptions['object'], options?: Omit<OpenBenchOptions, 'object'>) => OpenBench;

/** vitest's `test` with a `guest`; what a failed test's guests have done is attached to it. */
export const test: TestAPI<{ guest: OpenGuest }> = base.extend<{ guest: OpenGuest }>({
  guest: async ({ task, onTestFailed }, use) => {
    const opened: OpenBench[] = [];
    onTestFailed(() =>
      attachTraces(
        task,
        opened.map(({ trace }) => trace).filter(({ length }) => length > 0),
      ),
    );
    await use((object, options = {}) => {
      const bench = openBench({ ...options, object });
      opened.push(bench);
      return bench;
    });
    for (const bench of opened) bench.close();
  },
});
