import type { BenchOptions } from '../bench/index.ts';
import type { HostOptions } from '../tclo-host/index.ts';
import { Discoveries, type Tally } from './discovery.ts';
import { Explorer } from './explorer.ts';
import { Lived, siteOf, type Telling } from './lived.ts';
import type { PlannedStrike, Site, Trial } from './trial.ts';
import { Hosts } from './variants.ts';

/** What is to be explored. */
export interface Subject extends Omit<Telling, 'host'> {
  /** The guest, its system and what happens in its life anyway. */
  readonly bench: BenchOptions;
  /** The hosts, the one that was asked for first. */
  readonly variants: readonly Partial<HostOptions>[];
  /** Virtual nanoseconds that each life lasts. */
  readonly until: number;
}

/** What a batch of trials came to. Plain data. */
export interface Outcome {
  readonly trials: number;
  readonly discoveries: readonly Tally[];
  /** By trial, if asked for: the accesses that followed its last strike. */
  readonly followers: readonly (readonly Site[])[];
}

/** A life at one of the hosts. */
interface Known {
  readonly variant: number;
  readonly lived: Lived;
}

/**
 * Performs trials. A life at one host is the life at another one, too, where nothing in it went by what the hosts
 * differ in.
 */
export class Laboratory {
  readonly #subject: Subject;
  readonly #hosts: Hosts;
  readonly #explorers: Explorer[] = [];
  readonly #discoveries = new Discoveries();
  /** Of the strikes that came last: what different hosts make of the same strikes is asked for in a row. */
  #lately: Known[] = [];

  constructor(subject: Subject) {
    this.#subject = subject;
    this.#hosts = new Hosts(subject.variants);
  }

  /** Whether there is a device for the driver at all, at the host that was asked for. */
  get attaches(): boolean {
    return this.#explorer(0).calm(0).life.ending?.kind !== 'notAttached';
  }

  /** The accesses of the life without faults before a virtual time, and what may strike at each. */
  sites(variant: number, before: number): Site[] {
    const { accesses, openings } = this.#explorer(variant).calm(variant);
    return accesses.flatMap((access, index) => (access.at < before ? [siteOf(access, index, openings)] : []));
  }

  /** @param follow tell of the accesses after the last strike of each trial. */
  perform(trials: readonly Trial[], follow: boolean): Outcome {
    const followers = trials.map((trial) => this.#perform(trial, follow));
    return { trials: trials.length, discoveries: this.#discoveries.take(), followers: follow ? followers : [] };
  }

  close(): void {
    for (const explorer of this.#explorers) explorer.close();
  }

  #perform(trial: Trial, follow: boolean): Site[] {
    const lived = this.#live(trial);
    for (const [rank, wrong] of lived.wrongs.entries()) {
      const { cause, symptom } = wrong;
      const trigger = `${lived.trigger}${this.#variantText(trial.variant)}`;
      this.#discoveries.see({ cause, symptom, order: trial.order, rank }, trigger, () => {
        const telling = { ...this.#subject, host: this.#subject.variants[trial.variant] ?? {} };
        return { finding: lived.finding(wrong, telling), console: lived.printed() };
      });
    }
    return follow ? lived.followers() : [];
  }

  #live({ variant, strikes }: Trial): Lived {
    if (!sameStrikes(this.#lately[0]?.lived.strikes, strikes)) this.#lately = [];
    const known = this.#lately.find((other) => this.#hosts.alike(other.variant, variant, other.lived.consulted));
    if (known !== undefined) return known.lived;
    const lived = new Lived(this.#explorer(variant), strikes, variant);
    this.#lately.push({ variant, lived });
    return lived;
  }

  #explorer(variant: number): Explorer {
    let explorer = this.#explorers.find((other) => other.serves(variant));
    if (explorer === undefined) {
      const { bench, until } = this.#subject;
      explorer = new Explorer(bench, this.#hosts, until, variant);
      this.#explorers.push(explorer);
    }
    return explorer;
  }

  #variantText(variant: number): string {
    const options = this.#subject.variants[variant] ?? {};
    const added = this.#hosts.differing(0, variant).map((key) => `${key}=${options[key]}`);
    return added.length === 0 ? '' : ` (${added.join(' ')})`;
  }
}

function sameStrikes(one: readonly PlannedStrike[] | undefined, other: readonly PlannedStrike[]): boolean {
  if (one?.length !== other.length) return false;
  return one.every(({ access, kind }, index) => access === other[index]?.access && kind === other[index].kind);
}
