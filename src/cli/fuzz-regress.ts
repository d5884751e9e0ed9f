import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { type FuzzFinding, progressOf } from '../fuzz/index.ts';
import type { FoundMessage } from './fuzz-campaign.ts';
import type { FuzzReport } from './fuzz-report.ts';
import { type FuzzFlags, openFuzzSubject } from './fuzz-subject.ts';

/** Executes and judges each input of a corpus, and of its findings, once. @throws VmtbenchError for what is unusable. */
export function regress(path: string, flags: FuzzFlags, folder: string): FuzzReport {
  const started = performance.now();
  const findings: FoundMessage[] = [];
  let file = '';
  const onFinding = ({ cause, finding, execution, input }: FuzzFinding): void => {
    const records = Math.ceil(input.length / 16);
    findings.push({ kind: 'finding', cause, finding, execution, records, file, reproduced: true });
  };
  const { corpus, fuzzer, code } = openFuzzSubject({ path, flags, folder, judgeAll: true, onFinding });
  try {
    for (const entry of [...corpus.found(), ...corpus.entries()]) {
      file = entry.name;
      fuzzer.execute(entry.input);
    }
    const inputs = readdirSync(corpus.queue).length;
    const progress = progressOf(fuzzer, code, inputs, started);
    const seconds = Math.round(performance.now() - started) / 1000;
    return { engine: 'regress', seconds, corpus: basename(folder), progress, findings };
  } finally {
    fuzzer.target.close();
  }
}
