import { type Bits, type Decoded, decode, iced, type Machine } from '../cpu/index.ts';

/** Registers that a backdoor sequence loads from its frame, and that make it a call. */
const CALL_REGISTERS = ['eax', 'edx'] as const;

/**
 * Whether the code before an I/O instruction loads a register frame, as every driver's backdoor sequence does: then a
 * call was meant, whatever the registers hold.
 * @param code the instructions before it, in order.
 * @returns the registers that are loaded through one pointer, in the order of their loads; null where it is none.
 */
export function frameLoads(code: readonly Decoded[]): readonly string[] | null {
  const { Mnemonic, OpKind, Register, RegisterExt } = iced();
  const loads = new Map<number, string[]>();
  for (const { instruction } of code) {
    if (
      instruction.mnemonic !== Mnemonic.Mov ||
      instruction.op1Kind !== OpKind.Memory ||
      instruction.op0Kind !== OpKind.Register
    )
      continue;
    if (instruction.memoryIndex !== Register.None || instruction.memoryBase === Register.None) continue;
    const base = RegisterExt.fullRegister(instruction.memoryBase);
    const target = Register[RegisterExt.fullRegister32(instruction.op0Register)]?.toLowerCase();
    if (target !== undefined) loads.set(base, [...(loads.get(base) ?? []), target]);
  }
  for (const registers of loads.values()) {
    if (CALL_REGISTERS.every((name) => registers.includes(name)) && registers.length >= 4) return registers;
  }
  return null;
}

/** The instructions that lead to `pc`, as far as they can be told: the longest decoding that meets it. */
export function codeBefore(machine: Machine, pc: bigint, bytes = 40): Decoded[] {
  for (let back = bytes; back > 0; back--) {
    const start = pc - BigInt(back);
    const code = machine.readUpTo(start, back);
    if (code.length < back) continue;
    const list = decode(machine.bits as Bits, code, start);
    const last = list.at(-1);
    if (last !== undefined && last.address + BigInt(last.length) === pc) return list;
  }
  return [];
}

/** One sentence for a call that lost its registers; null where the code does not look like one. */
export function explainLostFrame(
  machine: Machine,
  pc: bigint,
  values: Readonly<Record<string, number>>,
): string | null {
  const registers = frameLoads(codeBefore(machine, pc));
  if (registers === null) return null;
  const loaded = registers.map((name) => `${name}=0x${(values[name] ?? 0).toString(16)}`).join(', ');
  const empty = CALL_REGISTERS.every((name) => values[name] === 0);
  const cause = empty
    ? 'The frame holds zeros: a compiler drops the stores into it where the inline assembly has no "memory" clobber.'
    : 'What was stored into the frame before did not reach these registers.';
  return `The code just before loads a register frame (${loaded}), so a backdoor call was meant. ${cause}`;
}
