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
  const seen = new Set<string>();
  return [given, ...UNKIND.map((unkind) => ({ ...given, ...unkind }))].filter((options) => {
    const whole = JSON.stringify(resolveHostOptions(options));
    return !seen.has(whole) && seen.add(whole);
  });
}
