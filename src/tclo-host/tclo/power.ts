import type { StateCell, States } from '../../state.ts';
import type { Channels } from '../channel/channels.ts';
import type { HostServices } from '../host-event.ts';
import { TCLO_SUSPEND } from './messages.ts';
import type { TcloSession } from './session.ts';

const SECOND = 1_000_000_000;
const NEVER = Number.POSITIVE_INFINITY;

/** How long a suspend waits for the guest's report. */
const REPORT_TIMEOUT = 30 * SECOND;
/** From the checkpoint to the reset: the time the machine was away. */
const AWAY = 2 * SECOND;
/** State id of a suspend in `tools.os.statechange.status`. Source: vmt.c, `VM_STATE_CHANGE_SUSPEND`. */
const STATE_SUSPEND = '5';

/** The state of a suspend or a migration: plain data. */
export interface PowerState {
  phase: 'idle' | 'waitsForReport' | 'away';
  due: number;
  /** Without the checkpoint. */
  quiet: boolean;
  /** OS_Resume follows; a migration has none. */
  resumes: boolean;
}

const IDLE: PowerState = { phase: 'idle', due: NEVER, quiet: false, resumes: false };

/** Suspend and resume as one conversation: OS_Suspend, the guest's report, the checkpoint, reset, OS_Resume. */
export class PowerSequence {
  readonly state: StateCell<PowerState>;
  readonly #channels: Channels;
  readonly #session: TcloSession;
  readonly #hostServices: HostServices;

  constructor(channels: Channels, session: TcloSession, hostServices: HostServices, states: States) {
    this.state = states.cell<PowerState>('power', { ...IDLE });
    this.#channels = channels;
    this.#session = session;
    this.#hostServices = hostServices;
  }

  get due(): number {
    return this.state.now.due;
  }

  /** False when a suspend is under way already, or OS_Suspend cannot be queued. */
  suspend(quiet: boolean): boolean {
    if (this.state.now.phase !== 'idle' || !this.#session.request(TCLO_SUSPEND)) return false;
    this.#enter({ phase: 'waitsForReport', due: this.#hostServices.time() + REPORT_TIMEOUT, quiet, resumes: true });
    return true;
  }

  /** A migration: the host sends the guest nothing before it. */
  migrate(): boolean {
    if (this.state.now.phase !== 'idle') return false;
    this.#enter(IDLE);
    this.#leave();
    return true;
  }

  /** A checkpoint hits every channel at once; the reset follows without a pause. */
  checkpoint(): void {
    this.#channels.checkpoint();
    this.#session.reset();
  }

  /** The guest reported a state change, `tools.os.statechange.status`; its answer is posted and still unread. */
  reported(argument: string): void {
    if (this.state.now.phase === 'waitsForReport' && argument.split(' ')[1] === STATE_SUSPEND) this.#leave();
  }

  run(now: number): void {
    if (this.due > now) return;
    if (this.state.now.phase === 'waitsForReport') {
      // Tools that never fetched it do not get it after the machine is back.
      this.#session.withdraw(TCLO_SUSPEND);
      this.#leave();
      return;
    }
    const { resumes } = this.state.now;
    this.#enter(IDLE);
    if (resumes) this.#session.state.change.resumePending = true;
    this.#session.reset();
  }

  #leave(): void {
    const { quiet } = this.state.now;
    if (!quiet) this.#channels.checkpoint();
    this.#hostServices.notify('event', quiet ? 'machine suspended, no checkpoint' : 'checkpoint taken');
    this.#enter({ phase: 'away', due: this.#hostServices.time() + AWAY });
  }

  #enter(next: Partial<PowerState>): void {
    Object.assign(this.state.change, next);
  }
}
