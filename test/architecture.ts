/**
 * The house rules that a machine can hold: which room of `src` may import which, and how long a file may be.
 * A tree is a map from a path inside `src` ("ports/bus.ts") to the file's text, so that the rules can be tried
 * on a tree that breaks them.
 */
export type SourceTree = ReadonlyMap<string, string>;

export const MAX_LINES = 300;

/** The arrows: a room may import what it can reach along them, and nothing else. */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
  cli: ['vitest', 'gdb', 'report', 'check'],
  vitest: ['fuzz'],
  fuzz: ['check'],
  check: ['scenario'],
  scenario: ['bench'],
  gdb: ['bench'],
  report: ['trace', 'judge'],
  bench: ['judge', 'trace', 'plan', 'kernels', 'ports', 'tclo-host'],
  kernels: ['guest'],
  guest: ['object', 'cpu'],
  judge: ['plan', 'protocol', 'object'],
  plan: ['tclo-host', 'protocol'],
  ports: ['cpu', 'protocol'],
  'tclo-host': ['protocol'],
  trace: ['protocol'],
  cpu: [],
  object: [],
  protocol: [],
};

/** The rooms that a room may import. */
export function reachableFrom(room: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const visit = (from: string): void => {
    for (const next of ARROWS[from] ?? []) {
      if (reached.has(next)) continue;
      reached.add(next);
      visit(next);
    }
  };
  visit(room);
  return reached;
}

/** Imported by everybody, importing no room. */
const COMMON_GROUND: readonly string[] = [
  'errors.ts',
  'hex.ts',
  'lazy.ts',
  'memory.ts',
  'output-file.ts',
  'plain.ts',
  'random.ts',
  'similar.ts',
  'state.ts',
];
/** The library's face: every room but the command line. */
const FACE = 'index.ts';

const IMPORTS = [
  /\b(?:import|export)\b[^'"`;()]*?\bfrom\s*['"]([^'"]+)['"]/g,
  /\bimport\s*['"]([^'"]+)['"]/g,
  /\b(?:import|require)\s*\(\s*['"`]([^'"`]+)['"`]/g,
];

const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/(^|\s)\/\/[^\n]*/g, '$1');

/** The module names that a file imports or re-exports, statically, dynamically or for types only. */
export function importsOf(text: string): string[] {
  const code = withoutComments(text);
  return IMPORTS.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ''));
}

/** A relative module name as a path inside `src`; null when it leads out of `src`. */
function resolveInside(from: string, name: string): string | null {
  const parts = from.split('/').slice(0, -1);
  for (const part of name.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return null;
    } else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

const roomOf = (path: string): string | null => (path.includes('/') ? (path.split('/')[0] ?? null) : null);
/** What is wrong with an import from one file of `src` to another; null when nothing is. */
function judge(from: string, to: string): string | null {
  if (COMMON_GROUND.includes(to)) return null;
  if (COMMON_GROUND.includes(from)) return 'the common ground imports no room';
  const target = roomOf(to);
  if (target === null) return `only ${COMMON_GROUND.join(', ')} are common ground`;
  if (from === FACE) return target === 'cli' ? 'no room imports cli' : null;
  const room = roomOf(from);
  if (room === null || room === target || reachableFrom(room).has(target)) return null;
  return `no arrow leads from ${room} to ${target}`;
}

/** Every breach of the arrows, as one readable line each. */
export function findWrongImports(tree: SourceTree): string[] {
  const wrong: string[] = [];
  for (const [from, text] of tree) {
    const room = roomOf(from);
    if (room === null && !COMMON_GROUND.includes(from) && from !== FACE) wrong.push(`${from}: belongs to no room`);
    if (room !== null && !Object.hasOwn(ARROWS, room)) wrong.push(`${from}: the room ${room} has no arrows`);
    for (const name of importsOf(text)) {
      if (name === 'vmtbench' || name.startsWith('vmtbench/')) {
        wrong.push(`${from} -> ${name}: inside the house, imports are relative`);
        continue;
      }
      if (!name.startsWith('.')) continue;
      const to = resolveInside(from, name);
      const reason = to === null ? 'leads out of src' : judge(from, to);
      if (reason !== null) wrong.push(`${from} -> ${to ?? name}: ${reason}`);
    }
  }
  return wrong;
}

const folderOf = (path: string): string => path.split('/').slice(0, -1).join('/');

/** Pairs of folders, neither inside the other, that import each other both ways. */
export function findMutualFolders(tree: SourceTree): string[] {
  const edges = new Set<string>();
  for (const [from, text] of tree) {
    for (const name of importsOf(text)) {
      const to = name.startsWith('.') ? resolveInside(from, name) : null;
      if (to !== null) edges.add(`${folderOf(from)} ${folderOf(to)}`);
    }
  }
  const pairs = [...edges].map((edge) => edge.split(' ') as [string, string]);
  const apart = ([a, b]: [string, string]): boolean => a < b && a !== '' && !b.startsWith(`${a}/`);
  return pairs.filter((pair) => apart(pair) && edges.has(`${pair[1]} ${pair[0]}`)).map((pair) => pair.join(' <-> '));
}

/**
 * The picture of docs/architecture.md: which room imports which, as a Mermaid graph. An arrow that a longer way
 * already shows is left out.
 */
export function pictureOf(tree: SourceTree): string {
  const direct = new Map<string, Set<string>>();
  for (const [from, text] of tree) {
    const room = roomOf(from);
    if (room === null) continue;
    const targets = direct.get(room) ?? new Set();
    direct.set(room, targets);
    for (const name of importsOf(text)) {
      const to = name.startsWith('.') ? resolveInside(from, name) : null;
      const target = to === null ? null : roomOf(to);
      if (target !== null && target !== room) targets.add(target);
    }
  }
  const leads = (from: string, to: string, seen = new Set<string>()): boolean =>
    [...(direct.get(from) ?? [])].some((next) => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return leads(next, to, seen);
    });
  const arrows = [...direct].flatMap(([from, targets]) =>
    [...targets]
      .filter((to) => ![...targets].some((other) => other !== to && leads(other, to)))
      .map((to) => `  ${from} --> ${to}`),
  );
  return ['graph TD', ...arrows.sort()].join('\n');
}

export const countLines = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

/** The files that are longer than `limit` lines, with their lengths. */
export function findLongFiles(tree: SourceTree, limit: number = MAX_LINES): string[] {
  const long: string[] = [];
  for (const [path, text] of tree) {
    const lines = countLines(text);
    if (lines > limit) long.push(`${path}: ${lines} lines`);
  }
  return long;
}
