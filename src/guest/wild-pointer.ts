import { VmtbenchError } from '../errors.ts';
import type { ObjectFile } from '../object/index.ts';
import { BadAccess } from './checked-memory.ts';

/**
 * Work of the kernel around an object that reads the object's own tables, which may point anywhere.
 * @throws VmtbenchError `guest.object`
 */
export function readingTables<T>({ name }: ObjectFile, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof BadAccess)) throw error;
    const hint = 'The object is damaged, or was compiled for another kernel than --kernel says.';
    throw new VmtbenchError('guest.object', `${name}: its tables point astray: ${error.message}`, hint, {
      cause: error,
    });
  }
}
