import type { TcloSession } from './tclo.ts';
import { TCLO_BACKUP_DONE, TCLO_BACKUP_START, type Verdict } from './tclo-messages.ts';

/** A quiesced backup: what the host says, and what it does on each report of `vmbackup.eventSet`. */
export class Backup {
  active = false;
  readonly #session: TcloSession;

  constructor(session: TcloSession) {
    this.#session = session;
  }

  /** False when a backup is under way, or the message cannot be queued. */
  start(): boolean {
    if (this.active || !this.#session.request(TCLO_BACKUP_START)) return false;
    this.active = true;
    return true;
  }

  /** The guest answered a TCLO message. */
  answered(request: string, verdict: Verdict): void {
    if (request === TCLO_BACKUP_START && verdict === 'error') this.active = false;
  }

  /** The guest's event; `argument` is what follows the command's name: event, code, text. */
  reported(argument: string): void {
    if (!this.active) return;
    const event = argument.split(' ', 1)[0] ?? '';
    // The snapshot itself takes no time here: the guest may thaw at once.
    if (event === 'prov.snapshotCommit') this.#session.request(TCLO_BACKUP_DONE);
    if (event === 'req.done') this.active = false;
  }
}
