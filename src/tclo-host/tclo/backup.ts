import type { HostServices } from '../host-event.ts';
import { type ReplyVerdict, TCLO_BACKUP_ABORT, TCLO_BACKUP_DONE, TCLO_BACKUP_START } from './messages.ts';
import type { TcloSession } from './session.ts';

const SECOND = 1_000_000_000;
const NEVER = Number.POSITIVE_INFINITY;

/** From one report of the guest to the next. ASSUMED: how long; vmt itself gives up after 30 s. */
const REPORT_TIMEOUT = 60 * SECOND;

/** Plain data. `starting`: asked for; `quiet`: the file systems rest, the snapshot is being taken. */
export interface BackupState {
  phase: 'idle' | 'starting' | 'quiet' | 'aborting';
  /** The host changes its mind when the guest is quiet. */
  aborts: boolean;
  due: number;
}

const IDLE: BackupState = { phase: 'idle', aborts: false, due: NEVER };

/**
 * A quiesced backup as a conversation. The host asks (`vmbackup.start`), the guest makes its file systems quiet and
 * says so (`vmbackup.eventSet prov.snapshotCommit`), the host takes its snapshot and says so
 * (`vmbackup.snapshotDone`), the guest thaws and ends it (`vmbackup.eventSet req.done`). The host aborts a guest that
 * does not report, or when it is told to. Source of the words: open-vm-tools vmBackup, vmt.c.
 */
export class Backup {
  state: BackupState = { ...IDLE };
  readonly #session: TcloSession;
  readonly #hostServices: HostServices;

  constructor(session: TcloSession, hostServices: HostServices) {
    this.#session = session;
    this.#hostServices = hostServices;
  }

  get due(): number {
    return this.state.due;
  }

  /** False when a backup is under way, or the message cannot be queued. */
  start(aborts: boolean): boolean {
    if (this.state.phase !== 'idle' || !this.#session.request(TCLO_BACKUP_START)) return false;
    this.#enter('starting', aborts);
    return true;
  }

  /** The guest answered a TCLO message. */
  answered(request: string, verdict: ReplyVerdict): void {
    const refused = verdict === 'error' && (request === TCLO_BACKUP_START || request === TCLO_BACKUP_ABORT);
    if (refused && this.state.phase !== 'idle') this.#end('refused by the guest');
  }

  /** The guest's event; `argument` is what follows the command's name: event, code, text. */
  reported(argument: string): void {
    if (this.state.phase === 'idle') return;
    const [event = '', code = ''] = argument.split(' ', 2);
    if (event === 'req.done') {
      this.#end(this.state.phase === 'quiet' ? 'done' : 'without a snapshot');
    } else if (event === 'req.error' || event === 'req.aborted') {
      // Only told: the guest still thaws, and ends with req.done.
      this.#hostServices.notify('log', `backup: the guest reports ${event} ${code}`);
      this.#enter('aborting', false);
    } else if (event === 'prov.snapshotCommit' && this.state.phase === 'starting') {
      // The snapshot itself takes no time here: the guest may thaw at once.
      if (this.state.aborts) this.#abort();
      else {
        this.#session.request(TCLO_BACKUP_DONE);
        this.#enter('quiet', false);
      }
    } else this.state.due = this.#hostServices.time() + REPORT_TIMEOUT;
  }

  run(now: number): void {
    if (this.state.due > now) return;
    if (this.state.phase === 'starting') {
      this.#session.withdraw(TCLO_BACKUP_START);
      this.#abort();
    } else this.#end('the guest never came back');
  }

  #abort(): void {
    this.#session.request(TCLO_BACKUP_ABORT);
    this.#enter('aborting', false);
  }

  #enter(phase: BackupState['phase'], aborts: boolean): void {
    this.state = { phase, aborts, due: this.#hostServices.time() + REPORT_TIMEOUT };
  }

  #end(how: string): void {
    this.state = { ...IDLE };
    this.#hostServices.notify('log', `backup: ${how}`);
  }
}
