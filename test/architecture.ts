/**
 * The house rules that a machine can hold: which room of `src` may import which, and how long a file may be.
 * A tree is a map from a path inside `src` ("ports/bus.ts") to the file's text, so that the rules can be tried
 * on a tree that breaks them.
 */
export type SourceTree = ReadonlyMap<string, string>;

export const MAX_LINES = 300;

/**
 * The rooms from the top of the house to its ground: a file may import its own room and the rooms of lower
 * floors. Rooms of one floor do not know each other.
 */
export const FLOORS: readonly (readonly string[])[] = [
  ['cli'],
  ['check', 'fuzz', 'report', 'gdb', 'vitest'],
  ['scenario'],
  ['trace'],
  ['guest'],
  ['ports'],
  ['cpu', 'tclo-host'],
];

/** Imported by everybody, importing nobody. */
const COMMON_GROUND = 'errors.ts';
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
const floorOf = (room: string): number => FLOORS.findIndex((rooms) => rooms.includes(room));

/** What is wrong with an import from one file of `src` to another; null when nothing is. */
function judge(from: string, to: string): string | null {
  if (to === COMMON_GROUND) return null;
  if (from === COMMON_GROUND) return 'the common ground imports nobody';
  const target = roomOf(to);
  if (target === null) return `only ${COMMON_GROUND} is common ground`;
  if (from === FACE) return target === 'cli' ? 'nobody imports cli' : null;
  const room = roomOf(from);
  if (room === null || room === target) return null;
  if (floorOf(target) > floorOf(room)) return null;
  return floorOf(target) === floorOf(room) ? 'rooms of one floor do not know each other' : 'arrows point down only';
}

/** Every breach of the arrows, as one readable line each. */
export function findWrongImports(tree: SourceTree): string[] {
  const wrong: string[] = [];
  for (const [from, text] of tree) {
    const room = roomOf(from);
    if (room === null && from !== COMMON_GROUND && from !== FACE) wrong.push(`${from}: belongs to no room`);
    if (room !== null && floorOf(room) < 0) wrong.push(`${from}: the room ${room} is on no floor`);
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
