/** What a compiler tells about an object (DWARF 2 to 5): source lines, functions, the layout of structures. */
export { DebugInfo, debugInfoOf, type FunctionPlace, type SourceLine, type SourcePlace } from './debug-info.ts';
export { type Member, StructLayout } from './layout.ts';
