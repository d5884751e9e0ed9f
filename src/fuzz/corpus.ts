import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { VmtbenchError } from '../errors.ts';
import { FORMAT } from './input/places.ts';

/** Says what a folder holds. */
const MARK = 'vmtbench-fuzz.json';

/** An input with its name. */
export interface CorpusEntry {
  readonly name: string;
  readonly input: Uint8Array;
}

/**
 * The folder of a campaign: `queue` holds the inputs that showed something new, `findings` what was found, `afl` what is
 * AFL++'s own. A file gets its name when it is whole, so that none is lost or half written, however the process ends.
 */
export class Corpus {
  readonly folder: string;

  /** Opens the folder, or makes it. @throws VmtbenchError `fuzz.corpus` for one that cannot be written, or is of another format. */
  constructor(folder: string) {
    this.folder = folder;
    try {
      for (const each of [this.queue, this.findings]) {
        mkdirSync(each, { recursive: true });
        accessSync(each, constants.W_OK);
      }
      this.#checkMark();
    } catch (cause) {
      if (cause instanceof VmtbenchError) throw cause;
      const message = `cannot write into ${folder}: ${(cause as Error).message}`;
      throw new VmtbenchError('fuzz.corpus', message, 'Name a folder for the corpus that may be written to.', {
        cause,
      });
    }
  }

  get queue(): string {
    return join(this.folder, 'queue');
  }

  get findings(): string {
    return join(this.folder, 'findings');
  }

  get afl(): string {
    return join(this.folder, 'afl');
  }

  /** Adds an input under the name that libFuzzer would give it. @returns false: it is there. */
  add(input: Uint8Array): boolean {
    const file = join(this.queue, createHash('sha1').update(input).digest('hex'));
    if (existsSync(file)) return false;
    writeWhole(file, input);
    return true;
  }

  /** The inputs of the queue, and of AFL++'s queues, by name. */
  entries(): CorpusEntry[] {
    return [this.queue, ...aflQueues(this.afl)].flatMap(entriesOf);
  }

  /** The inputs of the findings. */
  found(): CorpusEntry[] {
    return entriesOf(this.findings).filter(({ name }) => name.endsWith('.input'));
  }

  #checkMark(): void {
    const file = join(this.folder, MARK);
    if (!existsSync(file)) {
      writeWhole(file, Buffer.from(`${JSON.stringify({ format: FORMAT })}\n`));
      return;
    }
    const format = formatOf(readFileSync(file, 'utf8'));
    if (format === FORMAT) return;
    const message = `${file}: the inputs there have format ${format}, this vmtbench decodes ${FORMAT}`;
    throw new VmtbenchError('fuzz.format', message, 'Name another folder, or use the vmtbench that wrote this one.');
  }
}

function formatOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly format?: unknown }).format ?? null;
  } catch {
    return null;
  }
}

/** The file is whole or not there. @throws VmtbenchError `fuzz.write` */
export function writeWhole(file: string, bytes: Uint8Array | string): void {
  const draft = `${file}.${process.pid}.part`;
  try {
    writeFileSync(draft, bytes);
    renameSync(draft, file);
  } catch (cause) {
    if (existsSync(draft)) unlinkSync(draft);
    const message = `cannot write ${file}: ${(cause as Error).message}`;
    throw new VmtbenchError('fuzz.write', message, 'Is the disk full? What was written before is whole.', { cause });
  }
}

const aflQueues = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder).flatMap((name) =>
        ['queue', 'crashes'].map((kind) => join(folder, name, kind)).filter((path) => existsSync(path)),
      )
    : [];

function entriesOf(folder: string): CorpusEntry[] {
  return readdirSync(folder)
    .filter((name) => !name.endsWith('.part') && !name.startsWith('.') && name !== 'README.txt')
    .sort()
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
    .map((name) => ({ name, input: new Uint8Array(readFileSync(name)) }));
}
