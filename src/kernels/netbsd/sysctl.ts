import { type StubTable, stub } from '../../guest/index.ts';
import type { NetBsdKernel } from './kernel.ts';
import { ROOM } from './offsets.ts';

/** sys/sysctl.h */
const CTLTYPE_MASK = 0xf;
const CTLTYPE_NODE = 1;
const CTLTYPE_STRING = 3;
/** Bytes of the types of fixed size: int, quad, bool. */
const SIZES: Readonly<Record<number, number>> = { 2: 4, 4: 8, 6: 1 };
const CTLFLAG_READWRITE = 0x70;
const SYSCTL_VERS_1 = 0x01000000n;
const SYSCTL_NAMELEN = 32;

/** sys/errno.h */
const EPERM = 1n;
const ENOMEM = 12;
const EINVAL = 22;

/** The arguments of sysctl_createv that describe a node. */
interface NewNode {
  readonly log: bigint;
  readonly parent: bigint;
  readonly name: string;
  readonly flags: number;
  readonly type: number;
  readonly func: bigint;
  readonly data: bigint;
  readonly size: number;
}

/** sysctl(9): a tree of nodes. Each has a name here, `sysctl.machdep.vmt0.uuid`: the address of its structure. */
export const sysctl: StubTable<NetBsdKernel> = {
  sysctl_createv: stub(
    'int',
    ['ptr', 'int', 'ptr', 'ptr', 'int', 'int', 'ptr', 'ptr', 'ptr', 'u64', 'ptr', 'size'],
    (k, [log, , root, out, flags, type, name, , func, , data, size]) => {
      const parent = root === 0n ? 0n : k.readWord(root);
      const node = create(k, { log, parent, name: k.readText(name), flags, type, func, data, size });
      if (out !== 0n) k.writeWord(out, node);
      return 0;
    },
  ),
  sysctl_teardown: stub('void', ['ptr'], (k, [log]) => {
    const nodes = k.sysctlLogs.get(log) ?? [];
    k.sysctlLogs.delete(log);
    k.writeWord(log, 0n);
    k.state.change.freeNodes.push(...nodes);
    for (const [path, node] of k.sysctl) {
      if (!nodes.includes(node)) continue;
      k.sysctl.delete(path);
      k.names.delete(`sysctl.${path}`);
    }
  }),
  sysctl_lookup: stub(
    'int',
    ['ptr', 'uint', 'ptr', 'ptr', 'ptr', 'size', 'ptr', 'ptr', 'ptr'],
    (k, [, , old, oldLength, fresh, freshLength, , , node]) => lookup(k, node, old, oldLength, fresh, freshLength),
  ),
};

/** The node of that name, new if there is none yet. */
function create(k: NetBsdKernel, { log, parent, name, ...rest }: NewNode): bigint {
  const above = [...k.sysctl].find(([, node]) => node === parent)?.[0];
  const path = above === undefined ? name : `${above}.${name}`;
  const known = k.sysctl.get(path);
  if (known !== undefined) return known;
  const fields = k.offsets.sysctlnode;
  const node = k.state.change.freeNodes.pop() ?? k.services.reserve(ROOM.node);
  const at = (offset: number): bigint => node + BigInt(offset);
  k.memory.fill(node, ROOM.node, 0);
  k.memory.writeUint(at(fields.flags), 4, BigInt.asUintN(32, SYSCTL_VERS_1 | BigInt(rest.flags | rest.type)));
  k.memory.writeUint(at(fields.num), 4, BigInt(k.sysctl.size + 1));
  k.memory.write(at(fields.name), Buffer.from(name, 'latin1').subarray(0, SYSCTL_NAMELEN - 1));
  k.writeWord(at(fields.data), rest.data);
  const size = rest.size > 0 ? rest.size : (SIZES[rest.type & CTLTYPE_MASK] ?? 0);
  k.writeWord(at(fields.size), BigInt(size));
  k.writeWord(at(fields.func), rest.func);
  k.writeWord(at(fields.parent), parent);
  k.sysctl.set(path, node);
  k.names.set(`sysctl.${path}`, node);
  if (log !== 0n) {
    k.sysctlLogs.set(log, [...(k.sysctlLogs.get(log) ?? []), node]);
    k.writeWord(log, node);
  }
  return node;
}

/** Reads a node's data out to `old` and writes it from `fresh`, where these are given. */
function lookup(
  k: NetBsdKernel,
  node: bigint,
  old: bigint,
  oldLength: bigint,
  fresh: bigint,
  freshLength: number,
): bigint {
  const fields = k.offsets.sysctlnode;
  const flags = Number(k.memory.readUint(node + BigInt(fields.flags), 4));
  const type = flags & CTLTYPE_MASK;
  const data = k.readWord(node + BigInt(fields.data));
  if (type === CTLTYPE_NODE || data === 0n) return BigInt(EINVAL);
  const declared = Number(k.readWord(node + BigInt(fields.size)));
  const size = type === CTLTYPE_STRING ? k.memory.readCString(data).length + 1 : declared;
  if (oldLength !== 0n) {
    const room = Number(k.readWord(oldLength));
    if (old !== 0n) k.memory.write(old, k.memory.read(data, Math.min(room, size)));
    k.writeWord(oldLength, BigInt(size));
    if (old !== 0n && room < size) return BigInt(ENOMEM);
  }
  if (fresh === 0n) return 0n;
  if ((flags & CTLFLAG_READWRITE) === 0) return EPERM;
  if (freshLength > declared || (type !== CTLTYPE_STRING && freshLength !== declared)) return BigInt(EINVAL);
  k.memory.write(data, k.memory.read(fresh, freshLength));
  return 0n;
}
