import type { Guard } from '../../guest/index.ts';
import type { FreeBsdKernel } from './kernel.ts';

/**
 * Critical sections: no other thread preempts them, and of the interrupts only those that schedule one. Modules
 * enter them by a call, kernel code by a counter of the current thread.
 */
export class CriticalSections implements Guard {
  readonly #kernel: FreeBsdKernel;

  constructor(kernel: FreeBsdKernel) {
    this.#kernel = kernel;
  }

  get open(): boolean {
    return this.#called === 0 && this.#nested === 0n;
  }

  count(by: 1 | -1): void {
    this.#called = Math.max(0, this.#called + by);
  }

  begin(): void {
    this.enter({ called: 0, nested: 0n });
  }

  leave(): unknown {
    return { called: this.#called, nested: this.#nested };
  }

  enter(state: unknown): void {
    const { called, nested } = state as { readonly called: number; readonly nested: bigint };
    this.#called = called;
    if (this.#counter !== null && nested !== this.#nested) this.#kernel.memory.writeUint(this.#counter, 4, nested);
  }

  /** Those that the call under way has entered by calls. */
  get #called(): number {
    return this.#kernel.state.now.sections;
  }

  set #called(count: number) {
    if (count !== this.#called) this.#kernel.state.change.sections = count;
  }

  /** td_critnest of the current thread. */
  get #nested(): bigint {
    return this.#counter === null ? 0n : this.#kernel.memory.readUint(this.#counter, 4);
  }

  /** Its address; null: not known, releases differ. */
  get #counter(): bigint | null {
    const { thread, offsets } = this.#kernel;
    return offsets.tdCritnest === null ? null : thread + BigInt(offsets.tdCritnest);
  }
}
