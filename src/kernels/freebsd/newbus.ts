import { type Stub, type StubTable, stub } from '../../guest/index.ts';
import type { Device, FreeBsdKernel } from './kernel.ts';

/** device(9): what a driver asks about its device. */
export const newbus: StubTable<FreeBsdKernel> = {
  device_get_softc: field((device) => device.softc),
  device_get_parent: field((device) => device.parent),
  device_get_name: field((device) => device.nameAt),
  device_get_nameunit: field((device) => device.nameUnitAt),
  device_get_unit: stub('int', ['ptr'], (k, [device]) => k.device(device)?.unit ?? 0),
  device_get_desc: stub('ptr', ['ptr'], (k, [device]) => k.placeText(k.device(device)?.description ?? '')),
  device_set_softc: stub('void', ['ptr', 'ptr'], (k, [device, softc]) => k.changeDevice(device, { softc })),
  device_set_desc: describe(),
  device_set_desc_copy: describe(),
  device_set_descf: stub('void', ['ptr', 'ptr'], (k, [device, text], call) => {
    k.changeDevice(device, { description: k.format(text, call.rest) });
  }),
  device_is_attached: stub('int', ['ptr'], (k, [device]) => Number(k.device(device)?.attached ?? false)),
  device_is_alive: stub('int', ['ptr'], (k, [device]) => Number(k.device(device) !== null)),
  device_quiet: stub('void', ['ptr'], () => {}),
  device_verbose: stub('void', ['ptr'], () => {}),
  device_busy: stub('void', ['ptr'], () => {}),
  device_unbusy: stub('void', ['ptr'], () => {}),
  device_find_child: stub('ptr', ['ptr', 'ptr', 'int'], (k, [parent, name, unit]) => {
    const driver = k.readText(name);
    const fits = (device: Device): boolean =>
      device.parent === parent && device.driver === driver && (unit < 0 || device.unit === unit);
    return [...k.devices].find(([, device]) => fits(device))?.[0] ?? 0n;
  }),
  device_add_child: stub('ptr', ['ptr', 'ptr', 'int'], (k, [parent, name, unit]) => {
    return k.addChild(parent, k.readText(name), unit);
  }),
  device_add_child_ordered: stub('ptr', ['ptr', 'uint', 'ptr', 'int'], (k, [parent, , name, unit]) => {
    return k.addChild(parent, k.readText(name), unit);
  }),
  device_delete_child: stub('int', ['ptr', 'ptr'], (k, [, child]) => {
    k.devices.delete(child);
    return 0;
  }),
  bus_generic_probe: success(),
  bus_generic_attach: success(),
  bus_generic_detach: success(),
  bus_generic_shutdown: success(),
  bus_generic_suspend: success(),
  bus_generic_resume: success(),
  bus_identify_children: success(),
  bus_attach_children: success(),
};

/** What sysctl(9) gives a driver: nodes that nobody reads here. */
export const sysctl: StubTable<FreeBsdKernel> = {
  device_get_sysctl_ctx: stub('ptr', ['ptr'], (k) => k.services.reserve(OID_SIZE)),
  device_get_sysctl_tree: stub('ptr', ['ptr'], (k) => k.services.reserve(OID_SIZE)),
  sysctl_ctx_init: success(),
  sysctl_ctx_free: success(),
  sysctl_add_oid: stub('ptr', ['ptr', 'ptr', 'int', 'ptr', 'int'], (k) => k.services.reserve(OID_SIZE)),
};

/** struct sysctl_oid, with room. */
const OID_SIZE = 128;

/** module(9): the linker's business, done before a driver runs. Their addresses are in the module's tables. */
export const modules: StubTable<FreeBsdKernel> = {
  driver_module_handler: stub('int', ['ptr', 'int', 'ptr'], () => 0),
  module_register_init: stub('void', ['ptr'], () => {}),
};

function field(get: (device: Device) => bigint): Stub<FreeBsdKernel> {
  return stub('ptr', ['ptr'], (k, [address]) => {
    const device = k.device(address);
    return device === null ? 0n : get(device);
  });
}

function describe(): Stub<FreeBsdKernel> {
  return stub('void', ['ptr', 'ptr'], (k, [device, text]) => {
    k.changeDevice(device, { description: text === 0n ? '' : k.readText(text) });
  });
}

function success(): Stub<FreeBsdKernel> {
  return stub('int', ['ptr'], () => 0);
}
