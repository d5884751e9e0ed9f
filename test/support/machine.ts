import { type Bits, type CpuPortAccess, Machine, type MachineOptions } from '../../src/cpu/index.ts';

/** Hex digits, spaces allowed, as bytes. */
export const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export const CODE = 0x10000n;
export const DATA = 0x20000n;

/** A machine with code at {@link CODE}, two pages of data at {@link DATA} and a stack behind them. */
export function machine(bits: Bits, code: string, options: Partial<MachineOptions> = {}): Machine {
  const m = new Machine({ bits, ...options });
  const base = bits === 16 ? 0x1000n : CODE;
  const data = bits === 16 ? 0x8000n : DATA;
  m.map(base, 0x1000, 'rx');
  m.map(data, 0x2000, 'rw');
  m.write(base, hex(code));
  m.registers.rsp = data + 0x1ff0n;
  return m;
}

/** Runs the code of {@link machine} from its start. */
export const start = (m: Machine): ReturnType<Machine['run']> => m.run(m.bits === 16 ? 0x1000n : CODE);

/** Records every access, and gives string input from `input`. */
export function recordPorts(m: Machine, input: Uint8Array | null = null): Record<string, unknown>[] {
  const seen: Record<string, unknown>[] = [];
  m.onPort = (access: CpuPortAccess) => {
    const { port, width, direction, string, count, pc } = access;
    seen.push({ port, width, direction, string, count, pc, data: toHex(access.data) });
    if (string && direction === 'in' && input !== null) access.data = input.slice(0, count * width);
  };
  return seen;
}
