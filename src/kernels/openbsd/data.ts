import type { DataSymbol } from '../../guest/index.ts';
import { integerSymbol, textSymbol } from '../common/data-symbols.ts';
import { layOutInterfaces } from './interfaces.ts';
import { HZ, type OpenBsdKernel } from './kernel.ts';
import { ROOM } from './offsets.ts';

const LOCK_SIZE = 64;

/** Names of data symbols that hold the stack protector's secret. */
const GUARDS = ['__guard_local', '__stack_chk_guard'];

/** The kernel's variables. */
export function openBsdData(k: OpenBsdKernel): Readonly<Record<string, DataSymbol>> {
  const text = (value: string, size?: number): DataSymbol => textSymbol(k, value, size);
  const integer = (value: number): DataSymbol => integerSymbol(k, value);
  const pointerToSpace = (): DataSymbol => ({
    size: 16,
    init: (address) => k.writeWord(address, k.services.reserve(LOCK_SIZE)),
  });
  const guard: DataSymbol = { size: 16, init: (address) => k.memory.write(address, k.random.bytes(k.wordSize)) };
  return {
    hostname: text(k.hostname),
    ostype: text('OpenBSD'),
    osrelease: text('7.5'),
    osversion: text('GENERIC#82'),
    version: text('OpenBSD 7.5 (GENERIC) #82\n'),
    hw_vendor: pointerToSpace(),
    ifnetlist: { size: 16, init: (address) => layOutInterfaces(k, address) },
    netlock: { size: LOCK_SIZE },
    systq: pointerToSpace(),
    systqmp: pointerToSpace(),
    cpu_info_full_primary: { size: ROOM.cpu, init: (address) => setFullCpu(k, address) },
    cpu_info_primary: { size: ROOM.cpu, init: (address) => setCurrentCpu(k, address) },
    splassert_ctl: integer(1),
    cold: integer(0),
    ncpus: integer(1),
    hz: integer(HZ),
    tick: integer(1_000_000 / HZ),
    ticks: integer(0),
    panicstr: integer(0),
    ...Object.fromEntries(GUARDS.map((name) => [name, guard])),
  };
}

/**
 * The segment register of a processor points at its struct cpu_info, which knows its own address. An i386 object that
 * reaches a variable through %fs counts on a base of 0 instead.
 */
function setCurrentCpu(k: OpenBsdKernel, address: bigint): void {
  fillCpu(k, address);
  if (k.wordSize === 8) k.services.setSegmentBase('gs', address);
  else if (!k.services.object.imports.some(({ name }) => name === '__stack_chk_guard')) {
    k.services.setSegmentBase('fs', address);
  }
}

/** Where the object says so, the processor's structure inside struct cpu_info_full, which has the descriptor tables too. */
function setFullCpu(k: OpenBsdKernel, address: bigint): void {
  if (k.offsets.cifCpu !== null) fillCpu(k, address + BigInt(k.offsets.cifCpu));
}

/** ci_self, and a process that runs, so that `curproc` is no null pointer. */
function fillCpu(k: OpenBsdKernel, address: bigint): void {
  const { ciSelf, ciCurproc, procSize } = k.offsets;
  k.writeWord(address + BigInt(ciSelf), address);
  if (ciCurproc !== null) k.writeWord(address + BigInt(ciCurproc), k.services.reserve(procSize));
}
