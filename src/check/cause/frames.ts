import type { SourceFrame, SourceFrames } from '../../guest/index.ts';
import type { AccessFact } from '../../judge/index.ts';

/** Finds the function that decided. */
export class Deciders {
  readonly #frames: SourceFrames;

  constructor(frames: SourceFrames) {
    this.#frames = frames;
  }

  /** The function that reads the answer of an access: the first that is no wrapper. */
  reader({ pc, calls }: AccessFact): SourceFrame | null {
    return this.#frames.place(pc, calls);
  }

  /** The function that the kernel called: it is the last that could have mended it. */
  entry({ pc, calls }: AccessFact): SourceFrame | null {
    const frames = this.#frames.of(pc, calls);
    return frames.findLast(({ isPlain }) => !isPlain) ?? frames.at(-1) ?? null;
  }

  /** The innermost function that made both accesses, at what led it to the later one; else the later one's entry. */
  between(earlier: AccessFact, later: AccessFact): SourceFrame | null {
    return this.#meeting(earlier, later)?.later ?? this.entry(later);
  }

  /** As {@link between}, at what led it to the earlier one. */
  after(earlier: AccessFact, later: AccessFact | undefined): SourceFrame | null {
    const meeting = later === undefined ? null : this.#meeting(earlier, later);
    return meeting?.earlier ?? this.entry(earlier);
  }

  /** The innermost function of an access whose name is among those. */
  among({ pc, calls }: AccessFact, names: ReadonlySet<string>): SourceFrame | null {
    return this.#frames.of(pc, calls).find(({ function: name }) => name !== null && names.has(name)) ?? null;
  }

  /** The line of the branch that a function takes after what it has come to. */
  branchLine(frame: SourceFrame): string | null {
    return this.#frames.branchLine(frame)?.text ?? null;
  }

  /** Where the stacks of two accesses part: the same function at two places. */
  #meeting(
    earlier: AccessFact,
    later: AccessFact,
  ): { readonly earlier: SourceFrame; readonly later: SourceFrame } | null {
    const [one, other] = [earlier, later].map(({ pc, calls }) => this.#frames.of(pc, calls).reverse());
    let last: { readonly earlier: SourceFrame; readonly later: SourceFrame } | null = null;
    for (const [index, frame] of (one ?? []).entries()) {
      const match = other?.[index];
      if (match === undefined || match.function !== frame.function) break;
      last = { earlier: frame, later: match };
      if (placeText(frame) !== placeText(match)) break;
    }
    return last;
  }
}

const placeText = ({ line, address }: SourceFrame): string => line?.text ?? `${address}`;
