import { VmtbenchError } from '../../errors.ts';
import type { GuestOutcome } from '../../guest/index.ts';
import type { OpenBsdKernel } from './kernel.ts';
import { PVBUS_MAX, PVBUS_VMWARE, ROOM } from './offsets.ts';
import { DVACT_POWERDOWN } from './power.ts';

/** CPUID leaf at which VMware answers: hv_base. */
const HYPERVISOR_BASE = 0x40000000n;

/** A driver's struct cfattach (sys/device.h): size of its softc, then its functions. */
interface Driver {
  readonly name: string;
  readonly softcSize: number;
  readonly match: bigint;
  readonly attach: bigint;
  /** 0: it has none. */
  readonly activate: bigint;
}

/** The driver in the object: its `NAME_ca`, null if there is none. */
function findDriver(k: OpenBsdKernel): Driver | null {
  const { object } = k.services;
  const attachment = object.symbols.find((s) => /^[a-z]\w*_ca$/.test(s.name) && s.home !== 'undefined');
  if (attachment === undefined) return null;
  const name = attachment.name.slice(0, -3);
  const address = k.services.symbol(attachment.name) ?? 0n;
  const { devsize, match, attach, activate } = k.offsets.cfattach;
  const word = (offset: number): bigint => k.readWord(address + BigInt(offset));
  return {
    name,
    softcSize: Number(word(devsize)),
    match: word(match),
    attach: word(attach),
    // A cfattach that ends before ca_activate has no such function.
    activate: attachment.size === 0 || attachment.size > activate ? word(activate) : 0n,
  };
}

/**
 * What autoconf(9) does with a driver under pvbus(4): match, "vmt0 at pvbus0", attach. The names `self`, `aux` and
 * `hv` are then the addresses of its softc, its attach arguments and VMware's row of the hypervisor table.
 */
export function attachDriver(k: OpenBsdKernel): GuestOutcome | null {
  const driver = findDriver(k);
  if (driver === null) {
    const hint = 'A driver has a struct cfattach NAME_ca; to call one function, use "vmtbench call".';
    throw new VmtbenchError('openbsd.driver', `${k.services.object.name}: no driver to attach`, hint);
  }
  const { services } = k;
  const parent = makeDevice(k, 'pvbus0', 256);
  const self = makeDevice(k, `${driver.name}0`, driver.softcSize);
  const hypervisors = services.reserve(k.offsets.hvSize * PVBUS_MAX);
  const vmware = hypervisors + BigInt(PVBUS_VMWARE * k.offsets.hvSize);
  k.memory.writeUint(vmware, 4, HYPERVISOR_BASE);
  const aux = services.reserve(ROOM.attachArgs);
  const busName = services.reserve(16);
  k.memory.write(busName, Buffer.from(driver.name, 'latin1').subarray(0, 15));
  k.writeWord(aux, busName);
  k.writeWord(aux + BigInt(k.offsets.pvaHv), hypervisors);
  for (const [name, address] of Object.entries({ self, aux, hv: vmware, parent })) k.names.set(name, address);

  const matched = services.call(driver.match, [parent, 0n, aux]);
  if (matched.outcome !== null) return matched.outcome;
  if (BigInt.asIntN(32, matched.value) <= 0n) {
    return { kind: 'notAttached', driver: driver.name, pc: driver.match, stack: [] };
  }
  k.print(`${driver.name}0 at pvbus0`);
  // No interrupt comes any more then: nothing preempts the call.
  const activation = { function: driver.activate, args: [self, DVACT_POWERDOWN], context: 'softint' } as const;
  if (driver.activate !== 0n) k.state.change.activation = activation;
  const { outcome } = services.call(driver.attach, [parent, self, aux]);
  services.console.endLine();
  if (outcome !== null) return outcome;
  return k.runDeferred();
}

function makeDevice(k: OpenBsdKernel, name: string, size: number): bigint {
  const { dvXname } = k.offsets;
  const address = k.services.reserve(Math.max(size, dvXname + 16));
  k.memory.write(address + BigInt(dvXname), Buffer.from(name, 'latin1').subarray(0, 15));
  return address;
}
