/** Where a snippet's memory lies: below 64 KiB, so that it is the same in all modes. Two pages each. */
export const PLACES = {
  /** Writable, too: code may change itself. */
  code: 0x1000,
  data: 0x4000,
  /** Half of it poison, where the memory checker is on. */
  checked: 0x8000,
  stack: 0xb000,
} as const;
export const PLACE_SIZE = 0x2000;

/** The code that stores the processor's state, and where it stores that. One page each. */
export const DUMP_CODE = 0xe000;
export const DUMP_DATA = 0xf000;
