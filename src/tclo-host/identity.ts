/**
 * What the virtual machine is: the facts that the plain commands answer. Fixed numbers, so that the same run gives
 * the same answers; the wall clock starts at `epochSeconds` and goes on with virtual time.
 */
export interface HostIdentity {
  /** ECX of GETVERSION: 1 Express, 2 ESX, 3 Server, 4 Workstation, 5 ACE. */
  readonly productType: number;
  readonly hardwareVersion: number;
  /** 16 bytes, in the order in which the BIOS UUID is printed. */
  readonly uuid: Uint8Array;
  readonly memoryMegabytes: number;
  /** Rate of the time stamp counter; GETMHZ answers it in MHz. */
  readonly tscHz: number;
  readonly apicBusHz: number;
  /** Wall clock at virtual time 0, in seconds since 1970. */
  readonly epochSeconds: number;
  /** Longest time, in microseconds, by which the guest's clock may lag (ECX of the time commands). */
  readonly maxTimeLagMicroseconds: number;
  /** EDX of GETTIME, in minutes. */
  readonly timeZoneMinutes: number;
  /** EAX of GET_VCPU_INFO: bit 1 synchronised TSCs, bit 3 legacy x2APIC, bit 4 MMIO honours PAT, bit 31 unsupported. */
  readonly vcpuInfo: number;
  /** What `machine.id.get` answers; null when the machine has none. */
  readonly machineId: string | null;
  readonly buildNumber: number;
  readonly screenWidth: number;
  readonly screenHeight: number;
  /** Devices that the guest may connect and disconnect; the place in the list is the device's number. */
  readonly devices: readonly RemovableDevice[];
  /** Whether STEALCLOCK is served. */
  readonly stealClock: boolean;
  /** Options that a session sets in the guest's tools, such as `synctime 0`: the host sends "Set_Option synctime 0". */
  readonly toolsOptions: readonly string[];
}

/** A CD drive, a network card: something with a plug. */
export interface RemovableDevice {
  /** 31 bytes at most count. */
  readonly name: string;
  readonly connected: boolean;
}

/** The default machine. */
export const DEFAULT_IDENTITY: HostIdentity = {
  productType: 4,
  hardwareVersion: 21,
  uuid: Uint8Array.of(0x56, 0x4d, 0x74, 0x62, 0x65, 0x6e, 0x63, 0x68, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01),
  memoryMegabytes: 1024,
  tscHz: 2_000_000_000,
  apicBusHz: 66_000_000,
  epochSeconds: 1_706_140_800,
  maxTimeLagMicroseconds: 1_000_000,
  timeZoneMinutes: 0,
  // ASSUMED: what a present-day ESX answers; guests only test single bits.
  vcpuInfo: 0x0a,
  machineId: null,
  buildNumber: 24_000_000,
  screenWidth: 1024,
  screenHeight: 768,
  devices: [
    { name: 'ide1:0', connected: true },
    { name: 'ethernet0', connected: true },
  ],
  stealClock: false,
  toolsOptions: [],
};
