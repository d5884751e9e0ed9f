import type { EntryPoints } from '../../guest/index.ts';
import { fileEntry } from './files.ts';
import type { LinuxKernel } from './kernel.ts';
import { exitModule } from './module.ts';

/** What users of a module call it for: `unload` is rmmod(8), `file` reads and writes its files. A module without cleanup_module stays for good. */
export function entryPoints(k: LinuxKernel): EntryPoints {
  const { services } = k;
  const imported = services.object.imports.some(({ name }) => name === 'cleanup_module');
  const exit = imported ? null : services.symbol('cleanup_module');
  const unload: EntryPoints = exit === null ? new Map() : new Map([['unload', () => exitModule(k, exit)]]);
  return new Map([...fileEntry(k), ...unload]);
}
