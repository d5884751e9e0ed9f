import type * as Yaml from 'yaml';
import type { Document, LineCounter, Pair, ParsedNode } from 'yaml';
import { lazy } from '../../lazy.ts';

const yaml = lazy<typeof Yaml>('yaml');

/** A place in a text; both count from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** A problem of a text. */
export interface Problem {
  readonly place: TextPlace;
  readonly message: string;
}

export type Path = readonly PropertyKey[];

/** A YAML document as plain data, with the place of each value. */
export interface YamlDocument {
  readonly value: unknown;
  /** Errors of the YAML, and uses of YAML that we do not accept. */
  readonly problems: readonly Problem[];
  /** Whether the text was so broken that `value` means nothing. */
  readonly unreadable: boolean;
  /** The place of the value at a path, or of the key `key` of the map there; else of the nearest one that exists. */
  placeOf(path: Path, key?: string): TextPlace;
}

/** Characters: twenty times a long scenario. On odd input the parser takes quadratic time. */
const LONGEST = 64 * 1024;
const DEEPEST = 32;
const TOO_DEEP = `lists and maps lie too deep: at most ${DEEPEST} are read`;

/** Characters that no YAML text has: C0 without tab and line ends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/;

type Node = ParsedNode | null;
type NodePair = Pair<ParsedNode, Node>;

/** Reads one YAML 1.2 document without aliases and tags. Never throws; the work is bounded by the text's length. */
export function readYaml(text: string): YamlDocument {
  const { LineCounter } = yaml();
  const lines = new LineCounter();
  if (text.length > LONGEST) return broken(`the text is longer than ${LONGEST} characters`);
  const control = CONTROL.exec(text);
  if (control !== null) {
    const before = text.slice(0, control.index).split('\n');
    const place = { line: before.length, column: (before.at(-1) as string).length + 1 };
    const code = text.charCodeAt(control.index).toString(16).padStart(2, '0');
    return broken(`the control character 0x${code} is no part of a text`, place);
  }
  const document = parse(text, lines);
  if (document === null) return broken(TOO_DEEP);
  const root = document.contents as Node;
  const at = (offset: number): TextPlace => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems: Problem[] = document.errors.map(({ pos, message }) => ({ place: at(pos[0]), message }));
  const reader = new NodeReader((offset, message) => problems.push({ place: at(offset), message }));
  return {
    value: reader.read(root, 0),
    problems,
    unreadable: document.errors.some(({ code }) => code !== 'DUPLICATE_KEY'),
    placeOf: (path, key) => at(offsetOf(root, path, key)),
  };
}

const START: TextPlace = { line: 1, column: 1 };

const broken = (message: string, place: TextPlace = START): YamlDocument => ({
  value: null,
  problems: [{ place, message }],
  unreadable: true,
  placeOf: () => START,
});

/** Null: it nests deeper than the parser's stack. The parser throws then, or reports it as an error of the text. */
function parse(text: string, lineCounter: LineCounter): Document.Parsed | null {
  try {
    const document = yaml().parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'error' });
    return document.errors.some(({ message }) => message.includes('call stack')) ? null : document;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Nodes as plain data. */
class NodeReader {
  readonly #report: (offset: number, message: string) => void;

  constructor(report: (offset: number, message: string) => void) {
    this.#report = report;
  }

  read(node: Node, depth: number): unknown {
    if (node === null) return null;
    if (depth > DEEPEST) return this.#refuse(node, TOO_DEEP);
    const { isAlias, isScalar, isSeq } = yaml();
    if (isAlias(node)) return this.#refuse(node, 'aliases are not supported: write out what it stands for');
    if (node.tag?.startsWith('!')) return this.#refuse(node, `the tag ${node.tag} is not known`);
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return node.items.map((item) => this.read(item as Node, depth + 1));
    return Object.fromEntries(node.items.map((pair) => this.#entry(pair as NodePair, depth)));
  }

  #entry({ key, value }: NodePair, depth: number): [string, unknown] {
    if (!yaml().isScalar(key)) this.#refuse(key, 'a key is a word');
    return [keyText(key), this.read(value, depth + 1)];
  }

  #refuse(node: Node, message: string): null {
    this.#report(node?.range?.[0] ?? 0, message);
    return null;
  }
}

const keyText = (key: unknown): string => (yaml().isScalar(key) ? String(key.value) : '');

/** The place in the text of the value at a path, or of a key of it. */
function offsetOf(root: Node, path: Path, key: string | undefined): number {
  const { isMap, isSeq } = yaml();
  let node = root;
  let offset = node?.range?.[0] ?? 0;
  for (const step of path) {
    const pair: NodePair | undefined = isMap(node) ? pairOf(node.items, String(step)) : undefined;
    if (pair !== undefined) [node, offset] = [pair.value, pair.key.range[0]];
    else if (isSeq(node)) node = (node.items[Number(step)] as Node | undefined) ?? null;
    else break;
    // A key without a value: its place is the key's.
    offset = node?.range?.[0] ?? offset;
  }
  if (key === undefined || !isMap(node)) return offset;
  return pairOf(node.items, key)?.key.range[0] ?? offset;
}

const pairOf = (items: readonly unknown[], key: string): NodePair | undefined =>
  (items as readonly NodePair[]).find((pair) => keyText(pair.key) === key);
