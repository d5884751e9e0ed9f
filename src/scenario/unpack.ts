import * as zlib from 'node:zlib';
import { VmtbenchError } from '../errors.ts';

type Unpacker = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

/** A way to compress a file. */
interface Packing {
  readonly name: string;
  /** The magic bytes, at the start of the file or elsewhere. */
  readonly magic: readonly number[];
  readonly at?: number;
  /** null: Node cannot. */
  readonly unpack: Unpacker | null;
  /** The command that does it instead. */
  readonly command: (path: string) => string;
}

/** Node has it from 22.15 on. */
const zstdDecompressSync = (zlib as { readonly zstdDecompressSync?: Unpacker }).zstdDecompressSync ?? null;

/** As Linux' build compresses its modules (CONFIG_MODULE_COMPRESS), and a whole kernel. */
const PACKINGS: readonly Packing[] = [
  { name: 'gzip', magic: [0x1f, 0x8b], unpack: zlib.gunzipSync, command: (path) => `gzip -dk ${path}` },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], unpack: null, command: (path) => `xz -dk ${path}` },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], unpack: zstdDecompressSync, command: (path) => `zstd -dk ${path}` },
  // "HdrS": the boot protocol's header in front of the kernel (Linux, Documentation/arch/x86/boot.rst).
  {
    name: 'a boot loader’s image of Linux',
    magic: [0x48, 0x64, 0x72, 0x53],
    at: 0x202,
    unpack: null,
    command: (path) => `extract-vmlinux ${path} > vmlinux`,
  },
];

/**
 * What a compressed file holds, `limit` bytes at most; a file that is not compressed as it is.
 * @throws VmtbenchError `input.compressed` for one that cannot be unpacked here.
 */
export function unpack(bytes: Uint8Array, path: string, limit: number): Uint8Array {
  const packing = PACKINGS.find(({ magic, at = 0 }) => magic.every((byte, index) => bytes[at + index] === byte));
  if (packing === undefined) return bytes;
  const { name, command } = packing;
  const hint = `Unpack it yourself: ${command(path)}`;
  if (packing.unpack === null) {
    throw new VmtbenchError('input.compressed', `${path} is compressed: ${name}`, hint);
  }
  try {
    return packing.unpack(bytes, { maxOutputLength: limit });
  } catch (cause) {
    const message = `${path} is compressed (${name}), and cannot be unpacked: ${(cause as Error).message}`;
    throw new VmtbenchError('input.compressed', message, hint, { cause });
  }
}
