import type { Processor } from '../cpu/index.ts';
import { VmtbenchError } from '../errors.ts';
import { PAGE_SIZE } from '../memory.ts';
import { type ElfMachine, type ObjectFile, PT_LOAD } from '../object/index.ts';

/** Where things lie in the guest. Between any two of them is room that is not mapped. */
export interface AddressPlan {
  /** Code and data of the object. */
  readonly image: bigint;
  /** One HLT a known function; the first is the return address of every call. */
  readonly stubs: bigint;
  /** Small machine code that some symbols stand for. */
  readonly thunks: bigint;
  /** Not mapped: one page for each missing symbol, so that any touch of one faults at an address that names it. */
  readonly missing: bigint;
  /** Data symbols and the kernel's own structures. */
  readonly data: bigint;
  readonly heap: bigint;
  /** Lowest address of the stack. */
  readonly stack: bigint;
}

export const SIZES = {
  stubs: 65536,
  thunks: 4096,
  /** A page each of 16384 symbols; nothing of it is mapped. */
  missing: 0x4000000,
  data: 0x100000,
  heap: 0x400000,
  stack: 131072,
  /** The lower part of the stack: calls that preempt another one run on it. */
  interruptStack: 65536,
} as const;

/** Whether an address is on the stack. @param stack its lowest address. */
export const isOnStack = (stack: bigint, address: bigint): boolean =>
  address >= stack && address < stack + BigInt(SIZES.stack);

export type Space = 'kernel' | 'user';

/** Kernels: code in the top 2 GiB, as their code models promise; amd64 heaps and stacks in the upper half. */
const PLANS: Readonly<Record<Space, Readonly<Record<ElfMachine, AddressPlan>>>> = {
  kernel: {
    amd64: {
      image: 0xffffffff81000000n,
      stubs: 0xffffffffa0000000n,
      thunks: 0xffffffffa1000000n,
      missing: 0xffffffffc0000000n,
      data: 0xffffffffb0000000n,
      heap: 0xffff800010000000n,
      stack: 0xffff800020000000n,
    },
    i386: {
      image: 0xd0200000n,
      stubs: 0xe0000000n,
      thunks: 0xe1000000n,
      missing: 0xe8000000n,
      data: 0xe4000000n,
      heap: 0xf2000000n,
      stack: 0xf1000000n,
    },
  },
  user: {
    amd64: {
      image: 0x7f5500000000n,
      stubs: 0x7f6600000000n,
      thunks: 0x7f6700000000n,
      missing: 0x7f7700000000n,
      data: 0x7f8800000000n,
      heap: 0x555500000000n,
      stack: 0x7ffc00000000n,
    },
    i386: {
      image: 0x40000000n,
      stubs: 0x60000000n,
      thunks: 0x61000000n,
      missing: 0x70000000n,
      data: 0x68000000n,
      heap: 0x09000000n,
      stack: 0xbf000000n,
    },
  },
};

function addressPlan(space: Space, machine: ElfMachine): AddressPlan {
  return PLANS[space][machine];
}

/** Where things lie around this object: out of the way of the addresses that a program was linked for. */
export function planFor(object: ObjectFile): AddressPlan {
  if (object.type === 'relocatable') return addressPlan('kernel', object.machine);
  if (object.type === 'shared') return addressPlan('user', object.machine);
  const spaces: readonly Space[] =
    object.entry >> BigInt(object.bits - 1) === 1n ? ['kernel', 'user'] : ['user', 'kernel'];
  const loads = object.segments.filter(({ type, memorySize }) => type === PT_LOAD && memorySize > 0);
  for (const space of spaces) {
    const plan = addressPlan(space, object.machine);
    const taken = areas(plan);
    const free = loads.every(({ address, memorySize }) =>
      taken.every(
        (area) => address + BigInt(memorySize) <= area.address || address >= area.address + BigInt(area.size),
      ),
    );
    if (free) return plan;
  }
  const hint = 'Link it at the usual address of a kernel or of a program.';
  throw new VmtbenchError('elf.address', `${object.name}: linked for addresses that are taken here`, hint);
}

function areas(plan: AddressPlan): { address: bigint; size: number }[] {
  const missing = { address: plan.missing, size: SIZES.missing };
  const others = (['stubs', 'thunks', 'data', 'heap', 'stack'] as const).map((area) => {
    // Pages side by side with ours would hide a run over an end.
    return { address: plan[area] - BigInt(PAGE_SIZE), size: SIZES[area] + 2 * PAGE_SIZE };
  });
  return [missing, ...others];
}

/** Maps the guest's data, heap and stack. @param checked the memory checker looks at what it does there. */
export function mapWorkspace(machine: Processor, plan: AddressPlan, checked: boolean): void {
  machine.map(plan.data, SIZES.data, 'rw');
  machine.map(plan.heap, SIZES.heap, 'rw', checked ? 'bytes' : undefined);
  machine.map(plan.stack, SIZES.stack, 'rw', checked ? 'returns' : undefined);
}
