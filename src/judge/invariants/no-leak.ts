import { formatSeconds, type GuestEventName } from '../../plan/index.ts';
import type { HostEvent } from '../../tclo-host/index.ts';
import type { AccessFact } from '../access.ts';
import type { HeapBlock } from '../execution.ts';
import type { Verdict } from '../finding.ts';
import type { Invariant, Judgement, RunContext, RunEnd } from './invariant.ts';
import { excused } from './ruling.ts';

/** Virtual time without a disturbance after which a guest is idle, and between the two idle moments to compare. */
const UNDISTURBED = 30e9;
const APART = 60e9;

/** The event that takes a driver out. */
const UNLOAD: GuestEventName = 'guest.unload';

/** A channel that the guest has opened. */
interface OpenChannel {
  readonly opened: number;
  /** The instruction that opened it. */
  pc: bigint | null;
  used: number;
  protocol: string;
  /** The host refused its CLOSE, or never gave the guest its number: the guest can do no more. */
  refused: boolean;
}

/** The heap between two calls of the guest. It stays as it is until the guest runs again. */
interface IdleHeap {
  readonly at: number;
  readonly blocks: readonly HeapBlock[];
}

/**
 * The guest leaks nothing: a failed attach and an unload leave no channel and no heap block; a shutdown leaves no channel; and of
 * two idle moments 60 s apart the later one has no more blocks from any one place than the earlier, and no channel that
 * was open and unused all the time. What is live after a successful attach is the driver's own, but for a TCLO channel:
 * one that is never polled serves nobody. A channel whose CLOSE the host refused is the host's.
 */
export function noLeak(context: RunContext): Invariant {
  const channels = new Map<number, OpenChannel>();
  let opened: OpenChannel | null = null;
  let disturbed = 0;
  let lastingUntil = 0;
  let waiting = 0;
  let dead = false;
  let unloaded = false;
  let ownChannels: ReadonlySet<OpenChannel> = new Set();
  /** The last idle state. */
  let held: IdleHeap | null = null;
  let early: IdleHeap | null = null;
  let late: IdleHeap | null = null;
  /** The last idle moment but one. */
  let before = 0;

  /** The guest has done nothing since the held state, and has at most until now recovered: takes it as one of the two. */
  const settle = (until: number): void => {
    if (held === null) return;
    if (lastingUntil <= until) disturbed = Math.max(disturbed, lastingUntil);
    const last = late ?? early;
    const at = Math.max(
      held.at,
      disturbed + UNDISTURBED,
      waiting === 0 ? 0 : waiting + UNDISTURBED,
      last === null ? 0 : last.at + APART,
    );
    if (at > until) return;
    const idle = { at, blocks: held.blocks };
    if (early === null) early = idle;
    else late = idle;
    before = last?.at ?? 0;
    settle(until);
  };
  /** What the two idle states show. */
  const meanwhile = (): Verdict[] => {
    if (early === null || late === null) return [];
    const [from, to] = [early, late];
    const span = (start: number): string => `between ${formatSeconds(start)}s and ${formatSeconds(to.at)}s`;
    const isOwn = (channel: OpenChannel): boolean => ownChannels.has(channel) && channel.protocol !== 'tclo';
    const idle = left().filter((channel) => channel.used < before && !isOwn(channel));
    return [...idle.map(channelOf(`and unused ${span(before)}`)), ...grown(from, to, span(from.at))];
  };
  const left = (): OpenChannel[] => [...channels.values()].filter(({ refused }) => !refused);
  return {
    access(fact: AccessFact): void {
      const { at, pc, call, outcome } = fact;
      settle(at);
      held = null;
      // A lasting fault disturbs when it begins and when it ends: what is lost meanwhile is lost.
      if (fact.fault !== null) {
        const { until } = fact.fault;
        if (until === undefined || until !== lastingUntil) disturbed = at;
        lastingUntil = until ?? lastingUntil;
      }
      if (call === null) return;
      if (call.step === 'open') {
        if (opened !== null) {
          // A guest that does not know its channel cannot close it.
          Object.assign(opened, { pc, protocol: call.protocol ?? '', refused: excused('noLeak', fact) });
        }
        opened = null;
        return;
      }
      const channel = call.channel === null ? undefined : channels.get(call.channel);
      if (channel === undefined) return;
      channel.used = at;
      if (call.step === 'close' && (outcome !== 'ok' || excused('noLeak', fact))) channel.refused = true;
    },
    hostEvent({ at, kind, text, channel = -1 }: HostEvent): void {
      settle(at);
      if (kind === 'event' && text.trim() === UNLOAD) unloaded = true;
      if (kind === 'event') disturbed = at;
      else if (kind === 'post') waiting = at;
      else if (kind === 'reply') waiting = 0;
      else if (kind === 'open') {
        opened = { opened: at, pc: null, used: at, protocol: '', refused: false };
        channels.set(channel, opened);
      } else if (kind === 'close') channels.delete(channel);
    },
    booted(alive: boolean): void {
      dead = !alive;
      ownChannels = new Set(channels.values());
    },
    idle(at: number, blocks: readonly HeapBlock[]): void {
      settle(at);
      held = { at, blocks };
    },
    judge({ halted, at, blocks }: RunEnd): Judgement {
      if (dead) {
        const when = 'after an attach that failed';
        return { verdicts: [...left().map(channelOf(when)), ...blocksOf(blocks, when)] };
      }
      if (halted)
        return { verdicts: context.kernelFacts.shutsDriversDown ? left().map(channelOf('after the shutdown')) : [] };
      settle(at);
      if (unloaded) {
        const when = 'after the unload';
        const stayed = [...left().map(channelOf(when)), ...blocksOf(blocks, when)];
        return { verdicts: stayed.length > 0 ? stayed : meanwhile() };
      }
      return early === null || late === null ? undecided(at) : { verdicts: meanwhile() };
    },
  };
}

function undecided(at: number): Judgement {
  const needed = `two idle moments ${APART / 1e9} s apart`;
  return { verdicts: [], undecided: `noLeak is undecided: in ${formatSeconds(at)}s there were no ${needed}` };
}

const EXPLANATION = 'Channels and kernel memory are scarce: later attempts will find none left.';

const channelOf =
  (when: string) =>
  ({ protocol, opened, pc }: OpenChannel): Verdict => ({
    kind: 'invariant',
    invariant: 'noLeak',
    title: `a channel is left open ${when}`,
    explanation: `${protocol.toUpperCase()}, opened at ${formatSeconds(opened)}s. ${EXPLANATION}`,
    address: pc,
    stack: [],
  });

/** The leaked blocks: a verdict for each place that allocated some. */
function blocksOf(blocks: readonly HeapBlock[], when: string): Verdict[] {
  return [...bySite(blocks)].map(([site, live]) => lost(site, live, `left ${when}`));
}

/** The places that have more blocks at the later moment. */
function grown(from: IdleHeap, to: IdleHeap, span: string): Verdict[] {
  const before = bySite(from.blocks);
  return [...bySite(to.blocks)].flatMap(([site, live]) => {
    const count = before.get(site)?.length ?? 0;
    return live.length > count ? [lost(site, live.slice(count), `more ${span}`)] : [];
  });
}

function lost(site: bigint, blocks: readonly HeapBlock[], when: string): Verdict {
  const bytes = blocks.reduce((sum, { size }) => sum + size, 0);
  const count = `${blocks.length} heap block${blocks.length === 1 ? '' : 's'}`;
  return {
    kind: 'invariant',
    invariant: 'noLeak',
    title: `${count} (${bytes} bytes) ${when}`,
    explanation: `The guest allocated them here and did not free them. ${EXPLANATION}`,
    address: site,
    site: site - 1n,
    stack: [],
  };
}

/** The guest's blocks by the instruction behind the allocating call. */
function bySite(blocks: readonly HeapBlock[]): Map<bigint, HeapBlock[]> {
  const sites = new Map<bigint, HeapBlock[]>();
  for (const block of blocks) {
    if (block.by === null) continue;
    const list = sites.get(block.by);
    if (list === undefined) sites.set(block.by, [block]);
    else list.push(block);
  }
  return sites;
}
