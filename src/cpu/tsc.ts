import type { Region } from './memory.ts';

const PREFIXES = new Set([0x66, 0x67, 0xf2, 0xf3, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65]);
/** How many prefixes before the opcode are looked at. */
export const TSC_PREFIXES = 4n;

/** Which time stamp instruction starts at `bytes[0]`. */
export function tscInstruction(bytes: Uint8Array): { readonly length: number; readonly aux: boolean } | null {
  let at = 0;
  while (at < Number(TSC_PREFIXES) && isPrefix(bytes[at] ?? 0)) at++;
  if (bytes[at] !== 0x0f) return null;
  if (bytes[at + 1] === 0x31) return { length: at + 2, aux: false };
  if (bytes[at + 1] === 0x01 && bytes[at + 2] === 0xf9) return { length: at + 3, aux: true };
  return null;
}

const isPrefix = (byte: number): boolean => PREFIXES.has(byte) || (byte & 0xf0) === 0x40;

/**
 * Where RDTSC (0f 31) or RDTSCP (0f 01 f9) may stand in newly written code. The engine reads the real clock for both
 * and takes no hook on them, so each place is trapped before it is first run. Bytes that only look so are trapped in
 * vain.
 */
export function findTsc(region: Region, offset: number, length: number): bigint[] {
  const end = Math.min(region.size, offset + length);
  const code = Buffer.from(region.bytes.buffer, region.bytes.byteOffset, end);
  const found: bigint[] = [];
  for (const opcode of [Buffer.from([0x0f, 0x31]), Buffer.from([0x0f, 0x01, 0xf9])]) {
    for (let at = code.indexOf(opcode, Math.max(0, offset - 2)); at !== -1; at = code.indexOf(opcode, at + 1)) {
      found.push(region.address + BigInt(at));
    }
  }
  return found;
}
