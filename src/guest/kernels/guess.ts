import type { ObjectFile } from '../elf/object.ts';
import type { KernelName } from './personality.ts';

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
  user: ['__errno_location', '__stack_chk_fail', 'calloc', 'realloc', 'fopen'],
};

/** The system that an object was compiled for, by what it imports; null if nothing tells. */
export function guessKernel(object: ObjectFile): KernelName | null {
  if (object.type === 'shared') return 'user';
  if (object.imports.length === 0) return 'bare';
  const imported = new Set(object.imports.map((symbol) => symbol.name));
  let best: KernelName | null = null;
  let most = 0;
  for (const [name, tellTales] of Object.entries(TELL_TALES)) {
    const count = tellTales.filter((symbol) => imported.has(symbol)).length;
    if (count > most) [best, most] = [name as KernelName, count];
  }
  return best;
}
