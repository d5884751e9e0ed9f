import { defineConfig } from 'vitest/config';
import base, { SLOW_FILES } from './vitest.config.ts';

/** The searches that take minutes: `npm run test:long`. They print how much they did. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/long/**/*.test.ts', ...SLOW_FILES],
    exclude: [],
    testTimeout: 7_200_000,
    reporters: ['default', ['json', { outputFile: 'build/test-report-long.json' }]],
  },
});
