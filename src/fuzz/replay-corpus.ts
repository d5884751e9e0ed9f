import type { Corpus } from './corpus.ts';
import type { Fuzzer } from './fuzzer.ts';

/** Executes the healthy host and each input of a corpus and of its findings once. @param onEntry gets the name of each first */
export function replayCorpus(fuzzer: Fuzzer, corpus: Corpus, onEntry: (name: string) => void): void {
  onEntry('the healthy host');
  fuzzer.execute(new Uint8Array(0));
  for (const { name, input } of [...corpus.found(), ...corpus.entries()]) {
    onEntry(name);
    fuzzer.execute(input);
  }
}
