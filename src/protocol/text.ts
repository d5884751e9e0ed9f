const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The text of a message: what stands before its first NUL. Bytes that are no UTF-8 read as U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  return decoder.decode(nul < 0 ? bytes : bytes.subarray(0, nul));
}

/** The bytes of a text, without a NUL. */
export const bytesOf = (text: string): Uint8Array => encoder.encode(text);

/** The text without the blanks at its end. A loop, since a pattern for this takes quadratic time on hostile text. */
export function trimBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x20) end -= 1;
  return text.slice(0, end);
}

/** The bytes before the first NUL, without the blanks at their end; a copy. */
export function cutBytes(bytes: Uint8Array): Uint8Array {
  const nul = bytes.indexOf(0);
  let end = nul < 0 ? bytes.length : nul;
  while (end > 0 && bytes[end - 1] === 0x20) end -= 1;
  return bytes.slice(0, end);
}

/** The bytes as a plain Uint8Array: unpacked ones are Node Buffers, whose `slice` does not copy. */
export const plainBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes);
