import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  Bench,
  INVARIANTS,
  type InvariantName,
  parseEvent,
  parseFault,
  parseObject,
  parseTime,
  run,
} from '../../src/index.ts';
import { isThere, type KnownBug, knownBugs, type Objects } from './script.ts';

/** One plan for each bug that its bug does not survive, and its fix does. `check` finds such a plan by itself. */
const PLANS: readonly [bug: string, rule: InvariantName, title: RegExp, faults?: string[], events?: string[]][] = [
  ['log-leak', 'noLeak', /^a channel is left open and unused/, ['rpci.sendsize refuse']],
  ['attach-leak', 'noLeak', /^a channel is left open and unused/, ['rpci.open refuse']],
  ['sleep-in-timer', 'noPanic', /^mutex_lock: may sleep, in a soft interrupt$/],
  ['sleep-in-timeout', 'noPanic', /^rw_enter: may sleep, in a soft interrupt$/],
  ['clock-range', 'noPanic', /^tc_setclock: \d+ ns are no part of a second$/, ['port.any nth=9 garbageRegisters']],
  ['receive-retry', 'memorySafe', /^_printk: use after free/, ['rpci.receive every checkpoint']],
  ['receive-retry-twice', 'memorySafe', /^kfree: 0x[0-9a-f]+ is free already$/, ['rpci.receive every checkpoint']],
  ['code-wrap', 'memorySafe', /^memcpy: out of bounds read/, ['rpci.recvsize size=1 oversize']],
  ['grow-wrap', 'memorySafe', /^out of bounds write/, ['rpci.recvsize nth=2 size=0xffffffff oversize']],
  [
    'last-try',
    'noLeak',
    /left after the unload$/,
    ['rpci.receive checkpoint', 'rpci.receive nth=2 checkpoint'],
    ['at=150s guest.unload'],
  ],
  [
    'detach-twice',
    'memorySafe',
    /^kmem_free: 0x[0-9a-f]+ is free already$/,
    ['port.any nth=2 refuse'],
    ['at=9s guest.unload'],
  ],
  [
    'kvop-empty',
    'memorySafe',
    /stored no string$/,
    ['rpci.recvsize from=5s until=6s every stall'],
    ['at=5s guest.kv read guestinfo.vmtbench'],
  ],
  [
    'kvop-wrap',
    'memorySafe',
    /^out of bounds write/,
    ['rpci.recvsize from=5s size=0xffffffff oversize'],
    ['at=5s guest.kv read guestinfo.vmtbench'],
  ],
  ['balloon-lock', 'noPanic', /was never given back: the process waits for ever$/, ['port.any refuse']],
  ['user-reply', 'memorySafe', /^_copy_to_user: out of bounds write/, [], ['at=5s guest.file read 4']],
  ['log-format', 'memorySafe', /^_printk: a format string that is no constant/],
  ['shutdown-open', 'noLeak', /after the shutdown$/, [], ['at=9s guest.shutdown']],
];

const bugs = knownBugs('--list', '--json') as KnownBug[];
const RULES = Object.keys(INVARIANTS) as InvariantName[];

let folder = '';
let objects: Objects[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmtbench-told-apart-'));
  if (isThere('gcc'))
    objects = knownBugs('--only-build', '--build', folder, ...PLANS.flatMap(([bug]) => ['--bug', bug])) as Objects[];
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(!isThere('gcc')).each(PLANS)('%s', (bug, rule, title, faults = [], events = []) => {
  const found = objects.find((other) => other.bug === bug);
  const kernel = bugs.find((other) => other.bug === bug)?.kernel ?? '';
  const findings = (path: string) => {
    const bench = new Bench({
      object: parseObject(readFileSync(path), bug),
      guest: { kernel: kernel as 'linux' },
      faults: faults.map(parseFault),
      events: events.map(parseEvent),
    });
    const report = run(bench, { until: parseTime('150s'), invariants: RULES });
    bench.close();
    return report.findings.map(({ invariant, title: said }) => ({ rule: invariant, title: said }));
  };
  expect(findings(found?.bad ?? '')).toContainEqual({ rule, title: expect.stringMatching(title) });
  expect(findings(found?.good ?? '')).toEqual([]);
});
