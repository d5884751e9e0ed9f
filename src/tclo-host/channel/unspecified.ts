import {
  MESSAGE_STATUS_DORECV,
  MESSAGE_STATUS_SUCCESS,
  type MessageStep,
  type OutputRegister,
  type RegisterFrame,
  type StepResult,
  UNSPECIFIED_OUTPUTS,
} from '../../protocol/index.ts';
import { randomAt } from '../../random.ts';
import type { StateCell, States } from '../../state.ts';

/** An output that holds a drawn value. */
export interface FilledOutput {
  readonly register: OutputRegister;
  /** The bits that were filled. */
  readonly bits: number;
  /** The whole register. */
  readonly value: number;
}

/** Fills the outputs that the protocol leaves open with seeded values. */
export class UnspecifiedValues {
  /** Fills only this many outputs of the run, counted from its start; the others have their usual values. */
  most: number = Number.POSITIVE_INFINITY;
  /** Gets each output that is filled, if set. */
  onFill: ((filled: FilledOutput) => void) | null = null;
  readonly #state: StateCell<{ filled: number }>;

  constructor(states: States) {
    this.#state = states.cell('unspecified', { filled: 0 });
  }

  /** After a low-bandwidth step. @param status its status word @param seed 0: nothing is filled */
  fill(step: MessageStep, status: number, registers: RegisterFrame, seed: number): void {
    if (seed === 0) return;
    const result = resultOf(step, status);
    for (const row of UNSPECIFIED_OUTPUTS) {
      if (row.result !== result || !row.steps.includes(step)) continue;
      const index = this.#state.change.filled++;
      if (index >= this.most) continue;
      const { register, bits } = row;
      registers[register] = ((registers[register] & ~bits) | (randomAt(seed, index) & bits)) >>> 0;
      this.onFill?.({ register, bits, value: registers[register] });
    }
  }
}

/** Null: the answer is another status, and leaves nothing open. */
function resultOf(step: MessageStep, status: number): StepResult | null {
  if (status === 0) return 'refused';
  if ((status & MESSAGE_STATUS_SUCCESS) === 0) return null;
  return step === 'recvsize' && (status & MESSAGE_STATUS_DORECV) === 0 ? 'empty' : 'done';
}
