/** An IP address as people write it (RFC 5952): the longest run of zero groups is `::`, digits are lower case. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  const { start, length } = longestZeroes(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

function longestZeroes(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let at = 0; at <= groups.length; at += 1) {
    if (groups[at] === '0') continue;
    if (at - start > best.length) best = { start, length: at - start };
    start = at + 1;
  }
  return best;
}

/** Prefix length of a mask as V2 lists have it: "24", or "0xffffff00", or "255.255.255.0". null: none of these. */
export function prefixOf(mask: string, bits: 32 | 128): number | null {
  if (/^\d{1,3}$/.test(mask)) return Number(mask) <= bits ? Number(mask) : null;
  const word = /^0x[0-9a-f]{1,8}$/i.test(mask) ? Number(mask) : dottedWord(mask);
  if (word === null || bits !== 32) return null;
  const prefix = Math.clz32(~word);
  return word === (prefix === 0 ? 0 : (-1 << (32 - prefix)) >>> 0) ? prefix : null;
}

function dottedWord(text: string): number | null {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return null;
  const bytes = text.split('.').map(Number);
  return bytes.some((byte) => byte > 255) ? null : bytes.reduce((word, byte) => word * 256 + byte, 0);
}
