import type { StateCell } from '../state.ts';
import type { RunnerState } from './runner-parts.ts';

/** Notes functions that the guest calls outside itself, each once. */
export class CalledStubs {
  readonly #state: StateCell<RunnerState>;
  /** The functions of the state's list, for a quick look: the list is only added to. */
  #noted: { readonly list: unknown; readonly names: ReadonlySet<string> } = { list: null, names: new Set() };

  constructor(state: StateCell<RunnerState>) {
    this.#state = state;
  }

  note(name: string): void {
    const { called } = this.#state.now;
    if (this.#noted.list === called && this.#noted.names.has(name)) return;
    if (!called.includes(name)) this.#state.change.called.push(name);
    const list = this.#state.now.called;
    this.#noted = { list, names: new Set(list) };
  }
}
