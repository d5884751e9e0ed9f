import type { KernelName } from '../guest/index.ts';
import type { ObjectFile } from '../object/index.ts';

/** Functions that only one of the systems has. */
const TELL_TALES: Readonly<Partial<Record<KernelName, readonly string[]>>> = {
  openbsd: [
    'config_mountroot',
    'enqueue_randomness',
    'pvbus_reboot',
    'pvbus_shutdown',
    'sensordev_install',
    'task_add',
    'timeout_add_sec',
    'timeout_set_proc',
    'vfs_stall',
  ],
  netbsd: [
    'aprint_error_dev',
    'aprint_normal',
    'aprint_verbose_dev',
    'callout_setfunc',
    'config_init_component',
    'device_private',
    'device_xname',
    'kmem_alloc',
    'pmf_device_register1',
    'pserialize_read_enter',
    'sysctl_createv',
    'sysmon_pswitch_event',
    'sysmon_task_queue_sched',
    'uuid_snprintf',
  ],
  freebsd: [
    '__mtx_lock_flags',
    '_callout_init_lock',
    '_callout_stop_safe',
    '_mtx_init',
    'callout_reset_sbt_on',
    'device_attach_desc',
    'device_get_softc',
    'device_probe_desc',
    'device_set_desc',
    'driver_module_handler',
    'kobj_lookup_method',
    'module_register_init',
    'shutdown_nice',
    'taskqueue_enqueue',
  ],
  linux: [
    '_printk',
    '_raw_spin_lock',
    '__fentry__',
    '__x86_return_thunk',
    'jiffies',
    'kasprintf',
    'kfree',
    'kmalloc_caches',
    'mutex_lock',
    'param_ops_int',
    'printk',
    'queue_delayed_work_on',
    'x86_hyper_type',
  ],
  user: ['__errno_location', '__stack_chk_fail', 'calloc', 'realloc', 'fopen'],
};

/** Sections that every Linux module has, one or the other. */
const LINUX_SECTIONS = ['.modinfo', '.gnu.linkonce.this_module'];

/** The system that an object was compiled for, by what it imports; null if nothing tells. */
export function guessKernel(object: ObjectFile): KernelName | null {
  if (object.type === 'shared') return 'user';
  if (object.sections.some(({ name }) => LINUX_SECTIONS.includes(name))) return 'linux';
  // A whole kernel wants nothing from elsewhere: what it has tells whose it is.
  const whole = object.type === 'executable' && object.imports.length === 0;
  if (object.imports.length === 0 && !whole) return 'bare';
  const imported = new Set((whole ? object.symbols : object.imports).map((symbol) => symbol.name));
  let best: KernelName | null = null;
  let most = 0;
  for (const [name, tellTales] of Object.entries(TELL_TALES)) {
    const count = tellTales.filter((symbol) => imported.has(symbol)).length;
    if (count > most) [best, most] = [name as KernelName, count];
  }
  return best ?? (whole ? 'bare' : null);
}
