import { formatSeconds } from '../../plan/index.ts';
import type { HostEvent } from '../../tclo-host/index.ts';
import type { AccessFact } from '../access.ts';
import type { HeapBlock } from '../execution.ts';
import type { Verdict } from '../finding.ts';
import type { Invariant, Judgement, RunContext, RunEnd } from './invariant.ts';
import { excused } from './ruling.ts';

/** Virtual time without a disturbance after which a guest is idle, and between the two moments that are compared. */
const UNDISTURBED = 30e9;
const APART = 60e9;

/** A channel that the guest has opened. */
interface OpenChannel {
  readonly opened: number;
  /** The instruction that opened it. */
  pc: bigint | null;
  used: number;
  protocol: string;
  /** The host refused its CLOSE, or never told of it: the guest can do no more. */
  refused: boolean;
}

/** The guest between two of its calls, with nothing to recover from. */
interface IdleHeap {
  readonly at: number;
  readonly blocks: readonly HeapBlock[];
}

/**
 * Nothing of the guest's is lost: after an attach that failed no channel and no heap block is left; after a shutdown
 * no channel; and of two idle moments 60 s apart the later one has no more blocks from any one place than the
 * earlier, and no channel that was open all the time and not used. What is live after a successful attach is the
 * driver's own, and a channel whose CLOSE the host refused is the host's.
 */
export function noLeak(context: RunContext): Invariant {
  const channels = new Map<number, OpenChannel>();
  let opened: OpenChannel | null = null;
  let disturbed = 0;
  let waiting = 0;
  let dead = false;
  let ownChannels: ReadonlySet<OpenChannel> = new Set();
  let early: IdleHeap | null = null;
  let late: IdleHeap | null = null;
  /** The last idle moment but one. */
  let before = 0;

  const left = (): OpenChannel[] => [...channels.values()].filter(({ refused }) => !refused);
  return {
    access(fact: AccessFact): void {
      const { at, pc, call, outcome } = fact;
      if (fact.fault !== null) disturbed = at;
      if (call === null) return;
      if (call.step === 'open') {
        if (opened !== null) {
          // A guest that was not told of its channel cannot close it.
          Object.assign(opened, { pc, protocol: call.protocol ?? '', refused: excused('noLeak', fact) });
        }
        opened = null;
        return;
      }
      const channel = call.channel === null ? undefined : channels.get(call.channel);
      if (channel === undefined) return;
      channel.used = at;
      if (call.step === 'close' && outcome !== 'ok') channel.refused = true;
    },
    hostEvent({ at, kind, channel = -1 }: HostEvent): void {
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
      if (at - disturbed < UNDISTURBED || (waiting !== 0 && at - waiting < UNDISTURBED)) return;
      const last = late ?? early;
      if (last !== null && at - last.at < APART) return;
      const idleState = { at, blocks };
      if (early === null) early = idleState;
      else late = idleState;
      before = last?.at ?? 0;
    },
    judge({ halted, at, blocks }: RunEnd): Judgement {
      if (dead) {
        return { verdicts: [...left().map(channelOf('after an attach that failed')), ...blocksOf(blocks)] };
      }
      if (halted)
        return { verdicts: context.kernelFacts.shutsDriversDown ? left().map(channelOf('after the shutdown')) : [] };
      if (early === null || late === null) return undecided(at);
      const [from, to] = [early, late];
      const span = (start: number): string => `between ${formatSeconds(start)}s and ${formatSeconds(to.at)}s`;
      const idle = left().filter((channel) => channel.used < before && !ownChannels.has(channel));
      return { verdicts: [...idle.map(channelOf(`and unused ${span(before)}`)), ...grown(from, to, span(from.at))] };
    },
  };
}

function undecided(at: number): Judgement {
  const needed = `two idle moments ${APART / 1e9} s apart`;
  return { verdicts: [], undecided: `noLeak is undecided: in ${formatSeconds(at)}s there were no ${needed}` };
}

const EXPLANATION = 'The host has few channels, and a kernel only so much memory: the next attempts go without.';

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

/** Every block that is left, a verdict for each place that asked for some. */
function blocksOf(blocks: readonly HeapBlock[]): Verdict[] {
  return [...bySite(blocks)].map(([site, live]) => lost(site, live, 'left after an attach that failed'));
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
    explanation: `They were allocated here and not freed. ${EXPLANATION}`,
    address: site,
    site: site - 1n,
    stack: [],
  };
}

/** The guest's blocks by the instruction behind the call that asked for them. */
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
