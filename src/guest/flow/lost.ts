import type { AbiBreach } from './abi.ts';
import { AX, type Gpr, nameOf, type Op, SP } from './op.ts';
import type { FunctionCode } from './walk.ts';

/** Instructions behind a sequence that are looked at, at most. */
const MOST_OPS = 400;

/**
 * Registers that a sequence with a frame overwrites and that the code behind it uses all the same: the compiler was not
 * told, or they are not put back. A sequence with a frame is one that keeps the frame's address on the stack and
 * exchanges it for the answer; then every answer is in the frame, and no code has a reason to look into a register.
 * @param site the backdoor instruction.
 */
export function lostRegisters(code: FunctionCode, site: number, bits: 32 | 64): AbiBreach[] {
  const piece = code.piece(code.pieceStart(site));
  const at = piece.findIndex((op) => op.at === site);
  const exchange = piece.findIndex((op, index) => index > at && keepsFrame(op));
  if (at === -1 || exchange === -1) return [];
  const stored = new Map<Gpr, number>();
  let end = exchange;
  for (const [index, op] of piece.entries()) {
    const register = index > exchange ? storedRegister(op) : null;
    if (register === null || (stored.size > 0 && index > end + 2)) continue;
    stored.set(register, index);
    end = index;
  }
  return [...stored].flatMap(([register, index]) => {
    const by = overwrittenAt(piece.slice(0, at), register);
    const shows = by === null ? null : usedAfter(code, piece, index + 1, register);
    return by === null || shows === null ? [] : [{ kind: 'lost', what: nameOf(register, bits), by, shows }];
  });
}

/** `xchg` of AX with the top of the stack. */
const keepsFrame = ({ name, operands }: Op): boolean =>
  name === 'xchg' &&
  operands.some((operand) => operand.kind === 'memory' && operand.base === SP) &&
  operands.some((operand) => operand.kind === 'register' && operand.register === AX);

/** The register that a MOV puts into the frame, whose address is in AX. */
function storedRegister({ name, operands }: Op): Gpr | null {
  const [target, source] = operands;
  const frame = target?.kind === 'memory' && target.base === AX;
  return name === 'mov' && frame && source?.kind === 'register' ? source.register : null;
}

/** Where the sequence loads the register before the call. */
const overwrittenAt = (before: readonly Op[], register: Gpr): number | null =>
  before.findLast(({ writes }) => writes.some((part) => part.register === register))?.at ?? null;

/** The first instruction that reads the register before anything writes it, on any way; null: none. */
function usedAfter(code: FunctionCode, piece: readonly Op[], from: number, register: Gpr): number | null {
  const seen = new Set<number>();
  const waiting: number[] = [];
  let looked = 0;
  const walk = (ops: readonly Op[]): number | null => {
    for (const op of ops) {
      if (looked++ > MOST_OPS) return null;
      // Pushed, to be put back later: its value is not looked at.
      const kept = op.name === 'push' || op.name === 'pushad';
      if (!kept && op.reads.some((part) => part.register === register)) return op.at;
      if (op.writes.some((part) => part.register === register)) return null;
    }
    const last = ops.at(-1);
    if (last !== undefined) waiting.push(...code.successors(last));
    return null;
  };
  let found = walk(piece.slice(from));
  while (found === null && waiting.length > 0) {
    const start = waiting.pop() as number;
    if (seen.has(start)) continue;
    seen.add(start);
    found = walk(code.piece(start));
  }
  return found;
}
