import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { VmtbenchError } from '../errors.ts';
import {
  AFL_MAP_SIZE,
  type Corpus,
  type FuzzMessage,
  type FuzzProgress,
  findAfl,
  hasFuzzAddon,
  missingSetup,
} from '../fuzz/index.ts';
import type { ChildOrders } from './fuzz-child.ts';

/** What a campaign came to. */
export interface CampaignResult {
  /** Null: it ended before its first execution. */
  readonly progress: FuzzProgress | null;
  readonly findings: readonly FoundMessage[];
}

export type FoundMessage = FuzzMessage & { readonly kind: 'finding' };

/** What a campaign reports while it runs. */
export interface CampaignListener {
  readonly progress: (progress: FuzzProgress) => void;
  readonly finding: (found: FoundMessage) => void;
}

const CHILD = fileURLToPath(new URL('./fuzz-child.js', import.meta.url));
/** Milliseconds between two looks into a file of messages. */
const LOOK = 200;
/** Lines of an engine's output that an error shows. */
const LAST_LINES = 12;

/** @throws VmtbenchError `fuzz.setup` where the engine is not here. */
export function refuseMissing(engine: ChildOrders['engine']): void {
  if (!existsSync(CHILD)) {
    throw new VmtbenchError('fuzz.sources', 'fuzz runs compiled only', 'Compile it: npm run build.');
  }
  if (engine === 'blind') return;
  if (!hasFuzzAddon()) throw missingSetup('the fuzz engines are not set up');
  if (engine === 'afl' && findAfl() === null) throw missingSetup('AFL++ is not set up');
}

/**
 * Runs a process that executes, until it ends by itself or `signal` ends it.
 * @throws VmtbenchError for what the process could not use.
 */
export async function runCampaign(
  orders: ChildOrders,
  corpus: Corpus,
  signal: AbortSignal,
  listener: CampaignListener,
): Promise<CampaignResult> {
  refuseMissing(orders.engine);
  const messages = new Messages(listener);
  const log = join(corpus.folder, `${orders.engine}.log`);
  const output = openSync(log, 'w');
  try {
    const end = orders.engine === 'afl' ? runAfl : runDirectly;
    const { status } = await end(orders, corpus, output, signal, messages);
    if (messages.error !== null) throw messages.error;
    if (messages.progress === null && !signal.aborted) {
      const last = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n');
      throw new VmtbenchError('fuzz.engine', `${orders.engine} ended with status ${status}:\n${last}`, `See ${log}.`);
    }
  } finally {
    closeSync(output);
  }
  return { progress: messages.progress, findings: messages.findings };
}

/** Takes the messages of the executing process. */
class Messages {
  readonly findings: FoundMessage[] = [];
  progress: FuzzProgress | null = null;
  error: VmtbenchError | null = null;
  readonly #listener: CampaignListener;

  constructor(listener: CampaignListener) {
    this.#listener = listener;
  }

  readonly take = (line: string): void => {
    const message = JSON.parse(line) as FuzzMessage;
    if (message.kind === 'error') this.error = new VmtbenchError(message.code, message.message, message.hint);
    else if (message.kind === 'finding') {
      if (this.findings.some(({ cause }) => cause === message.cause)) return;
      this.findings.push(message);
      this.#listener.finding(message);
    } else {
      this.progress = message.progress;
      this.#listener.progress(message.progress);
    }
  };
}

type Run = (
  orders: ChildOrders,
  corpus: Corpus,
  output: number,
  signal: AbortSignal,
  messages: Messages,
) => Promise<{ readonly status: number | null }>;

/** The process is this one's child, and tells by a pipe. */
const runDirectly: Run = async (orders, _corpus, output, signal, messages) => {
  const child = spawn(process.execPath, [CHILD, JSON.stringify(orders)], {
    stdio: ['ignore', output, output, 'pipe'],
  });
  const lines = createInterface({ input: child.stdio[3] as Readable });
  lines.on('line', messages.take);
  const closed = new Promise<void>((resolve) => lines.once('close', () => resolve()));
  const ended = await endOf(child, signal);
  await closed;
  return ended;
};

/** afl-fuzz starts the process, which tells by a file. */
const runAfl: Run = async (orders, corpus, output, signal, messages) => {
  const { afl, folder } = findAfl() as NonNullable<ReturnType<typeof findAfl>>;
  const file = join(corpus.folder, `messages.${process.pid}`);
  const target: ChildOrders = { ...orders, seconds: null, executions: null, messages: file };
  // AFL++ wants a seed that is not empty: sixteen zeros say next to nothing.
  if (corpus.entries().length === 0) corpus.add(new Uint8Array(16));
  const limits = [
    ...(orders.seconds === null ? [] : ['-V', String(Math.ceil(orders.seconds))]),
    ...(orders.executions === null ? [] : ['-E', String(orders.executions)]),
    ...(orders.seed === 0 ? [] : ['-s', String(orders.seed)]),
  ];
  const names = orders.words.some((word) => word === '-M' || word === '-S');
  const seeds = !names && existsSync(join(corpus.afl, 'default')) ? '-' : corpus.queue;
  const args = ['-i', seeds, '-o', corpus.afl, '-m', 'none', '-t', '10000+', ...limits, ...orders.words];
  const env = {
    ...process.env,
    ...(folder === null ? {} : { AFL_PATH: join(folder, 'lib', 'afl') }),
    AFL_SKIP_BIN_CHECK: '1',
    AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES: '1',
    AFL_SKIP_CPUFREQ: '1',
    AFL_TRY_AFFINITY: '1',
    AFL_NO_UI: '1',
    AFL_AUTORESUME: '1',
    AFL_MAP_SIZE: String(AFL_MAP_SIZE),
  };
  const child = spawn(afl, [...args, '--', process.execPath, CHILD, JSON.stringify(target)], {
    stdio: ['ignore', output, output],
    env,
  });
  const tail = new Tail(file, messages.take);
  const timer = setInterval(() => tail.read(), LOOK);
  try {
    const ended = await endOf(child, signal);
    tail.read();
    return ended;
  } finally {
    clearInterval(timer);
    tail.close();
    rmSync(file, { force: true });
  }
};

/** Reads the lines that another process appends to a file. */
class Tail {
  readonly #descriptor: number;
  readonly #take: (line: string) => void;
  #at = 0;
  #rest = '';

  constructor(file: string, take: (line: string) => void) {
    this.#descriptor = openSync(file, 'a+');
    this.#take = take;
  }

  read(): void {
    const bytes = Buffer.alloc(1 << 16);
    for (let size = this.#next(bytes); size > 0; size = this.#next(bytes)) {
      const lines = (this.#rest + bytes.toString('utf8', 0, size)).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.#take(line);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #next(bytes: Buffer): number {
    const size = readSync(this.#descriptor, bytes, 0, bytes.length, this.#at);
    this.#at += size;
    return size;
  }
}

function endOf(child: ChildProcess, signal: AbortSignal): Promise<{ readonly status: number | null }> {
  // Everything that the process has found is written: it needs no time to end. afl-fuzz ends its target by itself.
  const kill = (): void => void child.kill('SIGTERM');
  if (signal.aborted) kill();
  signal.addEventListener('abort', kill, { once: true });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => {
      signal.removeEventListener('abort', kill);
      resolve({ status });
    });
  });
}
