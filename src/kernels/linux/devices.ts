import { type Stub, type StubTable, stub, variadic } from '../../guest/index.ts';
import type { LinuxKernel } from './kernel.ts';
import { constant, quiet, quietVariadic } from './locks.ts';

/** Room for a structure that only the kernel looks into. */
const OPAQUE = 4096;

const allocateOpaque = (k: LinuxKernel): bigint => k.services.heap.allocate(OPAQUE, true) ?? 0n;

/** A device that the kernel has: no block of the object's. */
function ownDevice(k: LinuxKernel): bigint {
  const { heap } = k.services;
  const { site } = heap;
  heap.site = null;
  const device = allocateOpaque(k);
  heap.site = site;
  return device;
}

/** PTP clocks: struct ptp_clock_info begins with a pointer to the module and the clock's name. */
const ptp: StubTable<LinuxKernel> = {
  ptp_clock_register: stub('ptr', ['ptr', 'ptr'], (k, [info]) => {
    k.print(`ptp0: ${k.readText(info + BigInt(k.offsets.ptpName), 32)}\n`);
    return allocateOpaque(k);
  }),
  ptp_clock_unregister: stub('int', ['ptr'], (k, [clock]) => {
    k.services.heap.free(clock);
    return 0;
  }),
};

/** struct acpi_driver: name and class of 80 bytes each, ids, flags, then its operations, the first of them `add`. */
const acpi: StubTable<LinuxKernel> = {
  acpi_bus_register_driver: stub('int', ['ptr'], (k, [driver]) => {
    const add = k.pointerAt(driver, k.offsets.acpiAdd);
    if (add !== 0n) k.state.change.probes.push({ function: add, args: [ownDevice(k)], context: 'process' });
    return 0;
  }),
  ...quiet('acpi_bus_unregister_driver'),
};

/** Input devices begin with a pointer to their name. */
const input: StubTable<LinuxKernel> = {
  input_allocate_device: stub('ptr', [], allocateOpaque),
  devm_input_allocate_device: stub('ptr', ['ptr'], allocateOpaque),
  input_register_device: stub('int', ['ptr'], (k, [device]) => {
    const name = k.pointerAt(device, k.offsets.inputName);
    const number = k.state.change.inputs++;
    k.print(
      `input: ${name === 0n ? 'Unspecified device' : k.readText(name)} as /devices/virtual/input/input${number}\n`,
    );
    return 0;
  }),
  input_free_device: stub('void', ['ptr'], (k, [device]) => {
    if (device !== 0n) k.services.heap.free(device);
  }),
  input_unregister_device: stub('void', ['ptr'], (k, [device]) => {
    k.services.heap.free(device);
  }),
  ...quiet('input_event', 'input_set_capability', 'input_set_abs_params', 'input_alloc_absinfo'),
  ...quiet('input_mt_sync_frame', 'input_mt_report_finger_count', 'input_mt_report_pointer_emulation'),
  ...quiet('input_mt_drop_unused', 'pm_wakeup_dev_event'),
  ...constant(0, 'input_mt_init_slots', 'input_mt_assign_slots', 'input_mt_report_slot_state'),
};

const serio: StubTable<LinuxKernel> = {
  __serio_register_driver: stub('int', ['ptr', 'ptr', 'ptr'], (k, [driver]) => {
    const connect = k.pointerAt(driver, k.offsets.serioConnect);
    if (connect === 0n) return 0;
    const port = ownDevice(k);
    k.memory.write(port + BigInt(k.offsets.serio.name), Buffer.from('i8042 AUX port'));
    k.memory.write(port + BigInt(k.offsets.serio.phys), Buffer.from('isa0060/serio1'));
    k.names.set('serio', port);
    k.state.change.probes.push({ function: connect, args: [port, driver], context: 'process' });
    return 0;
  }),
  ...quiet('serio_unregister_driver', 'serio_close', 'serio_rescan', 'serio_reconnect', '__serio_register_port'),
  ...quiet('serio_unregister_child_port', 'serio_unregister_port'),
  ...constant(0, 'serio_open', 'serio_interrupt'),
};

/** Commands of a PS/2 mouse, with how many bytes they send and receive (include/linux/libps2.h, psmouse.h). */
const PSMOUSE_CMD_GETID = 0x02f2;
const PSMOUSE_CMD_GETINFO = 0x03e9;
const PSMOUSE_CMD_RESET_BAT = 0x02ff;

/** What a plain PS/2 mouse answers; everything else it takes and says nothing. */
const ANSWERS: ReadonlyMap<number, readonly number[]> = new Map([
  [PSMOUSE_CMD_GETID, [0x00, 0x00]],
  [PSMOUSE_CMD_GETINFO, [0x00, 0x02, 0x64]],
  [PSMOUSE_CMD_RESET_BAT, [0xaa, 0x00]],
]);

const command = (): Stub<LinuxKernel> =>
  stub('int', ['ptr', 'ptr', 'uint'], (k, [, bytes, number]) => {
    const count = (number >> 8) & 15;
    const answer = ANSWERS.get(number & 0xfff) ?? [];
    if (bytes !== 0n)
      k.memory.write(
        bytes,
        Uint8Array.from({ length: count }, (_, i) => answer[i] ?? 0),
      );
    return 0;
  });

const ps2: StubTable<LinuxKernel> = {
  ps2_command: command(),
  __ps2_command: command(),
  // struct ps2dev begins with its port.
  ps2_init: stub('void', ['ptr', 'ptr'], (k, [device, port]) => {
    k.writeWord(device + BigInt(k.offsets.ps2Serio), port);
  }),
  ...constant(0, 'ps2_sliced_command', 'ps2_sendbyte', 'ps2_handle_ack', 'ps2_handle_response'),
  ...quiet('ps2_begin_command', 'ps2_end_command', 'ps2_cmd_aborted', 'ps2_drain'),
};

/** The bus and its files: registered, and that is all. */
const buses: StubTable<LinuxKernel> = {
  dmi_get_system_info: stub('ptr', ['int'], () => 0n),
  dev_driver_string: stub('ptr', ['ptr'], () => 0n),
  ...constant(0, '__pci_register_driver', '__platform_driver_register', 'register_shrinker', 'dmi_check_system'),
  ...constant(0, 'device_add_groups', 'device_create_file', 'sysfs_create_group', 'bus_register_notifier'),
  ...constant(0, 'bus_unregister_notifier', 'i2c_for_each_dev', 'drm_firmware_drivers_only', 'register_pm_notifier'),
  ...constant(0, 'cc_platform_has', '__check_object_size', '__dynamic_pr_debug', 'device_link_add'),
  ...constant(1, 'capable', '__list_add_valid', '__list_del_entry_valid', '__list_add_valid_or_report'),
  ...constant(1, '__list_del_entry_valid_or_report'),
  ...quiet('pci_unregister_driver', 'platform_driver_unregister', 'unregister_shrinker', 'device_remove_file'),
  ...quiet('device_remove_groups', 'sysfs_remove_group', 'debugfs_lookup_and_remove'),
  ...quiet('unregister_pm_notifier', 'mcount', 'device_link_remove'),
  ...quietVariadic('__dynamic_dev_dbg', '__drm_dev_dbg', '___drm_dbg'),
  static_key_enable: stub('void', ['ptr'], (k, [key]) => k.memory.writeUint(key, 4, 1n)),
  static_key_disable: stub('void', ['ptr'], (k, [key]) => k.memory.writeUint(key, 4, 0n)),
  static_key_slow_inc: stub('void', ['ptr'], (k, [key]) => k.memory.writeUint(key, 4, 1n)),
  static_key_slow_dec: stub('void', ['ptr'], (k, [key]) => k.memory.writeUint(key, 4, 0n)),
  kthread_should_stop: stub('int', [], () => 1),
  get_random_bytes: stub('void', ['ptr', 'size'], (k, [to, size]) => {
    k.memory.write(to, k.random.bytes(Math.min(size, OPAQUE)));
  }),
  seq_printf: variadic('void', ['ptr', 'ptr'], (k, [, text], call) => k.print(k.format(text, call.rest))),
  seq_puts: stub('void', ['ptr', 'ptr'], (k, [, text]) => k.print(k.readText(text))),
};

/** Everything that a driver registers with. */
export const devices: StubTable<LinuxKernel> = { ...ptp, ...acpi, ...input, ...serio, ...ps2, ...buses };
