import type { PlainMap, TraceHeader } from './format.ts';
import { harmless, plainText } from './text.ts';

/** What the run was, for people. @param defaults host options that are not worth a line. */
export function headerLines(header: TraceHeader, defaults: PlainMap): string[] {
  const { object, kernel, host, events, faults, preemptions = [], seed } = header;
  const { name, machine, sha256 } = object;
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
