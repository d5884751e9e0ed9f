import { differences, type HostOptions, resolveHostOptions } from '../tclo-host/index.ts';

/** Host behaviour that real guests have met. A check tries each besides the requested host. */
const UNKIND: readonly Partial<HostOptions>[] = [
  { unsolicitedReply: 'glitch', resetAcrossReopen: 'drop' },
  { unsolicitedReply: 'break', resetAcrossReopen: 'drop' },
  { closeBroken: 'refuse' },
  { checkpointMode: 'strict' },
];

/** The hosts of a check, without duplicates: the requested options, alone and with those of each unkind host. */
export function hostVariants(given: Partial<HostOptions>): readonly Partial<HostOptions>[] {
  const all = [given, ...UNKIND.map((unkind) => ({ ...given, ...unkind }))];
  const hosts = new Hosts(all);
  return all.filter(
    (_, index) => all.findIndex((_other, before) => hosts.differing(before, index).length === 0) === index,
  );
}

/** The hosts of a check by index, and the options in which they differ. */
export class Hosts {
  /** Every option of each host. */
  readonly all: readonly HostOptions[];
  /** By one host and the other. */
  readonly #differences: readonly (readonly (readonly (keyof HostOptions)[])[])[];

  constructor(all: readonly Partial<HostOptions>[]) {
    this.all = all.map(resolveHostOptions);
    this.#differences = this.all.map((one) => this.all.map((other) => differences(one, other)));
  }

  /** The options in which two hosts differ. */
  differing(one: number, other: number): readonly (keyof HostOptions)[] {
    return this.#differences[one]?.[other] ?? [];
  }

  /** Whether an execution at one host that read these options is the same at the other. */
  alike(one: number, other: number, optionsRead: readonly (keyof HostOptions)[]): boolean {
    if (one === other || optionsRead.length === 0) return true;
    return this.differing(one, other).every((option) => !optionsRead.includes(option));
  }
}
