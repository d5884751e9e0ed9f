import { type DataSymbol, type StubTable, stub } from '../../guest/index.ts';
import type { FreeBsdKernel } from './kernel.ts';
import { KOBJ_CACHE_SIZE, KOBJOP_DESC_SIZE } from './offsets.ts';

/** Methods of device(9) and bus(9) that a driver's table or a call by kobj(9) may name. */
const METHODS = [
  ...['device_identify', 'device_probe', 'device_attach', 'device_detach', 'device_shutdown'],
  ...['device_suspend', 'device_resume', 'device_quiesce', 'device_register'],
  ...['bus_add_child', 'bus_print_child', 'bus_probe_nomatch', 'bus_driver_added', 'bus_child_deleted'],
  ...['bus_child_detached', 'bus_read_ivar', 'bus_write_ivar', 'bus_suspend_child', 'bus_resume_child'],
];

/** Longest table of methods that is believed. */
const METHODS_LIMIT = 256;

/** Each method has a descriptor, `device_probe_desc`; the tables are searched by its address. */
export function methodDescriptors(): Record<string, DataSymbol> {
  return Object.fromEntries(METHODS.map((name) => [`${name}_desc`, { size: KOBJOP_DESC_SIZE }]));
}

/** struct kobj_class: the driver's name, the size of its softc and its methods by their descriptors' addresses. */
export interface KobjClass {
  readonly address: bigint;
  readonly name: string;
  readonly size: number;
  readonly methods: ReadonlyMap<bigint, bigint>;
}

export function readClass(k: FreeBsdKernel, address: bigint): KobjClass {
  const { kobjClass: fields } = k.offsets;
  const word = (offset: number): bigint => k.readWord(address + BigInt(offset));
  const methods = new Map<bigint, bigint>();
  const table = word(fields.methods);
  for (let index = 0; index < METHODS_LIMIT; index++) {
    const at = table + BigInt(2 * index * k.wordSize);
    const descriptor = k.readWord(at);
    if (descriptor === 0n) break;
    methods.set(descriptor, k.readWord(at + BigInt(k.wordSize)));
  }
  return { address, name: k.readText(word(fields.name)), size: Number(word(fields.size)), methods };
}

/** The function of a class for a method such as `device_attach`, null if it has none. */
export function method({ methods }: KobjClass, k: FreeBsdKernel, name: string): bigint | null {
  const descriptor = k.services.symbol(`${name}_desc`);
  return descriptor === null ? null : (methods.get(descriptor) ?? null);
}

/**
 * struct kobj_ops of a class that has no methods of its own: every call through it misses the cache and comes to
 * kobj_lookup_method.
 */
export function makeOps(k: FreeBsdKernel): bigint {
  const nothing = k.services.reserve(2 * k.wordSize);
  const ops = k.services.reserve((KOBJ_CACHE_SIZE + 1) * k.wordSize);
  for (let index = 0; index < KOBJ_CACHE_SIZE; index++) k.writeWord(ops + BigInt(index * k.wordSize), nothing);
  return ops;
}

/** What the bus itself does, where a driver asks for it by its method. */
const DEFAULTS: Readonly<Record<string, string>> = { bus_add_child: 'bus_generic_add_child' };

/** kobj(9): a struct kobj_method, its descriptor and its function, for a call that missed the cache. */
export const kobj: StubTable<FreeBsdKernel> = {
  kobj_lookup_method: stub('ptr', ['ptr', 'ptr', 'ptr'], (k, [, , descriptor]) => {
    const entry = k.services.reserve(2 * k.wordSize);
    const name = METHODS.find((known) => k.services.symbol(`${known}_desc`) === descriptor);
    const served = k.services.functionAddress((name && DEFAULTS[name]) ?? 'kobj_error_method');
    k.writeWord(entry, descriptor);
    k.writeWord(entry + BigInt(k.wordSize), served ?? 0n);
    return entry;
  }),
  // sys/errno.h, ENXIO: the method is not there.
  kobj_error_method: stub('int', [], () => 6),
  bus_generic_add_child: stub('ptr', ['ptr', 'uint', 'ptr', 'int'], (k, [parent, , name, unit]) => {
    return k.addChild(parent, k.readText(name), unit);
  }),
};
