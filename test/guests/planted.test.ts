import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { vmtbench } from '../support/cli.ts';

/** One error a driver of fixtures/kernels/planted: by command line, with the report that a user gets. */

const KERNELS = 'fixtures/kernels';
const folder = mkdtempSync(join(tmpdir(), 'vmtbench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `vmt_nic.c:181`: the only line of a source that holds the text. */
function lineOf(source: string, text: string): string {
  const lines = readFileSync(join(KERNELS, source), 'utf8').split('\n');
  const found = lines.flatMap((line, i) => (line.includes(text) ? [i + 1] : []));
  expect([source, text, found]).toEqual([source, text, [expect.any(Number)]]);
  return `${source.split('/').at(-1)}:${found[0]}`;
}

interface Planted {
  readonly error: string;
  readonly flags: readonly string[];
  readonly title: RegExp;
  readonly function: string;
  /** The line that does it: a source and what stands there. */
  readonly line: readonly [string, string];
  /** What is known of the memory: words, and places in them. */
  readonly history: readonly (string | { readonly function?: string; readonly line: readonly [string, string] })[];
}

const REPLY_BUFFER = {
  function: 'vmt_attach',
  line: ['vmt.c', 'sc->sc_rpc_buf = malloc(VMT_RPC_BUFLEN'],
} as const;

const PLANTED: readonly Planted[] = [
  {
    error: 'overflow',
    flags: ['--fault', 'rpci.recvsize nth=3 oversize size=4096'],
    title: /^out of bounds write: 1 byte at 0x[0-9a-f]+, 1 byte past the end of a block of 4096 bytes$/,
    function: 'vm_rpc_get_data',
    line: ['vmt_rpc.c', "data[length] = '\\0';"],
    history: ['It was allocated at ', REPLY_BUFFER],
  },
  {
    error: 'use-after-free',
    flags: [],
    title: /^use after free: 1 byte at 0x[0-9a-f]+, 17 bytes into a freed block of \d+ bytes$/,
    function: 'vmt_nicinfo_task',
    line: ['planted/use-after-free.c', '/* planted */'],
    history: [
      'It was allocated at ',
      { function: 'vmt_nicinfo_task', line: ['planted/use-after-free.c', 'info = malloc('] },
      ', freed at ',
      { function: 'vmt_nicinfo_task', line: ['planted/use-after-free.c', 'free(before'] },
    ],
  },
  {
    error: 'double-free',
    flags: [],
    title: /^free: 0x[0-9a-f]+ is free already$/,
    function: 'vmt_nicinfo_task',
    line: ['vmt_nic.c', 'free(sc->sc_nic_info'],
    history: [
      'It was allocated at ',
      { function: 'vmt_nicinfo_task', line: ['vmt_nic.c', 'info = malloc('] },
      ', freed at ',
      { function: 'vmt_clear_guest_info', line: ['planted/double-free.c', 'free(sc->sc_nic_info'] },
    ],
  },
  {
    error: 'stack-overflow',
    flags: ['--hostname', `${'a-long-name.'.repeat(12)}example.org`],
    title: /^stack overflow: a store of 1 byte at 0x[0-9a-f]+ runs over a return address$/,
    function: 'vmt_update_guest_names',
    line: ['planted/stack-overflow.c', '/* planted */'],
    history: ['A local array is too small for what is written to it'],
  },
  {
    error: 'uninitialised',
    flags: [],
    title: /^uninitialised bytes are sent to the host: 40 bytes at 0x[0-9a-f]+, 39 bytes into a block of 4096 bytes$/,
    function: 'vm_rpc_send',
    line: ['vmt_rpc.c', 'vm_outs(&frame);'],
    history: ['It was allocated at ', REPLY_BUFFER],
  },
  {
    error: 'global-overflow',
    flags: ['--hostname', 'a-label-of-21-letters.example.org'],
    title: /^out of bounds write: 1 byte at 0x[0-9a-f]+, 1 byte past the end of vmt_label, a global of 13 bytes$/,
    function: 'vmt_update_guest_names',
    line: ['planted/global-overflow.c', 'vmt_label[i] = hostname[i];'],
    history: ['It is defined at ', { line: ['planted/global-overflow.c', 'static char vmt_label[13];'] }],
  },
  {
    error: 'global-copy',
    flags: ['--hostname', 'a-label-of-21-letters.example.org'],
    title:
      /^strlcpy: out of bounds write: \d+ bytes at 0x[0-9a-f]+, 0 bytes into vmt_short, a global of 16 bytes, and \d+ bytes past its end$/,
    function: 'vmt_update_guest_names',
    line: ['planted/global-copy.c', '/* planted */'],
    history: ['It is defined at ', { line: ['planted/global-copy.c', '} vmt_short;'] }],
  },
  {
    error: 'global-receive',
    flags: ['--fault', 'rpci.recvsize nth=3 oversize size=4096'],
    title:
      /^out of bounds write: \d+ bytes at 0x[0-9a-f]+, 0 bytes into vmt_answer, a global of 64 bytes, and \d+ bytes past its end$/,
    function: 'vm_rpc_get_data',
    line: ['vmt_rpc.c', 'vm_ins(&frame);'],
    history: ['It is defined at ', { line: ['planted/global-receive.c', 'static char vmt_answer[64];'] }],
  },
];

interface Report {
  readonly findings: readonly {
    readonly kind: string;
    readonly invariant?: string;
    readonly title: string;
    readonly explanation: string;
    readonly function?: string;
    readonly line?: string;
    readonly stack: readonly string[];
    readonly repeat: string;
  }[];
}

async function findings(...args: readonly string[]): Promise<Report['findings']> {
  const { stdout, stderr, status } = await vmtbench('run', ...args, '--json');
  expect([status < 2, stderr]).toEqual([true, '']);
  return (JSON.parse(stdout) as Report).findings;
}

/** The explanation that is expected; without debug information there are no lines in it. */
const explained = (history: Planted['history'], lines: boolean): RegExp =>
  // Without lines a variable has an address only.
  new RegExp(
    `^${(lines || !history[0]?.toString().startsWith('It is defined') ? history : ['It lies at 0x[0-9a-f]+'])
      .map((part) => {
        if (typeof part === 'string') return part;
        if (part.function === undefined) return lineOf(...part.line).replaceAll('.', '\\.');
        const line = lines ? ` \\(${lineOf(...part.line).replaceAll('.', '\\.')}\\)` : '';
        return `${part.function}\\+0x[0-9a-f]+${line}`;
      })
      .join('')}\\.$`,
  );

/** The same object with its debug information out of sight: the sections go by other names. */
function withoutLines(object: string): string {
  const path = join(folder, object.split('/').at(-1) ?? '');
  writeFileSync(path, readFileSync(object, 'latin1').replaceAll('.debug_', '.hidden'), 'latin1');
  return path;
}

const machines = ['amd64', 'i386'];
const cases = machines.flatMap((machine) => PLANTED.map((planted) => ({ machine, ...planted })));

describe('a planted error is found', () => {
  it.each(cases)('$error, $machine: kind, function, line, and the history of the block', async (planted) => {
    const found = await findings(`${KERNELS}/planted/${planted.error}-${planted.machine}.o`, ...planted.flags);
    expect(found).toMatchObject([
      { kind: 'memory', invariant: 'memorySafe', function: planted.function, line: lineOf(...planted.line) },
    ]);
    expect(found[0]?.title).toMatch(planted.title);
    expect(found[0]?.explanation).toMatch(explained(planted.history, true));
    expect(found[0]?.stack[0]).toContain(lineOf(...planted.line));
  });

  it.each(cases)('$error, $machine: without debug information too', async (planted) => {
    const object = withoutLines(`${KERNELS}/planted/${planted.error}-${planted.machine}.o`);
    const found = await findings(object, ...planted.flags);
    expect(found).toMatchObject([{ kind: 'memory', invariant: 'memorySafe', function: planted.function }]);
    expect(found[0]?.line).toBeUndefined();
    expect(found[0]?.title).toMatch(planted.title);
    expect(found[0]?.explanation).toMatch(explained(planted.history, false));
  });

  it.each(machines)('and not in the sound driver under the same circumstances, %s', async (machine) => {
    for (const { flags } of PLANTED) {
      expect([flags, await findings(`${KERNELS}/vmt-patched-${machine}.o`, ...flags)]).toEqual([flags, []]);
    }
  });

  it('and prints for people what it says as JSON', async () => {
    const { stdout, status } = await vmtbench('run', `${KERNELS}/planted/use-after-free-amd64.o`);
    expect(status).toBe(1);
    expect(stdout).toContain(`use-after-free.c:${lineOf('planted/use-after-free.c', 'free(before').split(':')[1]}`);
  });
});

describe('--no-memory-check', () => {
  it('lets the guest write past the end of its buffer', async () => {
    const [overflow] = PLANTED;
    const args = [`${KERNELS}/planted/overflow-amd64.o`, ...(overflow?.flags ?? [])];
    expect(await findings(...args, '--no-memory-check')).toEqual([]);
    expect(await findings(...args)).toHaveLength(1);
  });

  it('is in the command that repeats the run, with the host name', async () => {
    const object = `${KERNELS}/planted/double-free-amd64.o`;
    const [found] = await findings(object, '--no-memory-check', '--hostname', 'a.b');
    expect(found?.repeat).toMatch(/ --hostname a\.b --no-memory-check$/);
  });
});

describe('--hostname', () => {
  it.each([
    ['longer than the kernels allow', 'a'.repeat(256)],
    ['with a blank', 'a b'],
  ])('refuses one %s', async (_, name) => {
    const { status, stderr } = await vmtbench('run', `${KERNELS}/vmt-patched-amd64.o`, '--hostname', name);
    expect([status, stderr]).toEqual([2, expect.stringContaining('no kernel has that name')]);
  });
});
