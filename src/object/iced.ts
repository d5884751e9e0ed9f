import type * as Iced from 'iced-x86';
import { lazy } from '../lazy.ts';

/** The disassembler: 2 MB of WebAssembly. */
export const iced: () => typeof Iced = lazy('iced-x86');
