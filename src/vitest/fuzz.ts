import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { repeatRun } from '../bench/index.ts';
import { VmtbenchError } from '../errors.ts';
import { Corpus, Feedback, Fuzzer, type FuzzFinding, FuzzTarget, replayCorpus } from '../fuzz/index.ts';
import { readObject } from '../scenario/index.ts';
import { findingText } from './messages.ts';

/** What a fuzz test executes. */
export interface FuzzTestOptions {
  /** Path of the guest's object. */
  readonly object: string;
  /** The folder of its inputs, which belongs into the repository; it is made where it is not there. */
  readonly corpus: string;
}

/** The environment's variable that makes tests fuzz: real seconds for each. */
const SECONDS = 'VMTBENCH_FUZZ';

const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url));

/** Tests that execute a driver against hostile hosts. */
export const fuzz = {
  /**
   * A test that executes and judges each input of a corpus, and the healthy host. With `VMTBENCH_FUZZ=60` in the
   * environment it fuzzes for 60 real seconds first, and keeps what it finds in the corpus.
   */
  test(name: string, { object, corpus }: FuzzTestOptions): void {
    test(name, () => {
      const seconds = process.env[SECONDS];
      if (seconds !== undefined && seconds !== '') search(object, corpus, seconds);
      const texts = findingsOf(object, corpus).map(({ finding }) => findingText(finding));
      expect(texts.join('\n\n'), 'findings').toBe('');
    });
  },
};

/** @throws VmtbenchError `fuzz.engine` where the command line could not fuzz. */
function search(object: string, corpus: string, seconds: string): void {
  const args = ['fuzz', object, '--corpus', corpus, '--seconds', seconds, '--json'];
  const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  if (status === 0 || status === 1) return;
  throw new VmtbenchError('fuzz.engine', `vmtbench fuzz ended with status ${status}`, stderr);
}

function findingsOf(path: string, folder: string): FuzzFinding[] {
  const found: FuzzFinding[] = [];
  const { object } = readObject(path);
  const feedback = new Feedback();
  const fuzzer = new Fuzzer({
    target: new FuzzTarget({ object }, feedback),
    feedback,
    repeat: (plan, rules) => repeatRun(path, plan, rules),
    judgeAll: true,
    onFinding: (finding) => void found.push(finding),
  });
  try {
    replayCorpus(fuzzer, new Corpus(folder), () => {});
  } finally {
    fuzzer.target.close();
  }
  return found;
}
