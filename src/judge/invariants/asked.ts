import { MESSAGE_STEPS, type MessageStep, type Protocol } from '../../protocol/index.ts';
import type { HostOptions } from '../../tclo-host/index.ts';
import type { InvariantName } from '../finding.ts';
import type { Effect } from './effects.ts';

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

/** One ruling over what the host did. */
export interface FaultRuling extends Ruling {
  readonly effects: readonly Effect[] | 'any';
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
    effects: 'any',
    places: 'any',
    asked: true,
    why: 'no answer of a host may take a kernel down',
  },
  {
    invariants: ['conforms'],
    effects: 'any',
    places: 'any',
    asked: false,
    why: 'the host did what a sound sequence does not expect; what the guest does then is for the other rules',
  },
  {
    invariants: ['abi'],
    effects: 'any',
    places: 'any',
    asked: true,
    why: 'what a function must keep does not depend on the answer',
  },
  {
    invariants: ['contract'],
    effects: 'any',
    places: 'any',
    asked: true,
    why: 'both executions meet the same faults',
  },
  {
    invariants: ['attaches'],
    effects: 'any',
    places: 'any',
    asked: false,
    why: 'a guest may give up for now; that it tries again is what `recovers` asks',
  },
  {
    invariants: ['quiet'],
    effects: 'any',
    places: 'any',
    asked: true,
    why: 'a guest can wait before it tries, and complains, again',
  },
  {
    invariants: ['recovers'],
    effects: 'any',
    places: ['probe'],
    asked: false,
    why: 'the host denied being VMware, or answered garbage',
  },
  {
    invariants: ['recovers'],
    effects: 'any',
    places: 'any',
    asked: true,
    why: 'a guest can close the channel, open another and ask again; an attach that gives up for one failed step does not',
  },
  {
    invariants: ['noLeak'],
    effects: ['unknowable'],
    places: both('open'),
    asked: false,
    why: 'the host opened a channel and the guest cannot know which',
  },
  {
    invariants: ['noLeak'],
    effects: ['refused', 'withdrew', 'unknowable'],
    places: both('close'),
    asked: false,
    why: "a channel whose CLOSE the host refused is the host's",
  },
  {
    invariants: ['noLeak'],
    effects: 'any',
    places: 'any',
    asked: true,
    why: 'a guest can release what it opened and allocated, after a refused probe too',
  },
  {
    invariants: ['noLostEvent'],
    effects: ['unknowable'],
    places: tclo('open'),
    asked: false,
    why: 'the host posts at once, on a channel that the guest cannot know',
  },
  {
    invariants: ['noLostEvent'],
    effects: ['altered', 'unknowable'],
    places: tclo('recvsize', 'receive', 'status'),
    asked: false,
    why: 'the guest read another request than the host had posted, or cannot know whether it has it',
  },
  {
    invariants: ['noLostEvent'],
    effects: ['withdrew'],
    places: tclo('sendsize', 'send', 'recvsize', 'receive', 'status', 'close'),
    asked: false,
    why: 'the request is gone, alone or with its channel; what the host offers on the next one is asked',
  },
  {
    invariants: ['noLostEvent'],
    effects: ['refused', 'altered', 'unknowable'],
    places: tclo('sendsize', 'send'),
    asked: false,
    why: 'the answer was refused, or seemed so, or another one arrived: to close the channel is right, and the request goes with it',
  },
  {
    invariants: ['noLostEvent'],
    effects: ['refused', 'unknowable'],
    places: tclo('close'),
    asked: false,
    why: "a channel whose CLOSE the host refused is the host's, with the request that is on it",
  },
  {
    invariants: ['noLostEvent'],
    effects: ['altered'],
    places: ['rpci.send'],
    asked: false,
    why: 'the host got another text than the guest sent, and answered success',
  },
  {
    invariants: ['noLostEvent'],
    effects: ['unknowable'],
    places: ['rpci.status'],
    asked: false,
    why: 'the guest cannot know whether the host took its acknowledgement',
  },
  {
    invariants: ['noLostEvent'],
    effects: ['postponed'],
    places: 'any',
    asked: true,
    why: 'the channel stays open: the host asks for the step again, or offers the request later',
  },
  {
    invariants: ['noLostEvent'],
    effects: 'any',
    places: MESSAGE_STEPS.map((step): RulingPlace => `rpci.${step}`),
    asked: true,
    why: 'a guest that did not get the answer to its report can open another channel and report again',
  },
  {
    invariants: ['noLostEvent'],
    effects: 'any',
    places: 'any',
    asked: true,
    why: 'the request is still offered, or none was under way',
  },
];
