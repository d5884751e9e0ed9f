import type { Channels } from '../channel/channels.ts';
import type { HostServices } from '../host-event.ts';
import { TCLO_SUSPEND } from './messages.ts';
import type { TcloSession } from './session.ts';

const SECOND = 1_000_000_000;
const NEVER = Number.POSITIVE_INFINITY;

/** How long a suspend waits for the guest's report before it goes on without. */
const REPORT_TIMEOUT = 30 * SECOND;
/** From the checkpoint to the reset: the time the machine was away. */
const AWAY = 2 * SECOND;
/** State id of a suspend in `tools.os.statechange.status`. Source: vmt.c, `VM_STATE_CHANGE_SUSPEND`. */
const STATE_SUSPEND = '5';

/** Plain data of a suspend or a migration under way. */
export interface PowerState {
  phase: 'idle' | 'waitsForReport' | 'away';
  due: number;
  /** Without the checkpoint. */
  quiet: boolean;
  /** OS_Resume follows; a migration has none. */
  resumes: boolean;
}

/** Suspend and resume as one conversation: OS_Suspend, the guest's report, the checkpoint, reset, OS_Resume. */
export class PowerSequence {
  state: PowerState = { phase: 'idle', due: NEVER, quiet: false, resumes: false };
  readonly #channels: Channels;
  readonly #session: TcloSession;
  readonly #hostServices: HostServices;

  constructor(channels: Channels, session: TcloSession, hostServices: HostServices) {
    this.#channels = channels;
    this.#session = session;
    this.#hostServices = hostServices;
  }

  get due(): number {
    return this.state.due;
  }

  /** False when a suspend is under way already, or OS_Suspend cannot be queued. */
  suspend(quiet: boolean): boolean {
    if (this.state.phase !== 'idle' || !this.#session.request(TCLO_SUSPEND)) return false;
    this.state = { phase: 'waitsForReport', due: this.#hostServices.time() + REPORT_TIMEOUT, quiet, resumes: true };
    return true;
  }

  /** The machine moves without a word to the guest. */
  migrate(): boolean {
    if (this.state.phase !== 'idle') return false;
    this.state = { phase: 'idle', due: NEVER, quiet: false, resumes: false };
    this.#leave();
    return true;
  }

  /** Every channel is hit at once; the reset comes without a pause. */
  checkpoint(): void {
    this.#channels.checkpoint();
    this.#session.reset();
  }

  /** The guest reported a state change, `tools.os.statechange.status`; its answer is posted and still unread. */
  reported(argument: string): void {
    if (this.state.phase === 'waitsForReport' && argument.split(' ')[1] === STATE_SUSPEND) this.#leave();
  }

  run(now: number): void {
    if (this.state.due > now) return;
    if (this.state.phase === 'waitsForReport') {
      // Tools that never fetched it will not be told of it after the machine is back.
      this.#session.withdraw(TCLO_SUSPEND);
      this.#leave();
      return;
    }
    const { resumes } = this.state;
    this.state = { phase: 'idle', due: NEVER, quiet: false, resumes: false };
    if (resumes) this.#session.state.resumePending = true;
    this.#session.reset();
  }

  #leave(): void {
    if (!this.state.quiet) this.#channels.checkpoint();
    this.#hostServices.notify('event', this.state.quiet ? 'machine suspended, no checkpoint' : 'checkpoint taken');
    this.state = { ...this.state, phase: 'away', due: this.#hostServices.time() + AWAY };
  }
}
