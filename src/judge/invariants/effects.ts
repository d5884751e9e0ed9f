import type { MessageOutcome, MessageStep } from '../../protocol/index.ts';
import { FAULTS, type FaultKind, type HostDoes, type HostFault } from '../../tclo-host/index.ts';
import type { AccessFact } from '../access.ts';

/**
 * What the host did with a call. It decides what a rule may still ask of the guest (`asked.ts`), whatever the fault is
 * called and whether it has a name at all.
 */
export type Effect =
  /** Made, and answered as it is; at most in another way than usual. */
  | 'delivered'
  /** Not made yet: the host asks for it again, or offers its message later. */
  | 'postponed'
  /** Not made. The channel and its message stay as they are. */
  | 'refused'
  /** Not made: the message is gone, or the channel with it. */
  | 'withdrew'
  /** Made, and answered with success, with other contents. */
  | 'altered'
  /** The guest cannot see whether it was made, or not what it needs of it. */
  | 'unknowable';

export const EFFECTS: readonly Effect[] = ['delivered', 'postponed', 'refused', 'withdrew', 'altered', 'unknowable'];

/** The effect of one kind of fault; `steps`: at these steps. The first row that fits decides. */
export interface EffectRow {
  readonly kinds: readonly FaultKind[];
  readonly steps: readonly MessageStep[] | 'any';
  readonly effect: Effect | 'by its registers';
}

/** Every kind has a row for every step where it means something. */
export const EFFECT_ROWS: readonly EffectRow[] = [
  { kinds: ['refuse', 'poweroff'], steps: 'any', effect: 'refused' },
  { kinds: ['checkpoint', 'stall'], steps: 'any', effect: 'postponed' },
  { kinds: ['closed', 'timeout', 'unsent', 'break'], steps: 'any', effect: 'withdrew' },
  { kinds: ['noHighBandwidth'], steps: ['sendsize', 'recvsize'], effect: 'delivered' },
  { kinds: ['noHighBandwidth'], steps: ['send', 'receive'], effect: 'refused' },
  {
    kinds: ['wrongLength', 'oversize', 'truncate', 'corrupt', 'payload', 'message'],
    steps: 'any',
    effect: 'altered',
  },
  { kinds: ['garbageRegisters'], steps: 'any', effect: 'unknowable' },
  { kinds: ['registers'], steps: 'any', effect: 'by its registers' },
];

/** The effect of what the host does in place of the call, where its answer does not say success. */
const NOT_MADE: Readonly<Record<Exclude<HostDoes, 'call' | 'fill' | 'hide'>, Effect>> = {
  nothing: 'refused',
  free: 'withdrew',
  break: 'withdrew',
  withdraw: 'withdrew',
  interrupt: 'postponed',
};

type Registers = HostFault & { readonly kind: 'registers' };

/** The registers of OPEN without which a guest cannot use its channel. */
const needsAtOpen = ({ ecx, edx, esi, edi }: Registers): boolean =>
  [ecx, edx, esi, edi].some((value) => value !== undefined);

/** @param outcome what the guest sees in the status word. */
function byRegisters(fault: Registers, step: MessageStep | null, outcome: MessageOutcome): Effect {
  const { does = 'call' } = fault;
  if (does === 'hide') return 'postponed';
  if (does !== 'call' && does !== 'fill') return outcome === 'ok' && step !== null ? 'unknowable' : NOT_MADE[does];
  if (step === 'open') return needsAtOpen(fault) ? 'unknowable' : 'delivered';
  const isStatus = fault.ecx !== undefined || (fault.ebx !== undefined && (step === 'send' || step === 'receive'));
  if (outcome === 'ok' || step === null) return 'altered';
  // The host's own refusal, if the fault leaves its status alone.
  return isStatus ? 'unknowable' : effectOfOutcome(outcome);
}

const effectOfOutcome = (outcome: MessageOutcome): Effect => (outcome === 'checkpoint' ? 'postponed' : 'refused');

/** The effect of a fault of that kind at a step, which is null for a command that is no message call. */
export function effectOfKind(kind: FaultKind, step: MessageStep | null): EffectRow['effect'] | null {
  const fits = ({ kinds, steps }: EffectRow): boolean =>
    kinds.includes(kind) && (steps === 'any' || (step !== null && steps.includes(step)));
  return EFFECT_ROWS.find(fits)?.effect ?? null;
}

/** What the host did at an access, by a fault or by itself; null: it made the call and answered as usual. */
export function effectOf({ fault, call, outcome }: Pick<AccessFact, 'fault' | 'call' | 'outcome'>): Effect | null {
  if (fault === null) return outcome === 'ok' ? null : effectOfOutcome(outcome);
  const step = call?.step ?? null;
  const effect = effectOfKind(fault.kind, step);
  if (effect !== 'by its registers') return effect;
  return byRegisters(fault as Registers, step, outcome);
}

/** Virtual nanoseconds that a stall hides a message, unless it says. */
const HIDDEN = FAULTS.stall.parameters?.for ?? 0;

/** How long the host hides its message from that call on, in virtual nanoseconds. */
export function hiddenFor(fault: HostFault | null): number {
  const hides = fault?.kind === 'stall' || (fault?.kind === 'registers' && fault.does === 'hide');
  return hides ? (fault.for ?? HIDDEN) : 0;
}

/** Whether RECVSIZE announces a message as empty by that fault: it has no payload, and RECVSTATUS alone takes it. */
export function announcesNothing(fault: HostFault | null): boolean {
  if (fault?.kind === 'oversize') return fault.size === 0;
  if (fault?.kind === 'registers') return fault.ebx === 0;
  return fault?.kind === 'message' && (fault.hex ?? '') === '';
}
