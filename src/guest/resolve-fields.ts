import { VmtbenchError } from '../errors.ts';
import type { Image, ObjectFile } from '../object/index.ts';
import type { MemoryAccess } from './memory.ts';
import type { CallResult } from './outcome.ts';

/** What the object's own functions choose at load time (ifunc). @param call runs one of them. */
export function resolveFields(
  object: ObjectFile,
  { resolved }: Image,
  memory: MemoryAccess,
  call: (resolver: bigint) => CallResult,
): void {
  for (const { place, resolver } of resolved) {
    const { outcome, value } = call(resolver);
    if (outcome !== null) {
      const message = `${object.name}: the resolver at 0x${resolver.toString(16)} did not return (${outcome.kind})`;
      throw new VmtbenchError('elf.resolver', message, 'Give an object without run-time resolvers (ifunc).');
    }
    memory.writeUint(place, object.bits === 64 ? 8 : 4, value);
  }
}
