import { MESSAGE_STEPS, type MessageStep, type Protocol } from '../../protocol/index.ts';
import { type FaultKind, faultApplies, type HostEventName, type SessionPhase } from '../../tclo-host/index.ts';

/** Where the host's side of a session is, as far as an input tells its moments apart. */
export type ProtocolState = SessionPhase;

/** What a record of an input is about: an access of the guest, or what happens besides. */
export type Place = `${Protocol}.${MessageStep}` | 'command' | 'event' | 'user' | 'preempt' | 'start';

/** Where an execution starts. `attach`: behind the attach. `power`: at power-on. The others: at such a state. */
export type StartName = 'attach' | 'power' | ProtocolState;

/** What an answer record does: a kind of fault, or one whose bytes come from the grammar. */
export type Operation = FaultKind | 'messageText' | 'payloadText';

// The order of each of these tables is the format of inputs: whoever changes one raises FORMAT.
/** Of inputs: a corpus says which it was made with. */
export const FORMAT = 1;

export const PROTOCOL_STATES: readonly ProtocolState[] = [
  'closed',
  'open',
  'greeted',
  'request',
  'backup',
  'suspended',
];

export const PLACES: readonly Place[] = [
  ...MESSAGE_STEPS.map((step): Place => `rpci.${step}`),
  ...MESSAGE_STEPS.map((step): Place => `tclo.${step}`),
  'command',
  'event',
  'user',
  'preempt',
  'start',
];

export const STARTS: readonly StartName[] = ['attach', 'power', ...PROTOCOL_STATES];

const KINDS: readonly FaultKind[] = [
  'refuse',
  'registers',
  'checkpoint',
  'closed',
  'timeout',
  'poweroff',
  'unsent',
  'noHighBandwidth',
  'wrongLength',
  'oversize',
  'truncate',
  'corrupt',
  'garbageRegisters',
  'break',
  'stall',
  'payload',
  'message',
];

/** The step of a place; null where it has none. */
const STEP_OF: ReadonlyMap<Place, MessageStep> = new Map(
  MESSAGE_STEPS.flatMap((step): [Place, MessageStep][] => [
    [`rpci.${step}`, step],
    [`tclo.${step}`, step],
  ]),
);

function operationsAt(place: Place): readonly Operation[] {
  const step = STEP_OF.get(place) ?? null;
  if (step === null && place !== 'command') return [];
  const kinds = KINDS.filter((kind) => faultApplies(kind, step));
  if (step === 'recvsize') return [...kinds, 'messageText'];
  return step === 'receive' ? [...kinds, 'payloadText'] : kinds;
}

/** What can be done at each place. */
export const OPERATIONS: ReadonlyMap<Place, readonly Operation[]> = new Map(
  PLACES.map((place) => [place, operationsAt(place)]),
);

export const EVENTS: readonly HostEventName[] = [
  'tclo.send',
  'reset',
  'ping',
  'capabilities',
  'broadcastIp',
  'powerOn',
  'suspend',
  'resume',
  'backup',
  'checkpoint',
  'migrate',
  'tclo.break',
  'tclo.glitch',
  'tclo.rival',
  'host.reinit',
  'halt',
  'reboot',
];

/** What users of a driver do: the event's name. */
export const USERS = ['guest.kv', 'guest.sysctl', 'guest.shutdown'] as const;

export type UserCall = (typeof USERS)[number];
