import { type BlockCount, blockCountsOf } from '../cpu/index.ts';
import type { Guest } from '../guest/index.ts';
import type { Finding } from '../judge/index.ts';
import type { Fuzzer } from './fuzzer.ts';

/** What a campaign has done and seen so far. Plain data. */
export interface FuzzProgress {
  readonly executions: number;
  /** How many of them were judged by every rule. */
  readonly judged: number;
  readonly accesses: number;
  readonly virtualSeconds: number;
  /** Real seconds of the process that executes, its start aside; and how many of them judging took. */
  readonly busySeconds: number;
  readonly judgeSeconds: number;
  /** Different blocks of code that ran, edges between blocks, and pairs of a step and a protocol state. */
  readonly blocks: number;
  readonly edges: number;
  readonly states: number;
  /** Lines of the source that ran; null: the object has no debug information. */
  readonly lines: number | null;
  readonly corpus: number;
  readonly causes: number;
}

/** What an executing process tells the one that started it, a line each. */
export type FuzzMessage =
  | { readonly kind: 'progress'; readonly progress: FuzzProgress }
  | {
      readonly kind: 'finding';
      readonly finding: Finding;
      readonly cause: string;
      readonly file: string;
      readonly reproduced: boolean;
      readonly execution: number;
      readonly records: number;
    }
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly hint: string };

/** Counts what the blocks that ran are of. */
export class CodeProgress {
  readonly #guest: Guest;
  readonly #lines = new Set<string>();
  readonly #known = new Set<bigint>();
  #blocks = 0;

  constructor(guest: Guest) {
    this.#guest = guest;
    guest.machine.countBlocks(true);
  }

  /** Looks at the blocks that ran since the last call. */
  take(): { readonly blocks: number; readonly lines: number | null } {
    const all = blockCountsOf(this.#guest.machine.edgeCounts());
    this.#blocks = all.length;
    for (const block of all) {
      if (this.#known.has(block.address)) continue;
      this.#known.add(block.address);
      this.#noteLines(block);
    }
    return { blocks: this.#blocks, lines: this.#lines.size === 0 ? null : this.#lines.size };
  }

  #noteLines({ address, size }: BlockCount): void {
    for (let offset = 0; offset < size; offset++) {
      const line = this.#guest.lineAt(address + BigInt(offset));
      if (line !== null) this.#lines.add(`${line.file}:${line.line}`);
    }
  }
}

/** @param corpus inputs in the corpus. @param since when executing began, by `performance.now`. */
export function progressOf(fuzzer: Fuzzer, code: CodeProgress, corpus: number, since: number): FuzzProgress {
  const { executions, judged, accesses, virtual, judgeTime } = fuzzer.counts;
  const { edges, pairs } = fuzzer.feedback.seen;
  return {
    executions,
    judged,
    accesses,
    virtualSeconds: Math.round(virtual / 1e6) / 1e3,
    busySeconds: Math.round(performance.now() - since) / 1e3,
    judgeSeconds: Math.round(judgeTime) / 1e3,
    ...code.take(),
    edges,
    states: pairs,
    corpus,
    causes: fuzzer.causes,
  };
}
