import { type AccessPattern, LineKeys } from './pattern.ts';
import { parseTime } from './time.ts';
import { splitWords } from './words.ts';

/** At which port accesses soft interrupts preempt a process. Plain data. */
export interface PlannedPreemption extends AccessPattern {
  /** The line as written: it repeats the preemption. */
  readonly source: string;
  /** Its place, `scenario.yaml:9`, if it is of a file. */
  readonly where?: string;
  /** The N-th matching access, from 1; every one; or one of N, drawn by the run's seed. */
  readonly at: { readonly nth: number } | 'every' | { readonly oneOf: number };
  /** How long the host may delay its answer until a soft interrupt is due, in virtual nanoseconds. */
  readonly within: number;
}

const HINT =
  "A preemption is [STEP] (nth=N | every | random=N) [command=\"TEXT\"] [channel=N] [from=TIME] [until=TIME] [within=TIME], such as 'nth=17' or 'rpci.sendsize every'.";
const PORT_ANY = { protocol: 'port', step: 'any' } as const;
/** Long enough for the timeouts that drivers poll and report by. */
const WITHIN = '1m';

/** Reads a preemption's line. @throws VmtbenchError `preempt` for what is unknown. */
export function parsePreemption(source: string): PlannedPreemption {
  const words = splitWords(source);
  const keys = new LineKeys(source, 'preempt', HINT);
  const [first] = words;
  const named = first !== undefined && first.key === null && first.value !== 'every';
  const step = named ? keys.parseStep(first.value) : PORT_ANY;
  for (const word of named ? words.slice(1) : words) {
    if (!keys.add(word, ['every'])) throw keys.wrong(`"${source}": cannot read ${word.value}`);
  }
  const planned = {
    source,
    at: takeAt(keys),
    within: keys.takeTime('within') ?? parseTime(WITHIN),
    ...keys.takePattern(step),
  };
  keys.refuseRest('a preemption');
  return planned;
}

function takeAt(keys: LineKeys): PlannedPreemption['at'] {
  const random = keys.takeNumber('random');
  const nth = keys.takeNth();
  if (random !== null && nth !== null) throw keys.wrong(`"${keys.source}" says random and nth or every`);
  if (random === 0) throw keys.wrong(`"${keys.source}": random=N is one access of N`);
  if (random !== null) return { oneOf: random };
  if (nth === null) throw keys.wrong(`"${keys.source}" does not say at which access`);
  return nth === 'every' ? nth : { nth };
}
