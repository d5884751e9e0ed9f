import { type Bits, decode, iced, type Processor } from '../cpu/index.ts';
import type { SourcePlace } from '../object/index.ts';
import type { PlacedScope, Places } from './places.ts';

/** A function of the source that is under way: called, or inlined where it would have been called. */
export interface SourceFrame {
  /** Null where the object does not say. */
  readonly function: string | null;
  /** The line that it has come to: of a caller, the line of its call. Null without debug information. */
  readonly line: SourcePlace | null;
  /** Inside the instruction that it has come to. */
  readonly address: bigint;
  /** It decides nothing: its code has no conditional branch. */
  readonly isPlain: boolean;
  /** Its own code has a port access. */
  readonly makesAccess: boolean;
}

type Code = Pick<SourceFrame, 'isPlain' | 'makesAccess'>;

interface Parts {
  readonly machine: Pick<Processor, 'bits' | 'readUpTo'>;
  readonly places: Pick<Places, 'lineAt' | 'symbolAt' | 'functionAt' | 'scopesAt'>;
}

/** Instructions behind a call or an access that are looked at for the branch on its result. */
const MOST_INSTRUCTIONS = 40;
/** The longest instruction, bytes. */
const LONGEST = 15;

/** The call stack as the source has it, with inlined functions. Each address is looked up once. */
export class SourceFrames {
  readonly #parts: Parts;
  readonly #known = new Map<bigint, readonly SourceFrame[]>();
  readonly #code = new Map<string, Code>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * The functions under way, innermost first.
   * @param site inside the innermost instruction. @param calls return addresses, the innermost first.
   */
  of(site: bigint, calls: readonly bigint[]): SourceFrame[] {
    return [site, ...calls.map((address) => address - 1n)].flatMap((address) => this.#at(address));
  }

  /**
   * The line that a developer would change: of the innermost function, unless that is a wrapper of a port access, nothing
   * but the access and moves; then of the first caller that decides something. Null outside of the object.
   */
  place(site: bigint, calls: readonly bigint[]): SourceFrame | null {
    const frames = this.of(site, calls);
    const [first] = frames;
    if (first === undefined || !first.makesAccess || !first.isPlain) return first ?? null;
    // Where every function is straight code: the one that was called, with what is inlined into it.
    return frames.find(({ isPlain }) => !isPlain) ?? this.#at(site).at(-1) ?? first;
  }

  /** The line of the first branch of a frame's function behind what the frame has come to; else that line. */
  branchLine({ address, function: name, line }: SourceFrame): SourcePlace | null {
    const { machine } = this.#parts;
    const { FlowControl } = iced();
    const code = machine.readUpTo(address, MOST_INSTRUCTIONS * LONGEST);
    const start = this.#instructionAt(address, code);
    for (const { address: at, instruction } of decode(
      machine.bits as Bits,
      code.subarray(start),
      address + BigInt(start),
    )) {
      const { flowControl } = instruction;
      if (flowControl === FlowControl.Return || flowControl === FlowControl.Call) break;
      if (flowControl !== FlowControl.ConditionalBranch) continue;
      const branch = this.#at(at).find((frame) => frame.function === name)?.line ?? null;
      return branch === null || branch.file !== line?.file || branch.line < line.line ? line : branch;
    }
    return line;
  }

  /** Where the next instruction begins: a call's site is the last byte of the call. */
  #instructionAt(address: bigint, code: Uint8Array): number {
    const { machine, places } = this.#parts;
    const around = places.functionAt(address);
    if (around === null || code.length === 0) return 0;
    const before = machine.readUpTo(around.start, Number(address - around.start) + LONGEST);
    const next = decode(machine.bits as Bits, before, around.start).find(
      (one) => one.address + BigInt(one.length) > address,
    );
    return next === undefined ? 0 : Number(next.address + BigInt(next.length) - address);
  }

  #at(address: bigint): readonly SourceFrame[] {
    let frames = this.#known.get(address);
    if (frames === undefined) {
      frames = this.#read(address);
      this.#known.set(address, frames);
    }
    return frames;
  }

  #read(address: bigint): SourceFrame[] {
    const { places } = this.#parts;
    const symbol = places.symbolAt(address);
    const line = places.lineAt(address);
    // Compilers call pieces of a function `vmt_tick.part.0`.
    const called = symbol?.name.split('.')[0] || null;
    if (line === null) {
      return called === null ? [] : [{ function: called, line: null, address, ...this.#codeOfSymbol(address) }];
    }
    const scopes = places.scopesAt(address);
    const lines = [line, ...line.calledFrom];
    return lines.map((place, index) => {
      const scope = scopes[index];
      const code = scope === undefined ? this.#codeOfSymbol(address) : this.#codeOf(scope);
      const own = index === lines.length - 1 ? called : null;
      return { function: place.function ?? own, line: place, address, ...code };
    });
  }

  #codeOfSymbol(address: bigint): Code {
    const around = this.#parts.places.functionAt(address);
    if (around === null) return { isPlain: false, makesAccess: false };
    return this.#codeOf({ function: around.name, code: [{ start: around.start, size: around.size }] });
  }

  #codeOf({ code }: PlacedScope): Code {
    const pieces = code.map((piece) => this.#codeOfPiece(piece));
    return {
      isPlain: pieces.every(({ isPlain }) => isPlain),
      makesAccess: pieces.some(({ makesAccess }) => makesAccess),
    };
  }

  #codeOfPiece({ start, size }: PlacedScope['code'][number]): Code {
    const key = `${start} ${size}`;
    let known = this.#code.get(key);
    if (known === undefined) {
      const { machine } = this.#parts;
      const { FlowControl } = iced();
      const code = decode(machine.bits as Bits, machine.readUpTo(start, size), start);
      known = {
        isPlain: code.every(({ instruction }) => instruction.flowControl !== FlowControl.ConditionalBranch),
        makesAccess: code.some(({ instruction }) => isAccess(instruction.mnemonic)),
      };
      this.#code.set(key, known);
    }
    return known;
  }
}

/** IN, OUT, their string forms, and the calls of a hypervisor. */
function isAccess(mnemonic: number): boolean {
  const { Mnemonic } = iced();
  const { In, Out, Insb, Insw, Insd, Outsb, Outsw, Outsd, Vmcall, Vmmcall } = Mnemonic;
  return [In, Out, Insb, Insw, Insd, Outsb, Outsw, Outsd, Vmcall, Vmmcall].includes(mnemonic);
}
