import type { FaultKind } from '../../tclo-host/index.ts';

/** One line of a plan. Plain data. */
export interface PlanLine {
  readonly list: 'events' | 'faults' | 'preemptions';
  readonly source: string;
}

/** Kinds of faults, the mildest first: what a guest can recover from by itself, then what it must handle, then noise. */
const MILDER_KINDS: readonly FaultKind[] = [
  'checkpoint',
  'refuse',
  'closed',
  'timeout',
  'unsent',
  'poweroff',
  'truncate',
  'corrupt',
  'break',
  'garbageRegisters',
];

/** Events by what they leave standing: each is followed by those that do less. */
const MILDER_EVENTS: Readonly<Record<string, readonly string[]>> = {
  suspend: ['checkpoint', 'suspend quiet'],
  migrate: ['checkpoint'],
  'tclo.break': ['tclo.glitch'],
  'tclo.rival': ['tclo.glitch'],
  'host.reinit': ['tclo.glitch'],
  backup: ['backup abort'],
};

/** Milder lines for one of a plan, the mildest first. Some of them may mean nothing at their step: the parser says so. */
export function milder({ list, source }: PlanLine): string[] {
  if (list === 'events') return milderEvents(source);
  if (list === 'preemptions') return source === 'every' ? ['nth=1'] : without(source, /\brandom=\d+/, 'nth=1');
  return [...milderFaults(source)];
}

function milderEvents(source: string): string[] {
  const [, when = '', name = '', text = ''] = /^(\S+|console=\/.*?\/)\s+(\S+)\s*(.*)$/s.exec(source) ?? [];
  const once = when.startsWith('every=') ? [`at=${when.slice('every='.length)} ${name} ${text}`.trim()] : [];
  const others = text === '' ? (MILDER_EVENTS[name] ?? []) : [];
  return [...others.map((other) => `${when} ${other}`), ...once];
}

/** Once in place of each time; another kind. */
function milderFaults(source: string): string[] {
  const once = without(source, /\bevery\b/, 'nth=1');
  const words = source.split(' ');
  const kind = words.findLast((word) => (MILDER_KINDS as readonly string[]).includes(word));
  const rank = (MILDER_KINDS as readonly (string | undefined)[]).indexOf(kind);
  const kinds = rank < 0 ? [] : MILDER_KINDS.slice(0, rank);
  return [...kinds.map((other) => words.map((word) => (word === kind ? other : word)).join(' ')), ...once];
}

const without = (source: string, pattern: RegExp, instead: string): string[] =>
  pattern.test(source) ? [source.replace(pattern, instead)] : [];
