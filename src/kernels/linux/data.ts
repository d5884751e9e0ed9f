import type { DataSymbol } from '../../guest/index.ts';
import type { LinuxKernel } from './kernel.ts';

/** enum x86_hypervisor_type (arch/x86/include/asm/hypervisor.h). */
const X86_HYPER_VMWARE = 1;

/** Bytes of a structure that only the kernel looks into. */
const OPAQUE = 1024;
/** What _totalram_pages says: 4 GiB. */
const TOTAL_PAGES = 0x100000;

/** Variables that are zero, or that nobody looks into. */
const ZEROES = [
  'balloon_mops',
  'devmap_managed_key',
  'hugetlb_optimize_vmemmap_key',
  'i2c_adapter_type',
  'i2c_bus_type',
  'i2c_client_type',
  'kmalloc_caches',
  'param_ops_bool',
  'param_ops_byte',
  'param_ops_charp',
  'param_ops_int',
  'param_ops_string',
  'param_ops_uint',
  'param_ops_ulong',
  'platform_bus_type',
  'pv_ops',
  'random_kmalloc_seed',
  'sme_me_mask',
];

/** Pointers to something opaque. */
const POINTERS = ['system_wq', 'system_highpri_wq', 'system_long_wq', 'system_unbound_wq', 'system_freezable_wq'];

/** The kernel's variables. */
export function linuxData(k: LinuxKernel): Readonly<Record<string, DataSymbol>> {
  const word = (value: bigint): DataSymbol => ({ size: 16, init: (address) => k.writeWord(address, value) });
  const opaque = k.services.reserve(OPAQUE);
  return {
    x86_hyper_type: { size: 16, init: (address) => k.memory.writeUint(address, 4, BigInt(X86_HYPER_VMWARE)) },
    jiffies: { size: k.wordSize, address: k.jiffiesAddress, init: () => k.refreshJiffies() },
    _totalram_pages: word(BigInt(TOTAL_PAGES)),
    __default_kernel_pte_mask: word(BigInt.asUintN(64, -1n)),
    ...Object.fromEntries(Object.entries(k.pages.bases).map(([name, base]) => [name, word(base)])),
    ...Object.fromEntries(ZEROES.map((name) => [name, { size: OPAQUE }])),
    ...Object.fromEntries(POINTERS.map((name) => [name, word(opaque)])),
    ...Object.fromEntries([...k.perCpu.symbols].map(([name, address]) => [name, { size: 64, address }])),
  };
}

/** In a whole kernel, which has the variable itself: it runs on VMware, though nothing has detected that. */
export function setHypervisor(k: LinuxKernel): void {
  const address = k.services.symbol('x86_hyper_type');
  if (address !== null) k.memory.writeUint(address, 4, BigInt(X86_HYPER_VMWARE));
}
