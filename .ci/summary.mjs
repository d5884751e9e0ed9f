// @ts-check
// usage: node .ci/summary.mjs REPORT STATUS EXTRAS_PASSED EXTRAS_FAILED
// Prints "N passed, N failed" from vitest's JSON report and the counts of the further checks; exits 1 when anything
// failed, when the test command did, or when no test ran.

import { readFileSync } from 'node:fs';

const [report = '', status = '1', extrasPassed = '0', extrasFailed = '0'] = process.argv.slice(2);

/** @returns {{ passed: number, failed: number, skipped: number }} */
function readCounts() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    // A file that broke before its first test has no tests that could be counted as failed.
    const broken = testResults.filter(
      (/** @type {{ status: string, assertionResults: unknown[] }} */ file) =>
        file.status === 'failed' && file.assertionResults.length === 0,
    ).length;
    return { passed: numPassedTests, failed: numFailedTests + broken, skipped: numPendingTests + numTodoTests };
  } catch (error) {
    process.stdout.write(`No usable test report: ${error instanceof Error ? error.message : error}\n`);
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

const counts = readCounts();
const ranNothing = counts.passed + counts.failed === 0;
// The command can fail beside its tests: lint, types, an error outside of any test.
const unexplained = counts.failed === 0 && (status !== '0' || ranNothing) ? 1 : 0;
const passed = counts.passed + Number(extrasPassed);
const failed = counts.failed + unexplained + Number(extrasFailed);
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped}\n`);
process.exitCode = failed === 0 ? 0 : 1;
