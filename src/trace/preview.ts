import { hexBytes, invisible, plural, quoted } from './text.ts';

const KEPT = 1024;
const SHOWN_BINARY = 16;
/** A text is worth its quotation marks from here on. */
const LEAST_PREFIX = 4;

/** What is shown of a message. It keeps the beginning and counts the rest, however long that is. */
export class Preview {
  length = 0;
  #kept = new Uint8Array(0);
  /** Whether all that is not kept is NUL. */
  #restIsNul = true;

  add(bytes: Uint8Array): void {
    const room = Math.max(0, KEPT - this.length);
    const taken = bytes.subarray(0, room);
    if (taken.length > 0) {
      const kept = new Uint8Array(this.#kept.length + taken.length);
      kept.set(this.#kept);
      kept.set(taken, this.#kept.length);
      this.#kept = kept;
    }
    if (this.#restIsNul) this.#restIsNul = bytes.subarray(room).every((byte) => byte === 0);
    this.length += bytes.length;
  }

  /** In quotation marks where it is a text, else a text at its beginning and some bytes in hex digits. */
  toString(): string {
    let end = this.#kept.length;
    if (this.#restIsNul) while (end > 0 && this.#kept[end - 1] === 0) end -= 1;
    const body = this.#kept.subarray(0, end);
    const more = this.#restIsNul ? 0 : this.length - end;
    const text = decode(body, more > 0);
    if (text === null) return this.#binary();
    const nuls = this.length - end - more;
    if (nuls === 1) return `${quoted(text).slice(0, -1)}\\0"`;
    if (nuls > 1) return `${quoted(text)} + ${nuls} NULs`;
    return more > 0 ? `${quoted(text)} + ${plural(more, 'byte')}` : quoted(text);
  }

  #binary(): string {
    let prefix = 0;
    while (prefix < this.#kept.length && isPrintable(this.#kept[prefix])) prefix += 1;
    if (prefix < LEAST_PREFIX) prefix = 0;
    const shown = hexBytes(this.#kept.subarray(prefix, prefix + SHOWN_BINARY));
    const dots = this.length > prefix + SHOWN_BINARY ? ' ...' : '';
    const text = prefix === 0 ? '' : `${quoted(String.fromCharCode(...this.#kept.subarray(0, prefix)))} + `;
    return `${text}${shown}${dots} (${plural(this.length, 'byte')})`;
  }
}

export function preview(bytes: Uint8Array): string {
  const whole = new Preview();
  whole.add(bytes);
  return whole.toString();
}

const isPrintable = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x20 && byte < 0x7f;

/** The text, or null where these bytes are none. `cut`: they may end inside a character. */
function decode(bytes: Uint8Array, cut: boolean): string | null {
  if (bytes.includes(0)) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: cut });
    return invisible(text) > 0.25 ? null : text;
  } catch {
    return null;
  }
}
