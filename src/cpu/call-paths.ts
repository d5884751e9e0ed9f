import { MOST_RETURNS, STATE } from './native.ts';

/** The call path of the access that is served, as the addon writes it into the shared state. */
export class CallPaths {
  readonly #floats: Float64Array;
  readonly #quads: BigUint64Array;
  /** Known paths by their number: most accesses come through few of them. */
  readonly #known = new Map<number, readonly bigint[]>();

  constructor(state: ArrayBuffer) {
    this.#floats = new Float64Array(state);
    this.#quads = new BigUint64Array(state);
  }

  /** Return addresses, the innermost first. */
  get current(): readonly bigint[] {
    const path = this.#floats[STATE.callPath / 8] as number;
    let calls = this.#known.get(path);
    if (calls === undefined) {
      const start = STATE.returns / 8;
      const returns = this.#quads.slice(start, start + MOST_RETURNS);
      calls = [...returns.slice(0, returns.indexOf(0n))];
      this.#known.set(path, calls);
    }
    return calls;
  }
}
