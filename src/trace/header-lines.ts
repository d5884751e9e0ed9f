import { resolveHostOptions } from '../tclo-host/index.ts';
import type { TraceHeader } from './format.ts';
import { harmless, plainText } from './text.ts';

/** What the run was, for people. Host options are only told where they are not the default. */
export function headerLines({ object, kernel, host, events, faults, preemptions = [], seed }: TraceHeader): string[] {
  const { name, machine, sha256 } = object;
  const defaults = resolveHostOptions() as unknown as Readonly<Record<string, unknown>>;
  const options = Object.entries(host).filter(([key, value]) => value !== defaults[key]);
  return [
    `${harmless(name)} (${harmless(machine)}, sha256 ${harmless(sha256)})`,
    `kernel ${harmless(kernel)}, seed ${seed}`,
    ...options.map(([key, value]) => `host ${harmless(key)}=${plainText(value)}`),
    ...events.map((event) => `event ${plainText(event)}`),
    ...faults.map((fault) => `fault ${plainText(fault)}`),
    ...preemptions.map((preemption) => `preempt ${plainText(preemption)}`),
  ];
}
