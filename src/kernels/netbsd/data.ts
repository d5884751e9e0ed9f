import type { DataSymbol } from '../../guest/index.ts';
import { HZ } from '../common/bsd-kernel.ts';
import { integerSymbol, textSymbol } from '../common/data-symbols.ts';
import { interfaceLists } from './interfaces.ts';
import type { NetBsdKernel } from './kernel.ts';
import { ROOM } from './offsets.ts';

const LOCK_SIZE = 64;
/** struct lwp, struct proc, struct malloc_type and the like: nobody looks into them here. */
const OPAQUE_SIZE = 0x1000;
/** machine/cpu.h, enum vm_guest. */
const VM_GUEST_VMWARE = 7;

/** The kernel's variables, in the spellings of NetBSD 5 to 10. */
export function netBsdData(k: NetBsdKernel): Readonly<Record<string, DataSymbol>> {
  const text = (value: string, size?: number): DataSymbol => textSymbol(k, value, size);
  const integer = (value: number): DataSymbol => integerSymbol(k, value);
  const clock = (places: bigint[]): DataSymbol => ({
    size: 16,
    init: (address) => {
      places.push(address);
      k.updateClock();
    },
  });
  const lock: DataSymbol = { size: LOCK_SIZE };
  const opaque: DataSymbol = { size: OPAQUE_SIZE };
  return {
    hostname: text(k.hostname),
    ostype: text('NetBSD'),
    osrelease: text('10.0'),
    version: text('NetBSD 10.0 (GENERIC) #0\n'),
    machine: text(k.wordSize === 8 ? 'amd64' : 'i386'),
    machine_arch: text(k.wordSize === 8 ? 'x86_64' : 'i386'),
    hz: integer(HZ),
    tick: integer(1_000_000 / HZ),
    cold: integer(0),
    ncpu: integer(1),
    boothowto: integer(0),
    vm_guest: integer(VM_GUEST_VMWARE),
    time_uptime: clock(k.uptimeAt),
    time__uptime: clock(k.uptimeAt),
    time_second: clock(k.secondAt),
    time__second: clock(k.secondAt),
    ...interfaceLists(k),
    ifnet_mtx: lock,
    proc0: opaque,
    lwp0: opaque,
    M_DEVBUF: lock,
    M_TEMP: lock,
    cpu_info_primary: { size: ROOM.cpu, init: (address) => setCurrentCpu(k, address) },
    __stack_chk_guard: { size: 64, init: (address) => k.memory.write(address, k.random.bytes(k.wordSize)) },
  };
}

/** The segment register of a processor points at its struct cpu_info, which knows its own address. */
function setCurrentCpu(k: NetBsdKernel, address: bigint): void {
  k.writeWord(address + BigInt(k.offsets.ciSelf), address);
  k.services.setSegmentBase(k.wordSize === 8 ? 'gs' : 'fs', address);
}
