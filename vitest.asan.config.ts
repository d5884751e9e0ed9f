import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** The tests of the processor on the addon with sanitizers, which is slow: `npm run test:asan`. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/cpu/**/*.test.ts'],
    maxWorkers: 1,
    testTimeout: 7_200_000,
    reporters: ['default', ['json', { outputFile: 'build/asan/results.json' }]],
  },
});
