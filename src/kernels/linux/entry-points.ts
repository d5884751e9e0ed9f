import type { EntryPoints } from '../../guest/index.ts';
import type { LinuxKernel } from './kernel.ts';

/** What users of a module call it for: `unload` is rmmod(8). A module without cleanup_module stays for good. */
export function entryPoints({ services }: LinuxKernel): EntryPoints {
  const imported = services.object.imports.some(({ name }) => name === 'cleanup_module');
  const exit = imported ? null : services.symbol('cleanup_module');
  return exit === null ? new Map() : new Map([['unload', () => services.call(exit, []).outcome]]);
}
