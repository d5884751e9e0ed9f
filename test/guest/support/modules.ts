import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Unpacked packages, outside the project, kept from one run to the next. */
const CACHE = resolve(import.meta.dirname, '../../../build/test-packages');

/** Architectures of Debian's kernels, with the package that depends on the newest of them. */
const KERNELS = { amd64: 'linux-image-amd64', i386: 'linux-image-686-pae' } as const;
export type ModuleMachine = keyof typeof KERNELS;

/** apt with package lists of its own, for an architecture that this system need not know. */
function apt(machine: ModuleMachine): (command: string, ...args: readonly string[]) => string {
  const root = join(CACHE, `apt-${machine}`);
  for (const folder of ['state/lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  const options = [
    `APT::Architecture=${machine}`,
    `APT::Architectures=${machine}`,
    `Dir::State=${join(root, 'state')}`,
    `Dir::Cache=${join(root, 'cache')}`,
    'Dir::State::status=/dev/null',
    'Acquire::Languages=none',
  ].flatMap((option) => ['-o', option]);
  return (command, ...args) =>
    execFileSync(command, [...options, ...args], { cwd: root, stdio: 'pipe', maxBuffer: 1 << 26 }).toString();
}

/** Fetches the newest kernel package and keeps its files of these names. */
function fetchFiles(machine: ModuleMachine, wanted: readonly string[], to: string): void {
  const run = apt(machine);
  try {
    run('apt-get', 'update');
  } catch {
    // One list of several did not come: what is there is enough, or the next step says what is missing.
  }
  const depends = run('apt-cache', 'depends', '--important', KERNELS[machine]);
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error(`${KERNELS[machine]} depends on no kernel`);
  const work = `${to}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  try {
    const root = join(CACHE, `apt-${machine}`);
    run('apt-get', 'download', name);
    const archive = readdirSync(root).find((file) => file.startsWith(`${name}_`) && file.endsWith('.deb'));
    if (archive === undefined) throw new Error('apt-get fetched nothing');
    execFileSync(
      'sh',
      ['-c', 'dpkg-deb --fsys-tarfile "$0" | tar -x --wildcards "$@"', join(root, archive), ...wanted],
      {
        cwd: work,
        stdio: 'pipe',
      },
    );
    rmSync(join(root, archive));
    renameSync(work, to);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Modules of Debian's newest kernel, fetched at first use (70 MB) and kept.
 * @returns the path of each by its name, or null with the reason printed where there is no network or no such package.
 */
export function debianModules(machine: ModuleMachine, names: readonly string[]): ReadonlyMap<string, string> | null {
  const root = join(CACHE, `modules-${machine}`);
  try {
    const wanted = names.map((module) => `*/${module}.ko*`);
    if (!existsSync(root)) fetchFiles(machine, wanted, root);
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
    const paths = names.map((name) => [name, files.find((file) => file.endsWith(`/${name}.ko`))] as const);
    const missing = paths.find(([, path]) => path === undefined);
    if (missing !== undefined) throw new Error(`no ${missing[0]}.ko in it`);
    return new Map(paths.map(([name, path]) => [name, join(root, path ?? '')]));
  } catch (error) {
    console.log(`skipped: no Debian kernel for ${machine} here (${String(error).split('\n')[0]})`);
    return null;
  }
}

/** By the bytes that a payload begins with, what unpacks it. Behind it stands its size, in four bytes. */
const UNPACKERS = [
  { magic: 'fd377a585a00', command: 'xz' },
  { magic: '28b52ffd', command: 'zstd' },
] as const;

/** The kernel in a boot loader's image (Linux, Documentation/arch/x86/boot.rst: setup_sects, payload_offset and _length). */
function unpackKernel(image: Buffer): Buffer {
  const start = ((image[0x1f1] || 4) + 1) * 512 + image.readUInt32LE(0x248);
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c));
  const unpacker = UNPACKERS.find(({ magic }) => payload.toString('hex', 0, magic.length / 2) === magic);
  if (unpacker === undefined) throw new Error('a payload that is compressed otherwise');
  const input = payload.subarray(0, -4);
  return execFileSync(unpacker.command, ['-dc'], { input, maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'pipe'] });
}

/**
 * Debian's newest kernel itself, unpacked and stripped as it is in the package, fetched at first use and kept.
 * @returns its path, or null with the reason printed where there is no network or no such package.
 */
export function debianKernel(machine: ModuleMachine): string | null {
  const root = join(CACHE, `kernel-${machine}`);
  const path = join(root, 'vmlinux');
  try {
    if (!existsSync(root)) fetchFiles(machine, ['./boot/vmlinuz-*'], root);
    const image = readdirSync(join(root, 'boot')).find((file) => file.startsWith('vmlinuz-'));
    if (image === undefined) throw new Error('no vmlinuz in it');
    if (!existsSync(path)) writeFileSync(path, unpackKernel(readFileSync(join(root, 'boot', image))));
    return path;
  } catch (error) {
    console.log(`skipped: no Debian kernel for ${machine} here (${String(error).split('\n')[0]})`);
    return null;
  }
}
