import { VmtbenchError } from '../../errors.ts';
import type { GuestOutcome } from '../../guest/index.ts';
import { VM_GUEST_VM } from './data.ts';
import type { FreeBsdKernel } from './kernel.ts';
import { type KobjClass, makeOps, method, readClass } from './kobj.ts';

/** A driver and the bus that it asks for. */
interface Driver {
  readonly class: KobjClass;
  readonly bus: string;
}

/** DRIVER_MODULE(9) leaves a struct driver_module_data `vmt_nexus_driver_mod`, which leads to the driver_t. */
function findDriver(k: FreeBsdKernel): Driver | null {
  const { object } = k.services;
  const module = object.symbols.find((s) => /^[a-z]\w*_driver_mod$/.test(s.name) && s.home !== 'undefined');
  const address = module === undefined ? null : k.services.symbol(module.name);
  if (address === null) return null;
  const { driver, busname } = k.offsets.driverModule;
  const word = (offset: number): bigint => k.readWord(address + BigInt(offset));
  return { class: readClass(k, word(driver)), bus: k.readText(word(busname)) };
}

/** The driver's device_detach; null: it has none. */
export function detachOf(k: FreeBsdKernel): bigint | null {
  const driver = findDriver(k);
  return driver === null ? null : method(driver.class, k, 'device_detach');
}

/**
 * What newbus does with a driver: identify, probe, attach. The names `self`, `device` and `parent` are then the
 * addresses of its own structure, its device_t and its bus's.
 */
export function attachDriver(k: FreeBsdKernel): GuestOutcome | null {
  const driver = findDriver(k);
  if (driver === null) {
    const hint = 'A driver has a DRIVER_MODULE; to call single functions use call.';
    throw new VmtbenchError('freebsd.driver', `${k.services.object.name}: no driver to attach`, hint);
  }
  const parent = k.makeDevice(driver.bus, 0, 0n, makeOps(k));
  k.names.set('parent', parent);
  const identified = identify(k, driver, parent);
  if (typeof identified !== 'bigint') return identified;
  return attach(k, driver, identified);
}

/** The new child of the bus. A driver without an identify method is one whose device the bus finds by itself. */
function identify(k: FreeBsdKernel, driver: Driver, parent: bigint): bigint | GuestOutcome {
  const { name, address } = driver.class;
  const child = (): bigint | undefined => [...k.devices].find(([, device]) => device.parent === parent)?.[0];
  const handler = method(driver.class, k, 'device_identify');
  if (handler === null) return k.addChild(parent, name, 0);
  const guess = k.services.symbol('vm_guest') ?? 0n;
  // Before 10.1 the kernel did not know VMware from other virtual machines: a driver of then looks for that.
  for (const kind of [null, VM_GUEST_VM]) {
    if (kind !== null) k.memory.writeUint(guess, 4, BigInt(kind));
    const { outcome } = k.services.call(handler, [address, parent]);
    if (outcome !== null) return outcome;
    const found = child();
    if (found !== undefined) return found;
  }
  return { kind: 'notAttached', driver: name, pc: handler, stack: [] };
}

/** Probe, "vmt0: <VMware Tools Device> on nexus0", attach. */
function attach(k: FreeBsdKernel, driver: Driver, device: bigint): GuestOutcome | null {
  const { services } = k;
  const softc = services.reserve(Math.max(16, driver.class.size));
  k.changeDevice(device, { softc });
  k.names.set('self', softc);
  k.names.set('device', device);
  const nothing: GuestOutcome = { kind: 'notAttached', driver: driver.class.name, pc: driver.class.address, stack: [] };
  const [probe, attaching] = ['device_probe', 'device_attach'].map((name) => method(driver.class, k, name));
  if (probe === null || probe === undefined || attaching === null || attaching === undefined) return nothing;

  const probed = services.call(probe, [device]);
  if (probed.outcome !== null) return probed.outcome;
  // Zero and below are degrees of success, above is an error number.
  if (BigInt.asIntN(32, probed.value) > 0n) return { ...nothing, pc: probe };
  const known = k.devices.get(device);
  const name = `${driver.class.name}${known?.unit ?? 0}`;
  k.print(`${name}: <${known?.description ?? ''}> on ${driver.bus}0\n`);

  const { outcome, value } = services.call(attaching, [device]);
  services.console.endLine();
  if (outcome !== null) return outcome;
  const error = BigInt.asIntN(32, value);
  if (error !== 0n) k.print(`device_attach: ${name} attach returned ${error}\n`);
  k.changeDevice(device, { attached: error === 0n });
  const shutdown = method(driver.class, k, 'device_shutdown');
  if (shutdown !== null) k.state.change.shutdownMethods.push([device, shutdown]);
  return null;
}
