import { type HostOptions, resolveHostOptions } from '../tclo-host/index.ts';

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
  return all.filter((options, index) => all.findIndex((other) => differences(options, other).length === 0) === index);
}

/** The options in which two hosts differ. */
export function differences(one: Partial<HostOptions>, other: Partial<HostOptions>): (keyof HostOptions)[] {
  const [first, second] = [resolveHostOptions(one), resolveHostOptions(other)];
  return (Object.keys(first) as (keyof HostOptions)[]).filter((option) => first[option] !== second[option]);
}
