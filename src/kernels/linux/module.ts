import { VmtbenchError } from '../../errors.ts';
import type { GuestOutcome, PendingCall } from '../../guest/index.ts';
import type { ObjectFile } from '../../object/index.ts';
import type { LinuxKernel } from './kernel.ts';

/** The module's name, as .modinfo has it; else the file's. */
function moduleName(object: ObjectFile): string {
  const section = object.sections.find(({ name }) => name === '.modinfo');
  const bytes = section === undefined ? [] : object.reader.slice(section.offset, section.size, section.name);
  const entry = Buffer.from(bytes)
    .toString('latin1')
    .split('\0')
    .find((line) => line.startsWith('name='));
  return entry?.slice(5) ?? object.name.replace(/\.k?o$/, '');
}

/**
 * Loads the module as insmod does: init_module. Then every driver that it has registered learns that its device is
 * there.
 */
export function initModule(k: LinuxKernel): GuestOutcome | null {
  const { services } = k;
  const init = services.object.imports.some(({ name }) => name === 'init_module')
    ? null
    : services.symbol('init_module');
  if (init === null) {
    const hint = 'A module has init_module; to call single functions use call.';
    throw new VmtbenchError('linux.module', `${services.object.name}: no module to load`, hint);
  }
  const { outcome, value } = services.call(init, []);
  services.console.endLine();
  if (outcome !== null) return outcome;
  const result = BigInt.asIntN(32, value);
  if (result < 0n) return { kind: 'notAttached', driver: moduleName(services.object), pc: init, stack: [] };
  const next = (): PendingCall | undefined => k.state.change.probes.shift();
  for (let probe = next(); probe !== undefined; probe = next()) {
    const { outcome, value } = services.call(probe.function, probe.args);
    services.console.endLine();
    if (outcome !== null) return outcome;
    if (BigInt.asIntN(32, value) >= 0n) bind(k, probe);
  }
  return null;
}

/** A driver of a PS/2 port that took its port loses it at its unload. */
function bind(k: LinuxKernel, { args: [port, driver] }: PendingCall): void {
  if (driver !== undefined && port === k.names.get('serio')) k.names.set('serioDriver', driver);
}

/** rmmod(8): the bus takes the port back, then the module goes. In Linux that happens in serio_unregister_driver. */
export function exitModule(k: LinuxKernel, exit: bigint): GuestOutcome | null {
  const [port, driver] = [k.names.get('serio'), k.names.get('serioDriver')];
  const disconnect = driver === undefined ? 0n : k.pointerAt(driver, k.offsets.serioDisconnect);
  const outcome = port === undefined || disconnect === 0n ? null : k.services.call(disconnect, [port]).outcome;
  return outcome ?? k.services.call(exit, []).outcome;
}
