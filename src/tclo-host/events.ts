import { VmtbenchError } from '../errors.ts';
import { knownWords } from '../similar.ts';
import type { Channels } from './channel/channels.ts';
import type { HostServices } from './host-event.ts';
import type { Backup } from './tclo/backup.ts';
import * as m from './tclo/messages.ts';
import type { PowerSequence } from './tclo/power.ts';
import type { TcloSession } from './tclo/session.ts';

/** A planned event that the host carries out. */
export interface HostAction {
  readonly name: HostEventName;
  /** The text of `tclo.send`; `quiet`: a suspend without its checkpoint; `abort`: a backup that the host gives up. */
  readonly text?: string;
}

export type HostEventName =
  | 'tclo.send'
  | 'reset'
  | 'ping'
  | 'capabilities'
  | 'broadcastIp'
  | 'powerOn'
  | 'suspend'
  | 'resume'
  | 'halt'
  | 'reboot'
  | 'backup'
  | 'checkpoint'
  | 'migrate'
  | 'tclo.break'
  | 'tclo.glitch'
  | 'tclo.rival'
  | 'host.reinit';

/** The parts of the host that events move. */
export interface EventContext {
  readonly session: TcloSession;
  readonly channels: Channels;
  readonly power: PowerSequence;
  readonly backup: Backup;
  readonly hostServices: HostServices;
}

/** One event: what text it takes, and what it does. `run` returns false where it cannot; the host logs that. */
export interface HostEventRow {
  readonly text: 'none' | 'any' | readonly string[];
  readonly meaning: string;
  /** What the host refuses afterwards may be sound. */
  readonly disturbs?: true;
  readonly run: (context: EventContext, text: string) => boolean;
}

const posts = (message: string): HostEventRow => ({
  text: 'none',
  meaning: `posts "${message}"`,
  run: ({ session }) => session.request(message),
});

/** Every host event. */
export const HOST_EVENTS: { readonly [K in HostEventName]: HostEventRow } = {
  'tclo.send': { text: 'any', meaning: 'posts TEXT', run: ({ session }, text) => session.request(text) },
  reset: {
    text: 'none',
    meaning: 'posts "reset" ahead of all queued messages',
    run: ({ session }) => session.reset(),
  },
  ping: posts(m.TCLO_PING),
  capabilities: posts(m.TCLO_CAPABILITIES),
  broadcastIp: posts(m.TCLO_BROADCAST_IP),
  powerOn: posts(m.TCLO_POWER_ON),
  suspend: {
    text: ['', 'quiet'],
    meaning: 'posts OS_Suspend; makes a checkpoint when the guest has reported; posts reset 2 s later, then OS_Resume',
    run: ({ power }, text) => power.suspend(text === 'quiet'),
  },
  resume: posts(m.TCLO_RESUME),
  halt: posts(m.TCLO_HALT),
  reboot: posts(m.TCLO_REBOOT),
  backup: {
    text: ['', 'abort'],
    meaning: 'a quiesced backup: vmbackup.start, and vmbackup.snapshotDone (vmbackup.abort) when the guest is quiet',
    run: ({ backup }, text) => backup.start(text === 'abort'),
  },
  checkpoint: {
    text: 'none',
    meaning: 'every message in transfer gets the checkpoint status, then the host posts reset',
    disturbs: true,
    run: ({ power }) => {
      power.checkpoint();
      return true;
    },
  },
  migrate: {
    text: 'none',
    meaning: 'a checkpoint, and 2 s later reset',
    disturbs: true,
    run: ({ power }) => power.migrate(),
  },
  'tclo.break': {
    text: 'none',
    meaning: 'the TCLO channel answers eax=ecx=0 until CLOSE',
    disturbs: true,
    run: ({ session, channels }) => {
      const channel = session.target();
      if (channel !== null) channels.break(channel, 'broken by an event');
      return channel !== null;
    },
  },
  'tclo.glitch': {
    text: 'none',
    meaning: 'the next TCLO send is refused, then "reset" is posted on the same channel',
    disturbs: true,
    run: ({ session }) => session.glitch(),
  },
  // ASSUMED: vmtoolsd beside vmt(4), as NetBSD's vmt(4) page warns of; a program that stays would answer for the toolbox.
  'tclo.rival': {
    text: 'none',
    meaning: 'another program in the guest opens TCLO, registers as the toolbox, and closes its channel',
    disturbs: true,
    run: ({ session }) => session.rival(),
  },
  'host.reinit': {
    text: 'none',
    meaning: 'the host starts its sessions anew: every TCLO channel breaks',
    disturbs: true,
    run: ({ channels, hostServices }) => {
      for (const channel of channels.slots) {
        if (channel === null || channel.tclo === null || channel.broken) continue;
        const { id, tclo } = channel;
        hostServices.notify('log', `GuestRpc: Reinitializing Channel ${id}(${tclo.app ?? m.TOOLBOX})`, id);
        channels.break(channel, 'reinitialised');
      }
      return true;
    },
  },
};

/** The row of an event, its name and text checked. */
export function checkHostAction({ name, text = '' }: HostAction): HostEventRow {
  if (!Object.hasOwn(HOST_EVENTS, name)) {
    const hint = knownWords(String(name), 'events', Object.keys(HOST_EVENTS));
    throw new VmtbenchError('event.name', `there is no host event ${String(name)}`, hint);
  }
  const row: HostEventRow = HOST_EVENTS[name];
  const fits = row.text === 'any' ? text !== '' : row.text === 'none' ? text === '' : row.text.includes(text);
  if (fits) return row;
  const hint =
    row.text === 'any'
      ? 'say what to send'
      : row.text === 'none'
        ? 'leave the text out'
        : `say ${row.text.at(-1)} or nothing`;
  throw new VmtbenchError('event.text', `the event ${name} does not take the text "${text}"`, hint);
}
