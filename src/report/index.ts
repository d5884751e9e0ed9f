/** What people look at: coverage. It must not know a bench. */
export { type FileCoverage, type FunctionCount, fileCoverage, type LineBranch } from './coverage/files.ts';
export { coverageText, disassemblyText } from './coverage/text.ts';
export { type CoverageForm, writeCoverage } from './coverage/write.ts';
