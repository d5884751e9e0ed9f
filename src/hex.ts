/** A number as people read it: `0x` and hex digits. */
export const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

/** Hex digits alone, as many at least. */
export const hexDigits = (value: number | bigint, digits: number): string => value.toString(16).padStart(digits, '0');

/** Two hex digits a byte. */
export const hexOctets = (bytes: Uint8Array): string[] => Array.from(bytes, (byte) => hexDigits(byte, 2));

/** The bytes of pairs of hex digits. */
export const fromHex = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits, 'hex'));

/** Bytes as pairs of hex digits. */
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
