import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** What takes seconds a file: whole guests, compilers, the command line. `npm test` runs it. */
const SLOW = [
  'test/bench/{entry-points,states}.test.ts',
  'test/check/**',
  'test/cli/**',
  'test/cpu/{differential,snippets}/**',
  'test/cpu/{budget,code-buffer,overwriting,wrong-forms}.test.ts',
  'test/docs.test.ts',
  'test/fixtures/reproducible.test.ts',
  'test/fuzz/*.test.ts',
  'test/guest/{endless,globals,mutations,outcomes,stubs}.test.ts',
  'test/guests/!(seed).test.ts',
  'test/judge/invariants/{asked,no-leak,no-lost-event}.test.ts',
  'test/kernels/contexts/**',
  'test/kernels/{interfaces,linux,structures}.test.ts',
  'test/known-bugs/**',
  'test/library.test.ts',
  'test/object/{code,dwarf,elf,load}/**',
  'test/plan/guest-events.test.ts',
  'test/scenario/file/{hostile,parse}.test.ts',
  'test/scripts/**',
  'test/tclo-host/{mutated-calls,nic-info,random-calls}.test.ts',
  'test/tclo-host/model/**',
  'test/the-twelve-year-bug.test.ts',
  'test/trace/round-trip.test.ts',
  'test/traces.test.ts',
  'test/vitest/**',
];

/** The tests to run while typing: `npm run test:quick`. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    exclude: ['test/long/**', ...SLOW],
    reporters: ['default', ['json', { outputFile: 'build/test-report-quick.json' }]],
  },
});
