import { defineConfig } from 'vitest/config';

/** Files that take more than a minute: `npm run test:long` has them. */
export const SLOW_FILES: readonly string[] = ['test/known-bugs/known-bugs.test.ts', 'test/cli/bounds.test.ts'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    exclude: ['test/long/**', ...SLOW_FILES],
    globalSetup: ['test/support/temporary-folder.ts'],
    // A crash in the addon then ends one worker and is reported, and does not take the whole run along.
    pool: 'forks',
    // What is printed must not depend on the terminal, or on CI, that the tests run in.
    env: { NO_COLOR: '1' },
    maxWorkers: 2,
    // Ends a test that hangs; no test is judged by the time that it takes.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    attachmentsDir: 'build/attachments',
    reporters: ['default', ['json', { outputFile: 'build/test-report.json' }]],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reportsDirectory: 'coverage' },
  },
});
