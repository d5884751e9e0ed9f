import type { Guest } from '../guest/index.ts';
import type { ExecutionFrame } from '../judge/index.ts';

/** Writes addresses of a guest for people; each address is looked up once. */
export class PlaceTexts {
  readonly #guest: Guest;
  readonly #known = new Map<bigint, string>();

  constructor(guest: Guest) {
    this.#guest = guest;
  }

  /** `vmt_tclo_tick+0x1f (vmt_tclo.c:123)`, as much of it as the object tells, or hex digits. */
  where(address: bigint): string {
    let text = this.#known.get(address);
    if (text === undefined) {
      text = this.#describe(address);
      this.#known.set(address, text);
    }
    return text;
  }

  /** A stack frame with its line: of a caller, the line of the call. */
  frame({ text, site, function: name }: ExecutionFrame): string {
    return `${text}${this.#line(site, name)}`;
  }

  #describe(address: bigint): string {
    const place = this.#guest.symbolAt(address);
    if (place === null) return `0x${address.toString(16)}`;
    const name = place.offset === 0 ? place.name : `${place.name}+0x${place.offset.toString(16)}`;
    return `${name}${this.#line(address, place.name)}`;
  }

  /** What to add to a place in the function `name`: its line, and through which calls where it was inlined. */
  #line(address: bigint, name: string | null): string {
    const line = this.#guest.lineAt(address);
    if (line === null) return '';
    const places = [line, ...line.calledFrom].map((place) => {
      // Compilers call pieces of a function `vmt_tick.part.0`.
      const own = place.function === null || place.function === name?.split('.')[0];
      return own ? place.text : `${place.text} in ${place.function}`;
    });
    return ` (${places.join(', ')})`;
  }
}
