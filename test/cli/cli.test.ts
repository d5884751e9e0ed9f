import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runJson, spawnVmtbench, vmtbench } from '../support/cli.ts';

const DRIVER = 'fixtures/kernels/vmt-unpatched-amd64.o';
const BARE = 'fixtures/kernels/bare-amd64.o';
const GETVERSION = ['--set', 'eax=0x564d5868', '--set', 'ecx=10', '--set', 'edx=0x5658'];

const folder = mkdtempSync(join(tmpdir(), 'vmtbench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, content: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('exec', () => {
  it('runs a bare IN: GETVERSION answers in ebx', async () => {
    const { status, stdout } = await vmtbench('exec', 'ed', ...GETVERSION);
    expect([status, stdout]).toEqual([0, 'eax 0x6\nebx 0x564d5868\necx 0x4\n']);
  });

  it.each(['16', '32', '64'])('in %s-bit mode', async (bits) => {
    const { stdout } = await vmtbench('exec', bits === '16' ? '66 ed' : 'ed', '--bits', bits, ...GETVERSION);
    expect(stdout).toContain(`${bits === '64' ? 'rbx' : 'ebx'} 0x564d5868`);
  });

  it('reports a missing magic as a near miss, which is exit 0 without --strict', async () => {
    const args = ['exec', '90ed', ...GETVERSION.slice(2)];
    const { status, stdout } = await vmtbench(...args);
    expect(status).toBe(0);
    expect(stdout).toMatch(/near miss at 0x10001: in of 4 bytes on port 0x5658, without the magic/);
    expect(stdout).toMatch(/> 10001 {2}in %dx,%eax/);
    expect((await vmtbench(...args, '--strict')).status).toBe(1);
  });

  it('tells a fault, a hang, and the registers as JSON', async () => {
    const fault = await vmtbench('exec', 'a1 00 00 00 f0');
    expect([fault.status, fault.stdout]).toEqual([
      1,
      'finding read of unmapped memory at 0xf0000000\n  at 0x10000\n  The processor could not go on.\n',
    ]);
    const hang = await vmtbench('exec', 'ebfe', '--json');
    expect([hang.status, JSON.parse(hang.stdout)]).toMatchObject([
      1,
      { outcome: 'finding', findings: [{ kind: 'hang' }] },
    ]);
    const { stdout } = await vmtbench('exec', 'b8 01000000', '--json');
    expect(JSON.parse(stdout)).toEqual({ outcome: 'completed', registers: { eax: '0x1' }, findings: [], notes: [] });
  });

  it('tells an interrupt at its own instruction, and sets negative numbers', async () => {
    expect((await vmtbench('exec', '90 cc')).stdout).toContain('at 0x10001\n');
    expect((await vmtbench('exec', '90 cd80')).stdout).toContain('at 0x10001\n');
    expect((await vmtbench('exec', '89 d8', '--set', 'ebx=-1')).stdout).toBe('eax 0xffffffff\n');
  });

  it.each([
    ['vmware', '0x80002001', ['eax 0x0', 'ebx 0x0']],
    ['qemu', '0x80002001', ['unowned port']],
    ['none', '0x2001', ['unowned port']],
  ])('has the processor and the devices of the host: %s', async (personality, features, balloon) => {
    const host = ['--host', `personality=${personality}`];
    const cpuid = await vmtbench('exec', '0fa2', '--set', 'eax=1', ...host);
    expect(cpuid.stdout).toContain(`ecx ${features}`);
    const target = ['--set', 'eax=0x456c6d6f', '--set', 'ecx=1', '--set', 'edx=0x5670', '--set', 'ebx=9'];
    const { stdout } = await vmtbench('exec', 'ed', ...target, ...host);
    for (const text of balloon) expect(stdout).toContain(text);
  });

  it('takes a file of raw code', async () => {
    const { stdout } = await vmtbench('exec', file('snippet.bin', Uint8Array.of(0xed)), ...GETVERSION);
    expect(stdout).toContain('ebx 0x564d5868');
  });
});

describe('call', () => {
  it('calls a function with a buffer, and shows what became of it', async () => {
    // A register frame: eax ebx ecx edx esi edi ebp, 8 bytes each, for GETVERSION.
    const frame = ['68584d5600000000', '0000000000000000', '0a00000000000000', '5856000000000000']
      .join('')
      .padEnd(112, '0');
    const { status, stdout } = await vmtbench('call', BARE, 'bare_in', `hex:${frame}`, '--json');
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ outcome: 'returned', ports: { accesses: 1 } });
    expect(report.buffers).toHaveLength(1);
    expect(report.buffers[0].text).toMatch(/^0600000000000000 ?68584d56/);
  });

  it('brings a driver up first, and reads what the host holds through it', async () => {
    const { stdout, status } = await vmtbench('call', DRIVER, 'vmt_probe', '--json');
    expect([status, JSON.parse(stdout)]).toMatchObject([0, { outcome: 'returned', result: '0x1' }]);
  });

  it.each([
    [['call', DRIVER, 'no_such_function'], /no symbol no_such_function/],
    [['call', DRIVER, 'vmt_probe', '@nowhere'], /no symbol nowhere/],
    [['call', DRIVER, 'vmt_probe', 'buf:0'], /no buffer/],
    [['call', DRIVER, 'vmt_probe', 'hex:0'], /not hex/],
    [['call', DRIVER, 'vmt_probe', 'bufs:64'], /no argument/],
    [['call', DRIVER, 'vmt_probe', '1.5'], /no argument/],
    [['call', DRIVER, 'vmt_probe', '"open'], /no argument/],
  ])('%j is unusable', async (args, message) => {
    const { status, stderr } = await vmtbench(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('prints what has no newline yet, and names the faults and events that never triggered', async () => {
    const { stdout } = await vmtbench('call', DRIVER, 'printf', '"hi"', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ result: '0x2', console: ['hi'] });
    const late = await vmtbench('call', DRIVER, 'vmt_probe', '--fault', 'tclo.send nth=5 refuse', '--strict', '--json');
    expect(late.status).toBe(1);
    expect(JSON.parse(late.stdout).notes).toEqual(['the fault "tclo.send nth=5 refuse" never triggered']);
  });

  it('a finding has the shape that it has everywhere', async () => {
    const { status, stdout } = await vmtbench('call', BARE, 'bare_in', '0', '--json');
    expect(status).toBe(1);
    const { findings, result } = JSON.parse(stdout);
    expect(result).toBeNull();
    expect(findings[0]).toMatchObject({
      kind: 'fault',
      function: 'bare_in',
      plan: { kernel: 'bare', events: [], faults: [], seed: 0 },
      repeat: `vmtbench call ${BARE} bare_in 0 --kernel bare`,
    });
  });
});

describe('run', () => {
  it('prints the console with virtual time stamps, host events between, findings last', async () => {
    const { status, stdout } = await vmtbench('run', DRIVER, '--for', '40s', '--event', 'at=5s tclo.break');
    expect(status).toBe(1);
    expect(stdout).toMatch(/kernel openbsd \(guessed from its imports\)/);
    const [event, line, finding] = [
      'host: tclo.break',
      'failed to send TCLO outgoing ping',
      'finding the guest never recovers',
    ].map((text) => stdout.indexOf(text)) as [number, number, number];
    expect(event).toBeGreaterThan(0);
    expect(line).toBeGreaterThan(event);
    expect(finding).toBeGreaterThan(line);
    expect(stdout).toMatch(/^\[ {5}5\.\d{6}\] host: tclo\.break$/m);
    expect(stdout).toMatch(/repeat: vmtbench run fixtures\S+ --for 40s --kernel openbsd --event 'at=5s tclo\.break'/);
  });

  it('--json has the documented shape', async () => {
    const report = await runJson(DRIVER, '--for', '10s');
    expect(Object.keys(report).sort()).toEqual(
      [
        'console',
        'findings',
        'host',
        'notes',
        'outcome',
        'ports',
        'sites',
        'status',
        'stubsCalled',
        'virtualSeconds',
      ].sort(),
    );
    expect(Object.keys(report.host)).toEqual(['tcloOpens', 'rpciOpens', 'channelsOpen', 'rpciCommands', 'tcloReplies']);
    expect(report).toMatchObject({ outcome: 'completed', findings: [], status: 0 });
    expect(report.stubsCalled).toContain('timeout_add_sec');
  });

  it('a finding carries what repeats it', async () => {
    const { stdout } = await vmtbench(
      'run',
      DRIVER,
      '--json',
      '--for',
      '40s',
      '--event',
      'at=5s tclo.break',
      '--seed',
      '7',
    );
    const { findings } = JSON.parse(stdout);
    expect(findings[0]).toMatchObject({
      kind: 'invariant',
      invariant: 'recovers',
      address: expect.stringMatching(/^0x[0-9a-f]+$/),
      function: expect.any(String),
      plan: { kernel: 'openbsd', for: '40s', host: {}, events: ['at=5s tclo.break'], faults: [], seed: 7 },
      repeat: `vmtbench run ${DRIVER} --for 40s --kernel openbsd --event 'at=5s tclo.break' --seed 7`,
    });
    expect(findings[0].lastAccesses).toHaveLength(8);
  });

  it('a guest that the host shuts down ends halted', async () => {
    for (const how of ['halt', 'reboot']) {
      const report = await runJson(DRIVER, '--event', `at=5s ${how}`);
      expect(report).toMatchObject({ outcome: 'halted', findings: [] });
      expect(report.virtualSeconds).toBeLessThan(10);
    }
  });

  it('what a plan names and never comes is a note, and exit 1 under --strict', async () => {
    const args = [DRIVER, '--for', '5s', '--fault', 'rpci.send nth=9999 refuse', '--event', 'after=ping:50 reset'];
    const report = await runJson(...args);
    expect(report.notes).toEqual([
      'the fault "rpci.send nth=9999 refuse" never triggered',
      'the event "after=ping:50 reset" never triggered',
    ]);
    expect(report.status).toBe(0);
    expect((await runJson(...args, '--strict')).status).toBe(1);
  });

  it('what cannot be judged yet is a note', async () => {
    const { notes, findings } = await runJson(DRIVER, '--for', '20s', '--fault', 'tclo.send nth=1 refuse');
    expect(findings).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(/^recovers is undecided: .* run until 31\.\d+s at least$/)]);
  });

  it('a guest that never answers the greeting has not recovered', async () => {
    const { findings } = await runJson(
      DRIVER,
      '--for',
      '60s',
      '--fault',
      'tclo.send nth=1 refuse',
      '--fault',
      'tclo.send nth=2 refuse',
      '--fault',
      'tclo.send every from=1s refuse',
    );
    expect(findings.map(({ invariant }) => invariant)).toContain('recovers');
  });

  it('findings show the accesses that they are about', async () => {
    const { stdout } = await vmtbench('run', DRIVER, '--json', '--event', 'at=5s tclo.break');
    for (const { function: name, lastAccesses } of JSON.parse(stdout).findings) {
      expect(lastAccesses.at(-1)).toMatch(/tclo\.sendsize #0.*: refused/);
      expect(name).toBe('vm_rpc_send');
    }
  });

  it('a driver that does not attach is a note, and exit 1 under --strict', async () => {
    const args = [DRIVER, '--host', 'personality=none', '--for', '5s'];
    const report = await runJson(...args);
    expect([report.status, report.outcome]).toEqual([0, 'completed']);
    expect(report.notes).toContain('the driver did not attach: its match function found no device');
    expect((await runJson(...args, '--strict')).status).toBe(1);
  });

  it('events come on conditions and again and again', async () => {
    const after = await runJson(DRIVER, '--for', '40s', '--event', 'after=OS_PowerOn:1 tclo.send hello');
    expect(after.host.tcloReplies).toContain('ERROR Unknown command');
    const console = await runJson(DRIVER, '--for', '20s', '--event', 'console=/at pvbus0/ tclo.send hello');
    expect(console.host.tcloReplies).toContain('ERROR Unknown command');
    const every = await runJson(DRIVER, '--for', '21s', '--event', 'every=5s tclo.send hello');
    expect(every.host.tcloReplies.filter((reply) => reply === 'ERROR Unknown command')).toHaveLength(4);
  });

  it('the same run gives the same trace, byte for byte', async () => {
    const paths = ['one.vmt', 'two.vmt'].map((name) => join(folder, name)) as [string, string];
    for (const path of paths) {
      await vmtbench('run', DRIVER, '--for', '30s', '--event', 'at=5s suspend', '--trace', path, '--json');
    }
    const [one, two] = paths.map((path) => readFileSync(path)) as [Buffer, Buffer];
    expect(one.length).toBeGreaterThan(10_000);
    expect(one.equals(two)).toBe(true);
    const { status, stdout } = await vmtbench('trace', paths[0]);
    expect(status).toBe(0);
    expect(stdout).toContain('> "tools.os.statechange.status 1 5"');
  });
});

describe('unusable input is exit 2, with what to do', () => {
  const truncated = file('cut.o', readFileSync(DRIVER).subarray(0, 3000));
  it.each([
    [['run', 'no-such.o'], /cannot read no-such\.o/],
    [['run', 'fixtures'], /not a file/],
    [['run', 'package.json'], /not an ELF file/],
    [['run', truncated], /cut\.o/],
    [['run', DRIVER, '--kernel', 'plan9'], /plan9/],
    [['run', DRIVER, '--for', '60'], /no time/],
    [['run', DRIVER, '--for', '1000000h'], /too long/],
    [['run', BARE], /nothing to boot/],
    [['run', truncated, '--trace', truncated], /cut\.o/],
    [['exec', 'ed', '--set', 'eax=0x1ffffffff'], /does not fit/],
    [['help', 'bogus'], /unknown command/],
    [['run', DRIVER, '--host', 'nonsense'], /no host option/],
    [['run', DRIVER, '--host', 'session=half'], /session cannot be half/],
    [['run', DRIVER, '--host', 'maxChannels=many'], /maxChannels/],
    [['run', DRIVER, '--event', 'at=5s nothing'], /no event nothing/],
    [['run', DRIVER, '--fault', 'rpci.open checkpoint'], /means nothing at open/],
    [['run', DRIVER, '--seed', '-1'], /--seed|option/],
    [['run', DRIVER, '--bogus'], /unknown option/],
    [['run', DRIVER, '--trace', '/no/such/folder/t.vmt', '--for', '1s'], /trace/],
    [['run'], /missing required argument/],
    [['exec', 'ed', '--bits', '8'], /--bits 8/],
    [['exec', 'ed', '--set', 'eax'], /cannot set eax/],
    [['exec', 'ed', '--set', 'rax=1'], /cannot set rax=1/],
    [['exec', ''], /not hex/],
    [['exec', DRIVER], /an object, not raw code/],
    [['bogus'], /unknown command/],
  ])('%j', async (args, message) => {
    const { status, stderr } = await vmtbench(...args);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });
});

describe('as a process', () => {
  it('exits with its status, and doctor finds everything', async () => {
    const doctor = await spawnVmtbench('doctor');
    expect(doctor.status).toBe(0);
    expect(doctor.stdout.match(/^ok /gm)).toHaveLength(5);
    const { status, stderr } = await spawnVmtbench('run', 'no-such.o');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: cannot read no-such\.o/);
    expect((await spawnVmtbench('--help')).status).toBe(0);
  });
});
