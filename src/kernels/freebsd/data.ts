import type { DataSymbol } from '../../guest/index.ts';
import { HZ } from '../common/bsd-kernel.ts';
import { integerSymbol, textSymbol } from '../common/data-symbols.ts';
import { networkData } from './interfaces.ts';
import type { FreeBsdKernel } from './kernel.ts';
import { methodDescriptors } from './kobj.ts';
import { TICK_SBT } from './time.ts';

/** struct pcpu, struct malloc_type and the like: nobody looks into them here, but for the current thread. */
const OPAQUE_SIZE = 0x1000;
/** sys/systm.h, enum VM_GUEST. */
export const VM_GUEST_VM = 1;
export const VM_GUEST_VMWARE = 4;

/** The kernel's variables. */
export function freeBsdData(k: FreeBsdKernel): Readonly<Record<string, DataSymbol>> {
  const text = (value: string, size?: number): DataSymbol => textSymbol(k, value, size);
  const integer = (value: number): DataSymbol => integerSymbol(k, value);
  const clock = (places: bigint[]): DataSymbol => ({
    size: 16,
    init: (address) => {
      places.push(address);
      k.updateClock();
    },
  });
  const pointerToSpace: DataSymbol = { size: 16, init: (address) => k.writeWord(address, k.services.reserve(64)) };
  const opaque: DataSymbol = { size: OPAQUE_SIZE };
  return {
    hostname: text(k.hostname),
    ostype: text('FreeBSD'),
    osrelease: text('14.1-RELEASE'),
    version: text('FreeBSD 14.1-RELEASE GENERIC\n'),
    machine: text(k.wordSize === 8 ? 'amd64' : 'i386'),
    hz: integer(HZ),
    tick: integer(1_000_000 / HZ),
    ticks: integer(0),
    tick_sbt: { size: 16, init: (address) => k.memory.writeUint(address, 8, TICK_SBT) },
    cold: integer(0),
    bootverbose: integer(0),
    mp_ncpus: integer(1),
    vm_guest: integer(VM_GUEST_VMWARE),
    time_uptime: clock(k.uptimeAt),
    time_second: clock(k.secondAt),
    M_DEVBUF: opaque,
    M_TEMP: opaque,
    taskqueue_thread: pointerToSpace,
    taskqueue_swi: pointerToSpace,
    taskqueue_fast: pointerToSpace,
    thread0: opaque,
    prison0: opaque,
    __pcpu: { size: OPAQUE_SIZE, init: (address) => setCurrentThread(k, address) },
    __stack_chk_guard: { size: 64, init: (address) => k.memory.write(address, k.random.bytes(k.wordSize)) },
    ...networkData(k),
    ...methodDescriptors(),
  };
}

/** The segment register of a processor points at its struct pcpu, whose first word is the current thread. */
function setCurrentThread(k: FreeBsdKernel, address: bigint): void {
  k.writeWord(address, k.thread);
  k.services.setSegmentBase(k.wordSize === 8 ? 'gs' : 'fs', address);
}
