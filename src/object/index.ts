/** Object files: ELF, DWARF, relocation and layout. It must not know a processor or a running guest. */
export {
  type CountedFunction,
  type CountedInstruction,
  countInstructions,
  type ExecutedEdge,
} from './code/executed.ts';
export { type CodeSite, codeSitesOf } from './code/sites.ts';
export {
  type CodeScope,
  DebugInfo,
  debugInfoOf,
  type FunctionPlace,
  type SourceLine,
  type SourcePlace,
} from './dwarf/debug-info.ts';
export { StructLayout } from './dwarf/layout.ts';
export type { ElfMachine, ElfType } from './elf/header.ts';
export { type ImportedSymbol, type ObjectFile, parseObject } from './elf/object.ts';
export { RELOCATION_TYPES } from './elf/relocation-types.ts';
export { PT_LOAD } from './elf/segments.ts';
export type { Image, PlacedSection, PlacedSymbol, Resolver } from './load/image.ts';
export { isSet } from './load/layout.ts';
export { placeRelocatable } from './load/relocatable.ts';
export { lowerBound } from './load/search.ts';
export { placeExecutable, placeShared } from './load/shared.ts';
export type { SectionShift } from './load/symbol-addresses.ts';
export { SymbolIndex, type SymbolPlace } from './load/symbol-index.ts';
