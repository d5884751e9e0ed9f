import { type AccessFact, effectOfKind, rulingOf } from '../judge/index.ts';
import type { MessageStep, Protocol } from '../protocol/index.ts';
import { FAULTS, type FaultKind, faultApplies, type HostFault } from '../tclo-host/index.ts';

/** The balloon is a device of its own. Source: Linux `vmw_balloon.c`. */
const BALLOON_PORT = 0x5670;

const KINDS = (Object.keys(FAULTS) as FaultKind[]).filter((kind) => FAULTS[kind].unnamed !== true);

/** How often a fault hits: one access; that access and the next like it; or all accesses like it for a while. */
export type Span = 'once' | 'twice' | 'lasting';

/**
 * What a test case injects at an access: a fault, in the words of `--fault` with its key and with what says that it hits
 * more than once; or a soft interrupt right after the access.
 */
export type InjectionKind = FaultKind | `oversize size=${number}` | `${FaultKind} ${'twice' | 'lasting'}` | 'preempt';

/** Virtual nanoseconds that a lasting fault lasts, and in which the second hit of one that hits twice must come. */
export const LASTS = 20e9;
export const SECOND_WITHIN = 5e9;

/** Lengths at which arithmetic of 8, 16 and 32 bits goes wrong, signed and unsigned. The largest positive is a kind's default. */
const EDGES: readonly number[] = [0, 1, 2, 3, 0xff, 0x100, 0xffff, 0x10000, 0x80000000, 0xfffffffe, 0xffffffff];
/** Larger blocks of a guest are no room for a message. */
const LARGEST_ROOM = 0x10000;
/** Block sizes of a guest that are tried, with their neighbours. */
const MOST_ROOMS = 6;
/** Accesses of one step with one command that are hit more than once, or get each length. */
const MOST_ALIKE = 2;

/** The fault and the span of a kind; null for a preemption. */
export function injectionOf(kind: InjectionKind): { readonly fault: HostFault; readonly span: Span } | null {
  if (kind === 'preempt') return null;
  const [name, more = ''] = kind.split(' ') as [FaultKind, string | undefined];
  const size = /^size=(\d+)$/.exec(more);
  if (size !== null) return { fault: { kind: 'oversize', size: Number(size[1]) }, span: 'once' };
  return { fault: { kind: name }, span: more === '' ? 'once' : (more as Span) };
}

/** The kinds of fault that have an effect at an access. */
export function kindsAt({ call, command, port }: AccessFact): FaultKind[] {
  if (call === null && command === null && port !== BALLOON_PORT) return [];
  return KINDS.filter((kind) => faultApplies(kind, call === null ? null : call.step));
}

/**
 * What is injected besides at the first accesses of each step and command: faults that hit more than once, and lengths
 * at their edges. @param rooms sizes of the guest's own heap blocks.
 */
export function moreKinds(
  accesses: readonly AccessFact[],
  rooms: readonly number[],
): ReadonlyMap<number, InjectionKind[]> {
  const seen = new Map<string, number>();
  /** What each RPCI channel is used for: an answer says nothing of its request. */
  const requests = new Map<number | null, string>();
  const more = new Map<number, InjectionKind[]>();
  for (const [index, { call }] of accesses.entries()) {
    if (call?.protocol == null) continue;
    const { protocol, step, channel } = call;
    const words = (call.command ?? '').split(/ +/).slice(0, 2).join(' ');
    if (protocol === 'rpci' && step === 'send') requests.set(channel, words);
    const alike = `${protocol}.${step} ${protocol === 'rpci' ? requests.get(channel) : words}`;
    const count = (seen.get(alike) ?? 0) + 1;
    seen.set(alike, count);
    if (count > MOST_ALIKE) continue;
    const kinds = KINDS.filter((kind) => faultApplies(kind, step));
    // What costs the guest a channel at each hit would leave it none.
    const bearable = kinds.filter((kind) => !costsChannels(kind, protocol, step));
    const twice = kinds.map((kind): InjectionKind => `${kind} twice`);
    const repeated = [...twice, ...bearable.map((kind): InjectionKind => `${kind} lasting`)];
    // A request announced as empty is acknowledged unread, and the host waits for its answer: no guest can know.
    const sizes = step === 'recvsize' ? lengthsOf(rooms).filter((size) => size > 0 || protocol === 'rpci') : [];
    more.set(index, [...repeated, ...sizes.map((size): InjectionKind => `oversize size=${size}`)]);
  }
  return more;
}

function costsChannels(kind: FaultKind, protocol: Protocol, step: MessageStep): boolean {
  const effect = effectOfKind(kind, step);
  if (effect === null || effect === 'by its registers') return false;
  return rulingOf('noLeak', effect, `${protocol}.${step}`)?.asked === false;
}

function lengthsOf(rooms: readonly number[]): number[] {
  const usual = [...new Set(rooms)].filter((size) => size <= LARGEST_ROOM).slice(0, MOST_ROOMS);
  return [...new Set([...EDGES, ...usual.flatMap((size) => [size - 1, size, size + 1])])];
}
