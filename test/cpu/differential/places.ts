/**
 * Where code and data lie, in the process that runs natively and in the bench alike. All below 2 GiB, so that an
 * absolute address fits into the displacement of both modes.
 */
export const CODE_REGION = { address: 0x2000_0000, size: 0x40_0000 } as const;
export const DATA_REGION = { address: 0x3000_0000, size: 0x2000 } as const;
export const STACK_REGION = { address: 0x3800_0000, size: 0x2000 } as const;

/** What a GS prefix adds, in 64-bit code. */
export const GS_BASE = 0x1000_0000;

/** Memory that a case fills and that is compared afterwards. */
export interface Window {
  readonly address: number;
  readonly size: number;
}

/** Around a page boundary, so that some operands cross it. */
export const OPERANDS: Window = { address: DATA_REGION.address + 0x1000 - 128, size: 256 };
/** Where the code behind the instruction stores what it makes of the flags, one byte a condition. */
export const CONDITIONS: Window = { address: DATA_REGION.address + 0x100, size: 16 };
/** Operands of the code before the instruction. */
export const SCRATCH: Window = { address: DATA_REGION.address + 0x110, size: 16 };
export const STACK: Window = { address: STACK_REGION.address + 0x1000 - 64, size: 128 };
/** What FXRSTOR loads before an SSE instruction, and what FXSAVE stores behind it. */
export const SSE_BEFORE: Window = { address: DATA_REGION.address + 0x400, size: 512 };
export const SSE_AFTER: Window = { address: DATA_REGION.address + 0x600, size: 512 };

/** The middle of a window. */
export const middle = ({ address, size }: Window): number => address + size / 2;
