import { VmtbenchError } from '../errors.ts';
import { fromHex } from '../hex.ts';
import {
  MESSAGE_STATUS_CLOSED,
  MESSAGE_STATUS_CPT,
  MESSAGE_STATUS_POWEROFF,
  MESSAGE_STATUS_TIMEOUT,
  MESSAGE_STATUS_UNSENT,
  type MessageStep,
  type OutputRegister,
} from '../protocol/index.ts';
import type { Random } from '../random.ts';
import { knownWords } from '../similar.ts';
import type { ActiveFault, FaultKind, FaultRow, HostDoes, HostFault } from './fault-row.ts';

export {
  type ActiveFault,
  type ChannelKeeper,
  type FaultKind,
  type FaultRow,
  FOR_EVER,
  type HostDoes,
  type HostFault,
} from './fault-row.ts';

/** Bytes of one payload: 16 times the longest message that a guest may send. */
export const MOST_BYTES: number = 1 << 20;

const NOTHING = new Uint8Array(0);
const NO_VALUES: ActiveFault['values'] = {};

/** Virtual nanoseconds that a stall lasts, unless it says. */
const STALLS = 5_000_000_000;

const EVERY: readonly MessageStep[] = ['open', 'sendsize', 'send', 'recvsize', 'receive', 'status', 'close'];
const PAYLOAD: readonly MessageStep[] = ['send', 'receive'];

const corrupt = (bytes: Uint8Array, { random }: Pick<ActiveFault, 'random'>): Uint8Array => {
  const copy = bytes.slice();
  if (copy.length === 0) return copy;
  for (let left = 1 + random.below(4); left > 0; left -= 1) {
    const at = random.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 + random.below(255));
  }
  return copy;
};

/** The kinds. `checkpoint` and `break` do at one call what the events of that name do. */
export const FAULTS: { readonly [K in FaultKind]: FaultRow } = {
  refuse: {
    steps: EVERY,
    anyCommand: true,
    guestSees: 'eax=ecx=0, high bandwidth ebx=0',
    hostAfter: 'as if the guest did not make the call',
    status: 0,
  },
  checkpoint: {
    steps: ['send', 'receive', 'status'],
    guestSees: 'status 0x10',
    hostAfter: 'data dropped, message offered again; checkpointMode strict: every channel broken',
    status: MESSAGE_STATUS_CPT,
    effect: (channel, keeper) => keeper.interrupt(channel),
  },
  closed: {
    steps: EVERY,
    guestSees: 'status 0x04',
    hostAfter: 'channel freed',
    status: MESSAGE_STATUS_CLOSED,
    effect: (channel, keeper) => keeper.free(channel),
  },
  timeout: {
    steps: EVERY,
    guestSees: 'status 0x40',
    hostAfter: 'message dropped, channel kept',
    status: MESSAGE_STATUS_TIMEOUT,
    effect: (channel, keeper) => keeper.withdraw(channel),
  },
  poweroff: {
    steps: EVERY,
    guestSees: 'status 0x20',
    hostAfter: 'channel kept',
    status: MESSAGE_STATUS_POWEROFF,
  },
  unsent: {
    steps: ['receive', 'status'],
    guestSees: 'status 0x08',
    hostAfter: 'message withdrawn',
    status: MESSAGE_STATUS_UNSENT,
    effect: (channel, keeper) => keeper.withdraw(channel),
  },
  noHighBandwidth: {
    steps: ['sendsize', 'send', 'recvsize', 'receive'],
    guestSees: 'no HB bit, port 0x5659 refused',
    hostAfter: 'as without',
    hidesHighBandwidth: true,
  },
  wrongLength: {
    steps: ['recvsize'],
    guestSees: 'RECVSIZE reports a size that is off by N',
    hostAfter: 'as without',
    parameters: { by: 1 },
    size: (size, by) => Math.max(0, size + by),
  },
  truncate: {
    steps: PAYLOAD,
    guestSees: 'half the bytes, with success',
    hostAfter: 'message taken',
    payload: (bytes) => bytes.slice(0, bytes.length >> 1),
  },
  corrupt: {
    steps: PAYLOAD,
    guestSees: 'seeded byte flips in the payload',
    hostAfter: 'message taken',
    payload: corrupt,
  },
  garbageRegisters: {
    steps: EVERY,
    anyCommand: true,
    guestSees: 'every output register seeded',
    hostAfter: 'as without',
    garbage: true,
  },
  stall: {
    steps: ['recvsize'],
    guestSees: 'RECVSIZE: no message',
    hostAfter: 'message kept',
    parameters: { for: STALLS },
    effect: (channel, _keeper, { now, parameter }) => {
      channel.stalledUntil = now + parameter;
    },
  },
  break: {
    steps: ['sendsize', 'send', 'recvsize', 'receive', 'status', 'close'],
    guestSees: 'eax=ecx=0 on that channel until CLOSE',
    hostAfter: 'channel broken',
    status: 0,
    effect: (channel, keeper) => keeper.break(channel, 'broken by a fault'),
  },
  oversize: {
    steps: ['recvsize'],
    guestSees: 'RECVSIZE announces N bytes; a receive gives as many as the guest asks for',
    hostAfter: 'as without',
    parameters: { size: 0x7fffffff },
    size: (_size, announced) => announced,
    fills: true,
  },
  registers: {
    steps: EVERY,
    anyCommand: true,
    guestSees: 'the output registers named by eax=, ebx=, ecx=, edx=, esi=, edi= hold those values',
    hostAfter:
      'as without; does=nothing, free, break, withdraw, interrupt, hide, fill: as with refuse, closed, break, timeout, checkpoint, stall, oversize',
    registers: true,
    unnamed: true,
  },
  payload: {
    steps: PAYLOAD,
    guestSees: 'what arrives begins with the bytes of hex=, and is cut to take= bytes',
    hostAfter: 'message taken',
    parameters: { take: MOST_BYTES },
    bytes: true,
    payload: (bytes, { bytes: given, parameter }) => {
      const copy = bytes.slice(0, parameter);
      copy.set(given.subarray(0, copy.length));
      return copy;
    },
    unnamed: true,
  },
  message: {
    steps: ['recvsize'],
    guestSees: 'RECVSIZE offers the bytes of hex= as the message',
    hostAfter: 'they take the place of its own message',
    bytes: true,
    posts: true,
    unnamed: true,
  },
};

/** What `does` adds to the row of `registers`: the named kind that does the same. */
const DOES: Readonly<Record<HostDoes, Pick<FaultRow, 'status' | 'effect' | 'fills'>>> = {
  call: {},
  nothing: { status: 0 },
  free: { status: 0, effect: (channel, keeper) => keeper.free(channel) },
  break: { status: 0, effect: (channel, keeper) => keeper.break(channel, 'broken by a fault') },
  withdraw: { status: 0, effect: (channel, keeper) => keeper.withdraw(channel) },
  interrupt: { status: 0, effect: (channel, keeper) => keeper.interrupt(channel) },
  hide: { effect: FAULTS.stall.effect as NonNullable<FaultRow['effect']> },
  fill: { fills: true },
};

/** The words of `does`. */
export const HOST_DOES: readonly HostDoes[] = Object.keys(DOES) as HostDoes[];

/** The registers that a fault may set. */
export const FAULT_REGISTERS: readonly OutputRegister[] = ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi'];

function rowOf(kind: FaultKind): FaultRow {
  if (Object.hasOwn(FAULTS, kind)) return FAULTS[kind];
  const hint = knownWords(String(kind), 'kinds', Object.keys(FAULTS));
  throw new VmtbenchError('fault.kind', `there is no fault ${String(kind)}`, hint);
}

/** Whether the kind applies to the step; `step` null is a command that is no message call. */
export function faultApplies(kind: FaultKind, step: MessageStep | null): boolean {
  const row = rowOf(kind);
  return step === null ? row.anyCommand === true : row.steps.includes(step);
}

/** A fault from words: its kind and its own keys, as a command line or a scenario has them. */
export function hostFault(kind: string, parameters: Readonly<Record<string, number>> = {}): HostFault {
  const known = Object.keys(rowOf(kind as FaultKind).parameters ?? {});
  for (const [name, value] of Object.entries(parameters)) {
    if (known.includes(name) && Number.isSafeInteger(value)) continue;
    const hint = known.length === 0 ? 'it takes no key' : `it takes a whole number for ${known.join(', ')}`;
    throw new VmtbenchError('fault.parameter', `fault ${kind} does not take ${name}=${value}`, hint);
  }
  return { kind, ...parameters } as HostFault;
}

/** The fault made ready for one call. */
export function activate(fault: HostFault, random: Random, now: number): ActiveFault {
  const own = rowOf(fault.kind);
  const does = fault.kind === 'registers' ? (fault.does ?? 'call') : null;
  const row = does === null ? own : { ...own, ...DOES[does] };
  const given = fault as unknown as Readonly<Record<string, number | undefined>>;
  let parameter = does === 'hide' ? (given.for ?? STALLS) : 0;
  for (const [name, fallback] of Object.entries(row.parameters ?? {})) parameter = given[name] ?? fallback;
  if (!Number.isSafeInteger(parameter)) {
    throw new VmtbenchError('fault.parameter', `fault ${fault.kind} takes whole numbers`, 'give a whole number');
  }
  const bytes = row.bytes === true && 'hex' in fault ? fromHex(fault.hex ?? '') : NOTHING;
  const values = fault.kind === 'registers' ? fault : NO_VALUES;
  return { row, parameter, bytes, values, random, now };
}
