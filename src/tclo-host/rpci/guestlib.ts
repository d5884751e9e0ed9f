/**
 * `guestlib.info.get VERSION`: the guest's share of processor and memory, as the host reports it (open-vm-tools,
 * libguestlib/vmGuestLibInt.h for version 2 and the header of 3, guestlibV3.x for the statistics of 3).
 */
import type { HostIdentity } from '../identity.ts';

/** What the statistics are computed from. */
export interface GuestlibContext {
  readonly identity: HostIdentity;
  /** Virtual nanoseconds since the machine started. */
  readonly now: number;
}

type Value = number | string;

/** A statistic; its number in version 3 is its place in the list, from 1. */
export interface GuestlibRow {
  readonly name: string;
  readonly type: 'uint32' | 'uint64' | 'string';
  /** null: not available on this host. */
  readonly value: (context: GuestlibContext) => Value | null;
}

/** ASSUMED: the value for "unlimited". */
const UNLIMITED = 0xffffffff;
/** ASSUMED: the default shares of a machine. */
const CPU_SHARES = 1000;
const MEMORY_SHARES_PER_MB = 10;
/** ASSUMED: the default resource pool of a machine. */
const POOL = 'host/user';

const none = (): number => 0;
const milliseconds = ({ now }: GuestlibContext): number => Math.floor(now / 1e6);
const memory = ({ identity }: GuestlibContext): number => identity.memoryMegabytes;
const memoryShares = (context: GuestlibContext): number => memory(context) * MEMORY_SHARES_PER_MB;
/** The host's own numbers are withheld unless tools.guestlib.enableHostInfo is set in its configuration. */
const withheld = (): null => null;

/** ASSUMED: every value but the processor's speed, the memory's size and the times; a guest alone on its host. */
export const GUESTLIB_STATISTICS: readonly GuestlibRow[] = [
  { name: 'cpuReservationMHz', type: 'uint32', value: none },
  { name: 'cpuLimitMHz', type: 'uint32', value: () => UNLIMITED },
  { name: 'cpuShares', type: 'uint32', value: () => CPU_SHARES },
  { name: 'cpuUsedMs', type: 'uint64', value: milliseconds },
  { name: 'hostMHz', type: 'uint32', value: ({ identity }) => Math.floor(identity.tscHz / 1e6) },
  { name: 'memReservationMB', type: 'uint32', value: none },
  { name: 'memLimitMB', type: 'uint32', value: () => UNLIMITED },
  { name: 'memShares', type: 'uint32', value: memoryShares },
  { name: 'memMappedMB', type: 'uint32', value: memory },
  { name: 'memActiveMB', type: 'uint32', value: memory },
  { name: 'memOverheadMB', type: 'uint32', value: none },
  { name: 'memBalloonedMB', type: 'uint32', value: none },
  { name: 'memSwappedMB', type: 'uint32', value: none },
  { name: 'memSharedMB', type: 'uint32', value: none },
  { name: 'memSharedSavedMB', type: 'uint32', value: none },
  { name: 'memUsedMB', type: 'uint32', value: memory },
  { name: 'elapsedMs', type: 'uint64', value: milliseconds },
  { name: 'resourcePoolPath', type: 'string', value: () => POOL },
  { name: 'cpuStolenMs', type: 'uint64', value: none },
  { name: 'memTargetSizeMB', type: 'uint64', value: memory },
  { name: 'hostCpuNumCores', type: 'uint32', value: withheld },
  { name: 'hostCpuUsedMs', type: 'uint64', value: withheld },
  { name: 'hostMemSwappedMB', type: 'uint64', value: withheld },
  { name: 'hostMemSharedMB', type: 'uint64', value: withheld },
  { name: 'hostMemUsedMB', type: 'uint64', value: withheld },
  { name: 'hostMemPhysMB', type: 'uint64', value: withheld },
  { name: 'hostMemPhysFreeMB', type: 'uint64', value: withheld },
  { name: 'hostMemKernOvhdMB', type: 'uint64', value: withheld },
  { name: 'hostMemMappedMB', type: 'uint64', value: withheld },
  { name: 'hostMemUnmappedMB', type: 'uint64', value: withheld },
  { name: 'memZippedMB', type: 'uint32', value: none },
  { name: 'memZipSavedMB', type: 'uint32', value: none },
  { name: 'memLLSwappedMB', type: 'uint32', value: none },
  { name: 'memSwapTargetMB', type: 'uint32', value: none },
  { name: 'memBalloonTargetMB', type: 'uint32', value: none },
  { name: 'memBalloonMaxMB', type: 'uint32', value: none },
  { name: 'resourcePoolPathLong', type: 'string', value: () => POOL },
  { name: 'memShares64', type: 'uint64', value: memoryShares },
];

/** Version 2 has the first 18 statistics. The last of them is a path, in a field of 512 bytes. */
const V2_STATISTICS = 18;
const V2_PATH = 512;

/** ASSUMED: any number but 0, the same until the machine is moved. */
const SESSION = 0x564d_7462_656e_6368n;

/** The answer to `guestlib.info.get` of a version; null for an unknown version. */
export function guestlibInfo(version: string, context: GuestlibContext): Uint8Array | null {
  if (version === '2')
    return concatenate([header(2), ...GUESTLIB_STATISTICS.slice(0, V2_STATISTICS).map((row) => packed(row, context))]);
  if (version !== '3') return null;
  const data = concatenate([
    word(GUESTLIB_STATISTICS.length),
    ...GUESTLIB_STATISTICS.map((row, index) => xdr(row, index + 1, context)),
  ]);
  return concatenate([header(3), littleEndian(BigInt(data.length), 4), data]);
}

/** Version and session. Everything outside the XDR data is little endian. */
function header(version: number): Uint8Array {
  return concatenate([littleEndian(BigInt(version), 4), littleEndian(SESSION, 8)]);
}

/** A validity byte, padding to 4 bytes, and the number; a text has no padding. */
function packed({ type, value }: GuestlibRow, context: GuestlibContext): Uint8Array {
  const known = value(context);
  const valid = Uint8Array.of(known === null ? 0 : 1);
  if (type === 'string') {
    const text = new Uint8Array(V2_PATH);
    text.set(Buffer.from(String(known ?? '')).subarray(0, V2_PATH - 1));
    return concatenate([valid, text]);
  }
  return concatenate([valid, new Uint8Array(3), littleEndian(BigInt(known ?? 0), type === 'uint64' ? 8 : 4)]);
}

/** RFC 4506: a union with the statistic's number as discriminant; then a validity word and the value. */
function xdr({ type, value }: GuestlibRow, id: number, context: GuestlibContext): Uint8Array {
  const known = value(context);
  const head = [word(id), word(known === null ? 0 : 1)];
  if (type !== 'string') {
    const bytes = littleEndian(BigInt(known ?? 0), type === 'uint64' ? 8 : 4);
    return concatenate([...head, bytes.reverse()]);
  }
  const text = Buffer.from(String(known ?? ''));
  return concatenate([...head, word(text.length), text, new Uint8Array(-text.length & 3)]);
}

const word = (value: number): Uint8Array => littleEndian(BigInt(value), 4).reverse();

function littleEndian(value: bigint, size: 4 | 8): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
