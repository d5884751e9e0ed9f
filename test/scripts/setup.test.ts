import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
/** Debian 13 has the libunicorn that is wanted; everywhere else it is fetched. */
const hasUnicorn = existsSync('/etc/os-release') && readFileSync('/etc/os-release', 'utf8').includes('=trixie\n');
const NAMES = [...(hasUnicorn ? ['libunicorn-dev'] : []), 'libxxhash-dev', 'g++', 'make', 'pkg-config', 'python3'];
const PACKAGES = NAMES.join(' ');
const FETCH = hasUnicorn ? '' : "would fetch libunicorn 2\\.1\\.1 from Debian 13's archive\\n";
/** What an apt-get says that knows one archive. */
const URIS = `case "$*" in *--print-uris*)
  . /etc/os-release; echo "'http://mirror.example/debian/dists/$VERSION_CODENAME/InRelease' x 0"; exit 0;;
esac`;
const NOBODY = 65534;

let scratch: string;
let programs: string;

/** A clone before its first set-up, on a machine whose PATH has Node and nothing else. */
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'vmtbench-setup-'));
  chmodSync(scratch, 0o777);
  cpSync(join(root, 'scripts'), join(scratch, 'scripts'), { recursive: true });
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json'])
    cpSync(join(root, name), join(scratch, name));
  mkdirSync(join(scratch, 'src/cpu/native'), { recursive: true });
  programs = join(scratch, 'bin');
  mkdirSync(programs);
  symlinkSync(process.execPath, join(programs, 'node'));
});

afterEach(() => rmSync(scratch, { recursive: true, force: true }));

/** A program that notes how it was called, with the rest of a shell script. */
function install(name: string, script: string): void {
  const text = `#!/bin/sh\necho "${name} $*" >> ${join(scratch, 'calls')}\n${script}\n`;
  writeFileSync(join(programs, name), text, { mode: 0o755 });
}

const calls = (): string[] => {
  const file = join(scratch, 'calls');
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
};

function setup(
  args: readonly string[],
  { env, ...user }: { uid?: number; env?: NodeJS.ProcessEnv } = {},
): { status: number | null; text: string } {
  const options = { cwd: scratch, env: { PATH: programs, ...env }, encoding: 'utf8', ...user } as const;
  const result = spawnSync(process.execPath, [join(scratch, 'scripts/setup.mjs'), ...args], options);
  return { status: result.status, text: result.stdout + result.stderr };
}

/** Not root: by giving root up where the tests have it. */
const asUser = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
const canBeUser = spawnSync(process.execPath, ['-e', ''], asUser).status === 0;

describe('set-up', () => {
  it('tells in a dry run what is missing and what it would do', () => {
    const { status, text } = setup(['--dry-run', '--also', 'gdb']);
    expect(status).toBe(0);
    expect(text).toContain(`apt-get install -y --no-install-recommends ${PACKAGES} gdb`);
    expect(text).toMatch(new RegExp(`would npm ci\n${FETCH}would build the addon .*\nwould compile src to dist\n$`));
    expect(existsSync(join(scratch, 'build'))).toBe(false);
  });

  it('names the packages where there is no apt-get', () => {
    const { status, text } = setup([]);
    expect(status).toBe(2);
    expect(text).toContain(NAMES.join(', '));
    expect(text).toContain('no apt-get here');
  });

  it.skipIf(!canBeUser).each([
    ['without sudo', null, `su -c 'apt-get update && apt-get install -y --no-install-recommends ${PACKAGES}'`],
    [
      'with a sudo that asks for a password',
      'exit 1',
      `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${PACKAGES}`,
    ],
  ])('prints the one command to type to a user %s', (_, sudo, command) => {
    install('apt-get', 'exit 0');
    if (sudo !== null) install('sudo', sudo);
    const { status, text } = setup([], asUser);
    expect(status).toBe(2);
    expect(text.split('\n')).toContain(`  ${command}`);
    expect(calls().filter((call) => call.startsWith('apt-get'))).toEqual([]);
  });

  it.skipIf(!canBeUser)('installs through a sudo that asks nothing, and looks again afterwards', () => {
    symlinkSync('/usr/bin/env', join(programs, 'env'));
    symlinkSync('/bin/true', join(programs, 'true'));
    writeFileSync(join(scratch, 'calls'), '', { mode: 0o666 });
    chmodSync(join(scratch, 'calls'), 0o666);
    install('sudo', 'shift; exec "$@"');
    install('apt-get', 'exit 0');
    const { status, text } = setup([], asUser);
    expect(calls().filter((call) => call.startsWith('apt-get'))).toEqual([
      'apt-get update',
      `apt-get install -y --no-install-recommends ${PACKAGES}`,
    ]);
    expect(status).toBe(2);
    expect(text).toContain('cannot be found afterwards');
  });

  it('shows the command that failed, its last lines and what to do', () => {
    symlinkSync('/usr/bin/env', join(programs, 'env'));
    if (process.getuid?.() !== 0) install('sudo', 'shift; exec "$@"');
    install('apt-get', 'echo "E: no such repository"; exit 100');
    symlinkSync('/bin/true', join(programs, 'true'));
    const { status, text } = setup([]);
    expect(status).toBe(2);
    expect(text).toMatch(/command: .*apt-get update\n/);
    expect(text).toContain('    E: no such repository\n');
    expect(text).toContain('ended with status 100');
    expect(text).not.toContain(' at ');
  });

  it('refuses a libunicorn that it does not know', () => {
    const { status, text } = setup(['--dry-run'], { env: { VMTBENCH_UNICORN: '1.0' } });
    expect([status, text]).toEqual([2, expect.stringMatching(/^VMTBENCH_UNICORN=1\.0 is unknown: .*\n$/)]);
  });

  it('takes the libunicorn that pkg-config finds where it is told to', () => {
    const { status, text } = setup(['--dry-run'], { env: { VMTBENCH_UNICORN: 'system' } });
    expect(status).toBe(0);
    expect(text).toContain('apt-get install -y --no-install-recommends libunicorn-dev ');
    expect(text).not.toContain('would fetch');
  });

  it.skipIf(hasUnicorn).each([
    ['no apt-get', null, 'is not here, and no Debian archive is known to apt'],
    ['no network', `${URIS}\necho 'E: Could not connect'; exit 100`, "cannot be fetched from Debian 13's archive"],
  ])('says in one line that libunicorn cannot be had: %s', (_, aptGet, reason) => {
    for (const name of ['g++', 'make', 'python3']) install(name, 'exit 0');
    install('pkg-config', 'test "$2" = libxxhash');
    if (aptGet !== null) install('apt-get', aptGet);
    writeFileSync(join(scratch, 'package-lock.json'), '{}');
    mkdirSync(join(scratch, 'node_modules'));
    writeFileSync(join(scratch, 'node_modules/.package-lock.json'), '{}');
    const { status, text } = setup([]);
    expect(status).toBe(2);
    expect(text.trimEnd().split('\n').at(-1)).toContain(`libunicorn 2.1.1 ${reason}`);
    expect(text).toContain('VMTBENCH_UNICORN=system');
  });

  it('refuses an option that it does not know', () => {
    const { status, text } = setup(['--fast']);
    expect(status).toBe(2);
    expect(text).toContain('usage: node scripts/setup.mjs');
  });
});

describe('what is installed from npm', () => {
  const here = { os: [process.platform], cpu: [process.arch] };
  const elsewhere = { os: ['plan9'], cpu: ['pdp11'] };
  const asked = {
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: 'A' },
    'node_modules/native': { version: '1.0.0', optional: true, ...here },
    'node_modules/foreign': { version: '1.0.0', optional: true, ...elsewhere },
  };
  const { '': _, 'node_modules/foreign': __, ...complete } = asked;
  const { 'node_modules/native': ___, ...withoutNative } = complete;

  function arrange(present: Record<string, object> | null): void {
    writeFileSync(join(scratch, 'package-lock.json'), JSON.stringify({ packages: asked }));
    if (present === null) return;
    for (const path of Object.keys(present)) {
      mkdirSync(join(scratch, path), { recursive: true });
      writeFileSync(join(scratch, path, 'package.json'), '{}');
    }
    mkdirSync(join(scratch, 'node_modules'), { recursive: true });
    writeFileSync(join(scratch, 'node_modules/.package-lock.json'), JSON.stringify({ packages: present }));
  }

  it.each([
    ['all that this machine needs', complete, true],
    ['nothing', null, false],
    ['an empty folder', {}, false],
    ["one version's neighbour", { ...complete, 'node_modules/a': { version: '1.0.1', integrity: 'A' } }, false],
    [
      'other content of the same version',
      { ...complete, 'node_modules/a': { version: '1.0.0', integrity: 'B' } },
      false,
    ],
    ['a package that is no longer asked for', { ...complete, 'node_modules/old': { version: '1.0.0' } }, false],
    ["no package for this machine's processor", withoutNative, false],
  ])('with %s', (_name, present, expected) => {
    arrange(present);
    expect(setup(['--dry-run']).text.includes('would npm ci')).toBe(!expected);
  });

  it('with a package whose folder is gone', () => {
    arrange(complete);
    rmSync(join(scratch, 'node_modules/a'), { recursive: true });
    expect(setup(['--dry-run']).text).toContain('would npm ci');
  });
});

describe("continuous integration's last line", () => {
  const summary = (report: object | null, ...args: string[]): { status: number | null; line: string } => {
    const file = join(scratch, 'report.json');
    if (report !== null) writeFileSync(file, JSON.stringify(report));
    const result = spawnSync(process.execPath, [join(root, '.ci/summary.mjs'), file, ...args], { encoding: 'utf8' });
    return { status: result.status, line: result.stdout.trimEnd().split('\n').at(-1) ?? '' };
  };
  const counts = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  const broken = { status: 'failed', assertionResults: [] };

  it.each([
    ['a clean run', counts, ['0', '1', '0'], 0, '8 passed, 0 failed'],
    ['skipped tests', { ...counts, numPendingTests: 2 }, ['0', '0', '0'], 0, '7 passed, 0 failed, 2 skipped'],
    ['failed tests', { ...counts, numFailedTests: 2 }, ['1', '0', '0'], 1, '7 passed, 2 failed'],
    ['a file that does not load', { ...counts, testResults: [broken] }, ['1', '0', '0'], 1, '7 passed, 1 failed'],
    ['an error outside of the tests', counts, ['1', '0', '0'], 1, '7 passed, 1 failed'],
    ['a failed extra', counts, ['0', '1', '1'], 1, '8 passed, 1 failed'],
    ['no test', { ...counts, numPassedTests: 0 }, ['0', '0', '0'], 1, '0 passed, 1 failed'],
    ['no report', null, ['0', '0', '0'], 1, '0 passed, 1 failed'],
  ])('after %s', (_, report, args, status, line) => {
    expect(summary(report, ...args)).toEqual({ status, line });
  });
});
