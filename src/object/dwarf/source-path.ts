import { posix } from 'node:path';

/** The path of a source file as the compiler was given it: the parts joined, `.` and `..` resolved by name. */
export function sourcePath(compileDirectory: string | null, directory: string | null, name: string): string {
  const parts = [compileDirectory, directory, name].filter((part) => part !== null && part !== '') as string[];
  // What starts with a slash starts anew.
  const first = parts.findLastIndex((part) => posix.isAbsolute(part));
  return parts.length === 0 ? '' : posix.normalize(parts.slice(Math.max(0, first)).join('/'));
}

/** Shortens paths to the last part, or to as many as tell a file from all others of the object. */
export class ShortPaths {
  readonly #paths: ReadonlySet<string>;
  readonly #byBase = new Map<string, string[]>();

  constructor(paths: Iterable<string>) {
    this.#paths = new Set(paths);
    for (const path of this.#paths) {
      const base = posix.basename(path);
      const others = this.#byBase.get(base);
      if (others === undefined) this.#byBase.set(base, [path]);
      else others.push(path);
    }
  }

  shorten(path: string): string {
    const others = this.#byBase.get(posix.basename(path))?.filter((other) => other !== path) ?? [];
    const parts = path.split('/');
    for (let kept = 1; kept < parts.length; kept++) {
      const tail = parts.slice(-kept).join('/');
      if (!others.some((other) => other === tail || other.endsWith(`/${tail}`))) return tail;
    }
    return path;
  }
}
