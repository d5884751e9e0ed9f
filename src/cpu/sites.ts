import { type Bits, type Decoded, decode, iced } from './decode.ts';
import type { GuestMemory } from './guest-memory.ts';

/** One I/O instruction of the guest. */
export interface Site {
  readonly pc: bigint;
  /** The instruction behind it. */
  readonly next: bigint;
  readonly output: boolean;
  /** INS or OUTS; the fields below mean something for them only. */
  readonly string: boolean;
  readonly rep: boolean;
  readonly addressSize: Bits;
  /** The segment that the pointer is relative to. */
  readonly segment: 'es' | 'ds' | 'cs' | 'ss' | 'fs' | 'gs';
}

/** Bytes. */
const LONGEST_INSTRUCTION = 15;

const SEGMENTS = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const;

/**
 * The I/O instructions met so far, by index. The engine does not say at which instruction a port access is, only in
 * which block and as its how many-th: the block is decoded once and the instruction counted off.
 */
export class Sites {
  readonly #bits: Bits;
  readonly #list: Site[] = [];
  readonly #index = new Map<string, number>();

  constructor(bits: Bits) {
    this.#bits = bits;
  }

  get(index: number): Site {
    const site = this.#list[index];
    if (site === undefined) throw new RangeError(`no I/O instruction ${index}`);
    return site;
  }

  /**
   * @returns the index of the `nth` (from 0) I/O instruction in the block `bytes` at `address`; null where the engine
   * took for one what is none.
   */
  locate(bytes: Uint8Array, address: bigint, nth: number): number | null {
    const decoded = decode(this.#bits, bytes, address);
    const found = decoded.filter(isPortIo)[nth];
    const site = found === undefined ? null : describe(found, this.#bits);
    // They lie in WebAssembly's memory, out of the collector's sight.
    for (const { instruction } of decoded) instruction.free();
    if (site === null) return null;
    const key = Object.values(site).join();
    const known = this.#index.get(key);
    if (known !== undefined) return known;
    this.#index.set(key, this.#list.length);
    return this.#list.push(site) - 1;
  }
}

/** IN, OUT, INS or OUTS. */
function isPortIo({ instruction }: Decoded): boolean {
  const { Mnemonic } = iced();
  return (
    [Mnemonic.In, Mnemonic.Out].includes(instruction.mnemonic) ||
    isInput(instruction.mnemonic) ||
    isStringOutput(instruction.mnemonic)
  );
}

/** Whether an instruction is INS or OUTS: which way its data goes. */
export function stringIoAt(
  machine: Pick<GuestMemory, 'readUpTo'> & { readonly bits: Bits },
  pc: bigint,
): 'in' | 'out' | null {
  const decoded = decode(machine.bits, machine.readUpTo(pc, LONGEST_INSTRUCTION), pc);
  const mnemonic = decoded[0]?.instruction.mnemonic ?? null;
  for (const { instruction } of decoded) instruction.free();
  if (mnemonic === null) return null;
  return isInput(mnemonic) ? 'in' : isStringOutput(mnemonic) ? 'out' : null;
}

function isInput(mnemonic: number): boolean {
  const { Mnemonic } = iced();
  return [Mnemonic.Insb, Mnemonic.Insw, Mnemonic.Insd].includes(mnemonic);
}

function isStringOutput(mnemonic: number): boolean {
  const { Mnemonic } = iced();
  return [Mnemonic.Outsb, Mnemonic.Outsw, Mnemonic.Outsd].includes(mnemonic);
}

function describe({ address, length, instruction }: Decoded, bits: Bits): Site {
  const { InstructionInfoFactory, Mnemonic, Register } = iced();
  const string = isInput(instruction.mnemonic) || isStringOutput(instruction.mnemonic);
  const output = instruction.mnemonic === Mnemonic.Out || isStringOutput(instruction.mnemonic);
  const rep = instruction.hasRepPrefix || instruction.hasRepnePrefix;
  const site = { pc: address, next: address + BigInt(length), output, string, rep };
  if (!string) return { ...site, addressSize: bits, segment: 'ds' };
  const factory = new InstructionInfoFactory();
  const [memory] = factory.info(instruction).usedMemory();
  factory.free();
  const sizes: Record<number, Bits> = {
    [Register.DI]: 16,
    [Register.SI]: 16,
    [Register.EDI]: 32,
    [Register.ESI]: 32,
  };
  return {
    ...site,
    addressSize: sizes[memory?.base ?? 0] ?? 64,
    segment: SEGMENTS[(memory?.segment ?? Register.DS) - Register.ES] ?? 'ds',
  };
}
