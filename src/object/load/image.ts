import type { Protection } from '../../memory.ts';
import type { ObjectFile } from '../elf/object.ts';

/** A run of pages of a placed object. */
export interface ImageRegion {
  /** Page aligned. */
  readonly address: bigint;
  /** Bytes, whole pages. */
  readonly size: number;
  readonly protection: Protection;
  /** Its leading bytes; the rest is zero. */
  readonly bytes: Uint8Array;
}

/** A named piece of a placed object. */
export interface PlacedSection {
  /** In the object. */
  readonly index: number;
  readonly name: string;
  readonly address: bigint;
  readonly size: number;
  readonly executable: boolean;
}

/** A symbol with its address in memory. */
export interface PlacedSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly size: number;
  readonly function: boolean;
  readonly global: boolean;
}

/** Bytes that belong to nobody. */
export interface Gap {
  readonly address: bigint;
  readonly size: number;
}

/** A thread-local block's template and its place relative to the thread pointer. */
export interface TlsTemplate {
  readonly bytes: Uint8Array;
  /** Bytes of one thread's block, aligned. */
  readonly size: number;
  readonly align: number;
}

/** An object with every address decided and every relocation done: ready to be copied into a machine. */
export interface Image {
  readonly object: ObjectFile;
  /** What a linked file's addresses were moved by; where a relocatable one starts. */
  readonly base: bigint;
  readonly regions: readonly ImageRegion[];
  readonly sections: readonly PlacedSection[];
  readonly symbols: readonly PlacedSymbol[];
  readonly tls: TlsTemplate | null;
  /** Room between data that no code has a reason to touch. */
  readonly gaps: readonly Gap[];
  /** Arrays of pointers to the functions that run before all others, in this order. */
  readonly initArrays: readonly { readonly address: bigint; readonly size: number }[];
  /** Fields whose value a function of the object gives at load time. */
  readonly resolved: readonly ResolvedField[];
}

/** A word that is to hold what the function at `resolver` returns. */
export interface ResolvedField {
  readonly place: bigint;
  readonly resolver: bigint;
}

/** Gives the address of a symbol that the object does not define itself. */
export type Resolver = (name: string) => bigint;

/** Most bytes that an object may take in memory. */
export const IMAGE_LIMIT: number = 256 * 1024 * 1024;
