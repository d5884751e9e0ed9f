import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Unpacked packages, kept from one run to the next. Git ignores the folder. */
const CACHE = resolve(import.meta.dirname, '../../../build/test-packages');

/**
 * A file of a Debian package, fetched and unpacked at first use.
 * @returns its path, or null with the reason printed where this machine has no such package or no network.
 */
export function debianFile(packageName: string, pattern: RegExp): string | null {
  const root = join(CACHE, packageName);
  try {
    if (!existsSync(join(root, 'done'))) {
      mkdirSync(root, { recursive: true });
      execFileSync('apt-get', ['download', packageName], { cwd: root, stdio: 'pipe' });
      const archive = readdirSync(root).find((name) => name.endsWith('.deb'));
      if (archive === undefined) throw new Error('apt-get fetched nothing');
      execFileSync('dpkg-deb', ['-x', archive, 'done'], { cwd: root, stdio: 'pipe' });
    }
    const found = readdirSync(join(root, 'done'), { recursive: true, encoding: 'utf8' }).find((path) =>
      pattern.test(path),
    );
    if (found !== undefined) return join(root, 'done', found);
    throw new Error(`no file like ${pattern} in it`);
  } catch (error) {
    console.log(`skipped: no Debian package ${packageName} here (${String(error).split('\n')[0]})`);
    return null;
  }
}
