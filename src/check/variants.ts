import { differences, type HostOptions, resolveHostOptions } from '../tclo-host/index.ts';

/** Hosts that real guests have met; each is explored besides the one that was asked for. */
const UNKIND: readonly Partial<HostOptions>[] = [
  { unsolicitedReply: 'glitch', resetAcrossReopen: 'drop' },
  { unsolicitedReply: 'break', resetAcrossReopen: 'drop' },
  { closeBroken: 'refuse' },
  { checkpointMode: 'strict' },
];

/** The hosts to explore: options that are given, alone and with those of each unkind host; none twice. */
export function hostVariants(given: Partial<HostOptions>): readonly Partial<HostOptions>[] {
  const all = [given, ...UNKIND.map((unkind) => ({ ...given, ...unkind }))];
  const hosts = new Hosts(all);
  return all.filter(
    (_, index) => all.findIndex((_other, before) => hosts.differing(before, index).length === 0) === index,
  );
}

/** Hosts by number, and where they behave alike. */
export class Hosts {
  /** Every option of each. */
  readonly all: readonly HostOptions[];
  /** By host and host: the options in which they differ. */
  readonly #differences: readonly (readonly (readonly (keyof HostOptions)[])[])[];

  constructor(all: readonly Partial<HostOptions>[]) {
    this.all = all.map(resolveHostOptions);
    this.#differences = this.all.map((one) => this.all.map((other) => differences(one, other)));
  }

  differing(one: number, other: number): readonly (keyof HostOptions)[] {
    return this.#differences[one]?.[other] ?? [];
  }

  /** Whether what happened at one host, which went by some of its options, would have been the same at another. */
  alike(one: number, other: number, optionsRead: readonly (keyof HostOptions)[]): boolean {
    if (one === other || optionsRead.length === 0) return true;
    return this.differing(one, other).every((option) => !optionsRead.includes(option));
  }
}
