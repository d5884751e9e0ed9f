/**
 * Tests of a compiled driver, to be copied: put your own object in the place of DRIVER.
 *
 *   npm install --save-dev vitest vmtbench
 *   npx vitest run
 */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vmtbench/vitest';

const DRIVER = fileURLToPath(new URL('../fixtures/kernels/vmt-patched-amd64.o', import.meta.url));
const UNPATCHED = fileURLToPath(new URL('../fixtures/kernels/vmt-unpatched-amd64.o', import.meta.url));

test('attaches, and answers what the host asks', ({ guest }) => {
  const execution = guest(DRIVER).run('10s');
  expect(execution).toTalk([
    '...',
    'TCLO open',
    'TCLO < "reset"',
    'TCLO > "OK ATR toolbox"',
    'TCLO < "Capabilities_Register"',
    '...',
    'TCLO > "OK "',
    '...',
  ]);
  expect(execution).toLog('vmt0 at pvbus0');
  expect(execution).toBeMemorySafe();
});

test('recovers from a channel that died', ({ guest }) => {
  const execution = guest(DRIVER, { events: ['at=5s tclo.break'] }).run();
  expect(execution).toLog(/sending length failed/, 'vmt0: resetting rpc');
  expect(execution).toRecover();
});

test('did not, before its patch', ({ guest }) => {
  const execution = guest(UNPATCHED, { events: ['at=5s tclo.break'] }).run();
  expect(execution).not.toRecover();
});

test.for(['suspend', 'checkpoint', 'migrate', 'backup'])('lives through %s', (event, { guest }) => {
  const execution = guest(DRIVER, { events: [`at=5s ${event}`], host: { unsolicitedReply: 'accept' } }).run();
  expect(execution).toRecover();
  expect(execution).toBeMemorySafe();
});

test('leaks nothing when its attach fails', ({ guest }) => {
  const execution = guest(DRIVER, { faults: ['rpci.receive nth=1 checkpoint'], invariants: ['noLeak'] }).run();
  expect(execution.findings.map(({ invariant }) => invariant)).toEqual(['recovers']);
});

test('tells the host its name', ({ guest }) => {
  const bench = guest(DRIVER, { machine: { hostname: 'puffy.example.net' } });
  bench.run('5s');
  expect(bench.host.guestInfo).toMatchObject({ hostName: 'puffy.example.net' });
});

test('one function of it says whether the host is VMware', ({ guest }) => {
  expect(guest(DRIVER).call('vmt_probe').value).toBe(1n);
  expect(guest(DRIVER, { host: { personality: 'none' } }).call('vmt_probe').value).toBe(0n);
});
