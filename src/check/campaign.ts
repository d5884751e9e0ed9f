import type { Finding } from '../judge/index.ts';
import type { Crew } from './crew.ts';
import { byAppearance, type Count, Discoveries, type Discovery } from './discovery.ts';
import type { Laboratory } from './laboratory.ts';
import { byStrikes, Lanes } from './lanes.ts';
import type { PlannedStrike, Site, Trial } from './trial.ts';

/** How far to explore. */
export interface CampaignOptions {
  /** Faults at once, at most. */
  readonly depth: 1 | 2;
  /** Lives at most. */
  readonly budget: number;
  /** Virtual nanoseconds: faults strike before it. */
  readonly before: number;
  /** How many hosts there are. */
  readonly variants: number;
}

/** How a campaign stands. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly findings: number;
}

/** A finding of a check: one of its cause, the smallest. */
export interface CheckFinding extends Finding {
  /** Tells this cause from others. */
  readonly cause: string;
  /** The same without places: it holds for other builds of the guest. */
  readonly symptom: string;
  /** What the guest printed from its first fault on, the first lines of it. */
  readonly console: readonly string[];
  /** How many lives showed it. */
  readonly runs: number;
  /** What brought it about, each with how often. */
  readonly triggers: Readonly<Record<string, number>>;
}

/** What a campaign came to. */
export interface CampaignReport {
  /** Lives, those that share most of their way counted whole. */
  readonly runs: number;
  /** Port accesses of the life without faults. */
  readonly accesses: number;
  /** By cause, smallest first. */
  readonly findings: readonly CheckFinding[];
  /** Lives that the budget left out. */
  readonly unexplored: number;
}

/**
 * Lives without faults, one a host; then every fault alone at every access; then pairs of them. The report depends on
 * the plan alone, not on who performed what.
 */
export async function explore(
  laboratory: Laboratory,
  crew: Crew,
  options: CampaignOptions,
  onProgress: (progress: Progress) => void,
): Promise<CampaignReport> {
  const variants = Array.from({ length: options.variants }, (_, variant) => variant);
  const sites = variants.map((variant) => laboratory.sites(variant, options.before));
  const singles = [
    ...variants.map((variant) => ({ variant, strikes: [] })),
    ...variants.flatMap((variant) => strikesAt(sites[variant] ?? []).map((strike) => ({ variant, strikes: [strike] }))),
  ];
  const first = number(spread(singles, options.budget), 0);
  const discoveries = new Discoveries();
  const left = options.budget - first.length;
  const total = first.length + (options.depth === 2 ? Math.max(left, 0) : 0);
  const watch = (done: number): void => onProgress({ done, total, findings: discoveries.size });
  const followers = await performAll(crew, first, options.depth === 2, discoveries, watch);
  let runs = first.length;
  let unexplored = singles.length - first.length;
  if (options.depth === 2) {
    const pairs = pairsOf(first, followers);
    const chosen = number(spread(pairs, left), runs);
    await performAll(crew, chosen, false, discoveries, (done) => watch(first.length + done));
    runs += chosen.length;
    unexplored += pairs.length - chosen.length;
  }
  const findings = smallestFirst(discoveries.list).map(findingOf);
  return { runs, accesses: sites[0]?.length ?? 0, findings, unexplored };
}

const strikesAt = (sites: readonly Site[]): PlannedStrike[] =>
  sites.flatMap(({ access, kinds }) => kinds.map((kind) => ({ access, kind })));

const number = (trials: readonly Omit<Trial, 'order'>[], from: number): Trial[] =>
  trials.map((trial, index) => ({ ...trial, order: from + index }));

/** Each single fault with each that may follow it. */
function pairsOf(singles: readonly Trial[], followers: readonly (readonly Site[])[]): Omit<Trial, 'order'>[] {
  return singles.flatMap(({ variant, strikes }, index) =>
    strikesAt(followers[index] ?? []).map((strike) => ({ variant, strikes: [...strikes, strike] })),
  );
}

/** `count` of a list, at even distances. */
function spread<T>(list: readonly T[], count: number): T[] {
  if (count >= list.length) return [...list];
  return Array.from({ length: Math.max(count, 0) }, (_, index) => list[Math.floor((index * list.length) / count)] as T);
}

/** @returns by trial, what the crew tells of its followers. */
async function performAll(
  crew: Crew,
  trials: readonly Trial[],
  follow: boolean,
  discoveries: Discoveries,
  watch: (done: number) => void,
): Promise<readonly (readonly Site[])[]> {
  const lanes = new Lanes(byStrikes(trials), new Set(crew.slots).size);
  const followers = new Map<number, readonly Site[]>();
  let done = 0;
  const work = async (member: number): Promise<void> => {
    for (let batch = lanes.next(member); batch.length > 0; batch = lanes.next(member)) {
      const outcome = await crew.perform(member, batch, follow);
      for (const [index, sites] of outcome.followers.entries()) followers.set((batch[index] as Trial).order, sites);
      for (const tally of outcome.discoveries) discoveries.merge(tally);
      done += outcome.trials;
      watch(done);
    }
  };
  await Promise.all(crew.slots.map(work));
  return trials.map(({ order }) => followers.get(order) ?? []);
}

/** Fewer faults first, then hosts that are as asked for, then the earlier trial. */
function smallestFirst(list: readonly (Discovery & Count)[]): (Discovery & Count)[] {
  return [...list].sort((a, b) => strikesOf(a) - strikesOf(b) || byAppearance(a, b));
}

const strikesOf = ({ finding: { plan } }: Discovery): number => plan.faults.length + (plan.preemptions?.length ?? 0);

function findingOf({ finding, console, cause, symptom, trials, triggers }: Discovery & Count): CheckFinding {
  const sorted = Object.fromEntries(Object.entries(triggers).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...finding, console, cause, symptom, runs: trials, triggers: sorted };
}
