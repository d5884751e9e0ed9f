import type { DataSymbol } from '../../guest/index.ts';
import type { Kernel } from './kernel.ts';

/** A variable that holds a text, cut to its size. */
export function textSymbol({ memory }: Kernel, value: string, size = 256): DataSymbol {
  return { size, init: (address) => memory.write(address, Buffer.from(value, 'latin1').subarray(0, size - 1)) };
}

/** A variable that holds an int. */
export function integerSymbol({ memory }: Kernel, value: number): DataSymbol {
  return { size: 16, init: (address) => memory.writeUint(address, 4, BigInt(value)) };
}
