import type { PlainMap, TraceHeader, TraceSetup } from './format.ts';
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
    ...setupLines(header),
  ];
}

/** What the trace has of each key of the setup, in the words of the command line; nothing where it is as usual. */
const SETUP_LINES: { readonly [Key in keyof TraceSetup]: (value: TraceSetup[Key]) => string[] } = {
  command: (words) => (words[0] === 'run' ? [] : [`command ${words.map(plainText).join(' ')}`]),
  for: () => [],
  machine: (facts) => Object.entries(facts).map(([key, value]) => `machine ${harmless(key)}=${plainText(value)}`),
  interfaces: (interfaces) => interfaces.map((words) => `interface ${plainText(words)}`),
  stubs: (stubs) => stubs.map((words) => `stub ${plainText(words)}`),
  lenient: (lenient) => (lenient ? ['lenient'] : []),
  regparm: (regparm) => (regparm ? ['regparm'] : []),
  alternatives: (alternatives) => (alternatives ? [] : ['no alternatives']),
  memoryChecker: (on) => (on ? [] : ['no memory check']),
  budget: (budget) => Object.entries(budget).map(([key, value]) => `budget ${harmless(key)}=${plainText(value)}`),
  invariants: (names) => names.map((name) => `invariant ${plainText(name)}`),
  expect: (expectations) => expectations.map((words) => `expect ${plainText(words)}`),
};

function setupLines(header: Partial<TraceSetup>): string[] {
  return (Object.keys(SETUP_LINES) as (keyof TraceSetup)[]).flatMap((key) => linesOf(key, header));
}

function linesOf<Key extends keyof TraceSetup>(key: Key, header: Partial<TraceSetup>): string[] {
  const value: TraceSetup[Key] | undefined = header[key];
  return value === undefined ? [] : SETUP_LINES[key](value);
}
