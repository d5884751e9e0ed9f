import { textOf } from '../../protocol/index.ts';
import { decodeNicInfo, type NicInfo } from './nic-info.ts';

/** A partition of the guest's disks, bytes. */
export interface Partition {
  readonly name: string;
  readonly freeBytes: bigint;
  readonly totalBytes: bigint;
}

/** The guest's memory, all in KiB. Source: open-vm-tools lib/include/guestStats.h. */
export interface GuestMemoryInfo {
  readonly version: number;
  /** Which of the numbers count, bit 0 for the first. */
  readonly flags: number;
  readonly total: bigint;
  readonly free: bigint;
  readonly buffers: bigint;
  readonly cache: bigint;
  readonly active: bigint;
  readonly inactive: bigint;
}

/** The guest's system in detail. Source: open-vm-tools lib/include/hostinfo.h, HostinfoDetailedDataHeader. */
export interface DetailedOs {
  readonly shortName: string;
  readonly fullName: string;
  /** `key='value'` pairs, as the guest wrote them. */
  readonly data: string;
}

/** What the guest told by SetGuestInfo, decoded; what it did not tell, or told wrongly, is null. */
export interface GuestInfo {
  readonly hostName: string | null;
  readonly ipAddress: string | null;
  readonly partitions: readonly Partition[] | null;
  readonly buildNumber: string | null;
  readonly osNameFull: string | null;
  readonly osName: string | null;
  /** Guests tell hundredths. */
  readonly uptimeSeconds: number | null;
  readonly memory: GuestMemoryInfo | null;
  /** From 10, or else 9. */
  readonly network: NicInfo | null;
  readonly osDetailed: DetailedOs | null;
}

/** One number of SetGuestInfo: its name, whether its data is text that ends at NUL, and what its bytes mean. */
export interface GuestInfoRow<T> {
  readonly name: string;
  readonly binary: boolean;
  /** null: the bytes are not that. */
  readonly decode: (bytes: Uint8Array) => T | null;
  /** Whether the request is refused when they are not; others are kept as they came. */
  readonly strict?: true;
}

const text = (name: string): GuestInfoRow<string> => ({ name, binary: false, decode: textOf });
const network = (name: string): GuestInfoRow<NicInfo> => ({ name, binary: true, decode: decodeNicInfo, strict: true });

function uptime(bytes: Uint8Array): number | null {
  const digits = textOf(bytes);
  return /^\d{1,15}$/.test(digits) ? Number(digits) / 100 : null;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Free bytes, total bytes, name[100], packed. Source: open-vm-tools guestInfo.h. ASSUMED: one byte of count before. */
const PARTITION_SIZE = 116;

function partitions(bytes: Uint8Array): Partition[] | null {
  const count = bytes[0] ?? 0;
  if (bytes.length < 1 + count * PARTITION_SIZE) return null;
  return Array.from({ length: count }, (_, index) => {
    const entry = bytes.subarray(1 + index * PARTITION_SIZE, 1 + (index + 1) * PARTITION_SIZE);
    const view = viewOf(entry);
    const [freeBytes, totalBytes] = [view.getBigUint64(0, true), view.getBigUint64(8, true)];
    return { name: textOf(entry.subarray(16)), freeBytes, totalBytes };
  });
}

function memory(bytes: Uint8Array): GuestMemoryInfo | null {
  if (bytes.length < 8 + 6 * 8) return null;
  const view = viewOf(bytes);
  const field = (index: number): bigint => view.getBigUint64(8 + 8 * index, true);
  return {
    version: view.getUint32(0, true),
    flags: view.getUint32(4, true),
    total: field(0),
    free: field(1),
    buffers: field(2),
    cache: field(3),
    active: field(4),
    inactive: field(5),
  };
}

const SHORT_NAME = 4;
const FULL_NAME: number = SHORT_NAME + 129;
/** Behind fullName[513], at the next word. */
const DETAILS = 648;

function osDetailed(bytes: Uint8Array): DetailedOs | null {
  if (bytes.length < DETAILS) return null;
  return {
    shortName: textOf(bytes.subarray(SHORT_NAME, FULL_NAME)),
    fullName: textOf(bytes.subarray(FULL_NAME, DETAILS)),
    data: textOf(bytes.subarray(DETAILS)),
  };
}

/** What each number's bytes become. */
export interface GuestInfoTypes {
  1: string;
  2: string;
  3: Partition[];
  4: string;
  5: string;
  6: string;
  7: number;
  8: GuestMemoryInfo;
  9: NicInfo;
  10: NicInfo;
  11: DetailedOs;
}

/** SetGuestInfo by number (open-vm-tools GuestInfoType). */
export const GUEST_INFO: { readonly [N in keyof GuestInfoTypes]: GuestInfoRow<GuestInfoTypes[N]> } = {
  1: text('DNS_NAME'),
  2: text('IPADDRESS'),
  3: { name: 'DISK_FREE_SPACE', binary: true, decode: partitions },
  4: text('BUILD_NUMBER'),
  5: text('OS_NAME_FULL'),
  6: text('OS_NAME'),
  7: { name: 'UPTIME', binary: false, decode: uptime },
  8: { name: 'MEMORY', binary: true, decode: memory },
  9: network('IPADDRESS_V2'),
  10: network('IPADDRESS_V3'),
  11: { name: 'OS_DETAILED', binary: true, decode: osDetailed },
};

/** The row of a number, if SetGuestInfo has it. */
export const guestInfoRow = (id: number): GuestInfoRow<unknown> | undefined => GUEST_INFO[id as keyof GuestInfoTypes];

/** Everything that was told, decoded now. */
export function decodeGuestInfo(reported: ReadonlyMap<number, Uint8Array>): GuestInfo {
  const value = <N extends keyof GuestInfoTypes>(id: N): GuestInfoTypes[N] | null => {
    const bytes = reported.get(id);
    return bytes === undefined ? null : GUEST_INFO[id].decode(bytes);
  };
  return {
    hostName: value(1),
    ipAddress: value(2),
    partitions: value(3),
    buildNumber: value(4),
    osNameFull: value(5),
    osName: value(6),
    uptimeSeconds: value(7),
    memory: value(8),
    network: value(10) ?? value(9),
    osDetailed: value(11),
  };
}
