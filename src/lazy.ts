import { createRequire } from 'node:module';

/**
 * A package that is loaded at its first use, and not by commands that never use it: each of them is a good part of the
 * time that `vmtbench run` takes to start. @param name of a package that CommonJS can load.
 */
export function lazy<T>(name: string): () => T {
  let loaded: T | undefined;
  return () => {
    loaded ??= createRequire(import.meta.url)(name) as T;
    return loaded;
  };
}
