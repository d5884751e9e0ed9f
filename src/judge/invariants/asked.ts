import { MESSAGE_STEPS, type MessageStep, type Protocol } from '../../protocol/index.ts';
import type { FaultKind, HostOptions } from '../../tclo-host/index.ts';
import type { InvariantName } from '../finding.ts';

/**
 * Where a fault is injected: a step of a channel, `probe` for a command before the guest's first OPEN (GETVERSION and
 * the like), `command` for one after it.
 */
export type RulingPlace = 'probe' | 'command' | `${Protocol}.${MessageStep}`;

/** Whether an invariant applies under some circumstances, and why. */
interface Ruling {
  readonly invariants: readonly InvariantName[];
  readonly asked: boolean;
  readonly why: string;
}

/** One ruling over faults. */
export interface FaultRuling extends Ruling {
  readonly kinds: readonly FaultKind[] | 'any';
  readonly places: readonly RulingPlace[] | 'any';
}

/** One ruling over the host's options. */
export interface OptionRuling extends Ruling {
  readonly option: keyof HostOptions | 'any';
  readonly values: readonly (string | number | boolean)[] | 'any';
}

const both = (...steps: readonly MessageStep[]): RulingPlace[] =>
  steps.flatMap((step): RulingPlace[] => [`tclo.${step}`, `rpci.${step}`]);
const tclo = (...steps: readonly MessageStep[]): RulingPlace[] => steps.map((step): RulingPlace => `tclo.${step}`);

/**
 * An invariant demands only what a perfect guest can do. The first row that fits decides; the last row of an invariant
 * always fits. "Not asked" excuses only what the fault hit, one request, report or channel; `recovers` at a probe
 * excuses the whole run.
 */
export const FAULT_RULINGS: readonly FaultRuling[] = [
  {
    invariants: ['memorySafe', 'noPanic', 'hang'],
    kinds: 'any',
    places: 'any',
    asked: true,
    why: 'no answer of a host may take a kernel down',
  },
  {
    invariants: ['conforms'],
    kinds: 'any',
    places: 'any',
    asked: false,
    why: 'the host did what a sound sequence does not expect; what the guest does then is for the other rules',
  },
  {
    invariants: ['abi'],
    kinds: 'any',
    places: 'any',
    asked: true,
    why: 'what a function must keep does not depend on the answer',
  },
  {
    invariants: ['contract'],
    kinds: 'any',
    places: 'any',
    asked: true,
    why: 'both executions meet the same faults',
  },
  {
    invariants: ['quiet', 'recovers', 'noLeak', 'noLostEvent'],
    kinds: ['registers', 'payload', 'message'],
    places: 'any',
    asked: false,
    why: 'an answer of no known host: the whole run is judged for safety alone',
  },
  {
    invariants: ['attaches'],
    kinds: 'any',
    places: 'any',
    asked: false,
    why: 'a guest may give up for now; that it tries again is what `recovers` asks',
  },
  {
    invariants: ['quiet'],
    kinds: 'any',
    places: 'any',
    asked: true,
    why: 'a guest can wait before it tries, and complains, again',
  },
  {
    invariants: ['recovers'],
    kinds: 'any',
    places: ['probe'],
    asked: false,
    why: 'the host denied being VMware, or answered garbage',
  },
  {
    invariants: ['recovers'],
    kinds: 'any',
    places: 'any',
    asked: true,
    why: 'a guest can close the channel, open another and ask again; an attach that gives up for one failed step does not',
  },
  {
    invariants: ['noLeak'],
    kinds: ['garbageRegisters'],
    places: both('open'),
    asked: false,
    why: 'the host opened a channel and the guest cannot know which',
  },
  {
    invariants: ['noLeak'],
    kinds: ['refuse', 'timeout', 'poweroff', 'break'],
    places: both('close'),
    asked: false,
    why: "a channel whose CLOSE the host refused is the host's",
  },
  {
    invariants: ['noLeak'],
    kinds: 'any',
    places: 'any',
    asked: true,
    why: 'a guest can release what it opened and allocated, after a refused probe too',
  },
  {
    invariants: ['noLostEvent'],
    kinds: ['garbageRegisters'],
    places: tclo('open'),
    asked: false,
    why: 'the host posts at once, on a channel that the guest cannot know',
  },
  {
    invariants: ['noLostEvent'],
    kinds: ['wrongLength', 'oversize', 'truncate', 'corrupt', 'garbageRegisters'],
    places: tclo('recvsize', 'receive', 'status'),
    asked: false,
    why: 'the guest read another request than the host had posted, or cannot know whether it has it',
  },
  {
    invariants: ['noLostEvent'],
    kinds: ['unsent', 'timeout'],
    places: tclo('recvsize', 'receive', 'status'),
    asked: false,
    why: 'the host withdrew the request',
  },
  {
    invariants: ['noLostEvent'],
    kinds: ['closed', 'break'],
    places: tclo('sendsize', 'send', 'recvsize', 'receive', 'status', 'close'),
    asked: false,
    why: 'the request went with its channel; what the host offers on the next one is asked',
  },
  {
    invariants: ['noLostEvent'],
    kinds: ['refuse', 'timeout', 'poweroff', 'noHighBandwidth', 'garbageRegisters'],
    places: tclo('sendsize', 'send'),
    asked: false,
    why: 'the answer was refused, or seemed so: to close the channel is right, and the request goes with it',
  },
  {
    invariants: ['noLostEvent'],
    kinds: ['refuse', 'timeout', 'poweroff', 'garbageRegisters'],
    places: tclo('close'),
    asked: false,
    why: "a channel whose CLOSE the host refused is the host's, with the request that is on it",
  },
  {
    invariants: ['noLostEvent'],
    kinds: ['truncate', 'corrupt'],
    places: both('send'),
    asked: false,
    why: 'the host got another text than the guest sent, and answered success',
  },
  {
    invariants: ['noLostEvent'],
    kinds: ['checkpoint'],
    places: 'any',
    asked: true,
    why: 'the channel stays open, and the host asks the guest to send, or to receive, again',
  },
  {
    invariants: ['noLostEvent'],
    kinds: ['stall'],
    places: 'any',
    asked: true,
    why: 'the host offers the request later',
  },
  {
    invariants: ['noLostEvent'],
    kinds: 'any',
    places: MESSAGE_STEPS.map((step): RulingPlace => `rpci.${step}`),
    asked: true,
    why: 'a guest that did not get the answer to its report can open another channel and report again',
  },
  {
    invariants: ['noLostEvent'],
    kinds: 'any',
    places: 'any',
    asked: true,
    why: 'the request is still offered, or none was under way',
  },
];
