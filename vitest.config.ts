import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    exclude: ['test/long/**'],
    // A crash in the addon then ends one worker and is told, and does not take the whole run along.
    pool: 'forks',
    // What is printed must not depend on the terminal, or on CI, that the tests run in.
    env: { NO_COLOR: '1' },
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    attachmentsDir: 'build/attachments',
    reporters: ['default', ['json', { outputFile: 'build/test-report.json' }]],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reportsDirectory: 'coverage' },
  },
});
