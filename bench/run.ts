/**
 * The benchmarks: our stack beside plain C on the same libunicorn, and Debian's python3-unicorn, with the same guest
 * code, the three interleaved, the medians of several rounds compared. Then the memory checker beside its absence, the
 * cost of going back to a snapshot, the start of the command line, and the rate of `vmtbench check`. Progress goes to
 * stderr; a figure that misses its mark has a `!`.
 *
 *   node build/bench/run.js [--json] [--rounds N]
 */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { addon } from 'vmtbench/cpu';
import { measureCheckRate, printCheckRate } from './check-rate.ts';
import { measureColdStart, printColdStart } from './cold-start.ts';
import { createDriverRun } from './driver.ts';
import { createDriverLife, createLoads } from './memory-checker.ts';
import { createInsb64k, createPortAccess } from './ours.ts';
import { measureRestore, printRestore } from './restore.ts';
import { marked, measuring, median, missed, row as rowText } from './table.ts';

const root = resolve(import.meta.dirname, '../..');
const kernel = (name: string): string => join(root, 'fixtures/kernels', name);
const built = (name: string): string => join(root, 'build/bench', name);
const DRIVER = kernel('vmt-patched-amd64.o');

/** Our side of a bench. */
interface Side {
  /** Nanoseconds of one of `n`. */
  readonly measure: (n: number) => number;
  /** The work of one, as the counterparts print it behind their time: it must be equal. */
  readonly work: string;
}

interface Row {
  /** Key of the JSON. */
  readonly name: 'portAccess' | 'insb64k' | 'driverRun';
  readonly meaning: string;
  readonly create: () => Side;
  /** The counterparts' program, `build/bench/NAME` and `bench/python/NAME.py`, and its arguments before the count. */
  readonly program: string;
  readonly args: readonly string[];
  readonly unit: 'ns' | 'ms';
  /** How often a round repeats it: some 20 ms on every side, so that a busy moment spoils one round and no median. */
  readonly repeats: { readonly ours: number; readonly c: number; readonly python: number };
  readonly toReach: { readonly vsC: number; readonly vsPython?: number };
}

const IMAGE = built('driver.image');

const ROWS: readonly Row[] = [
  {
    name: 'portAccess',
    meaning: 'one GETVERSION',
    create: () => ({ measure: createPortAccess(kernel('loop-getversion-amd64.bin')), work: '' }),
    program: 'backdoor',
    args: ['portAccess', kernel('loop-getversion-amd64.bin')],
    unit: 'ns',
    repeats: { ours: 100_000, c: 200_000, python: 1_000 },
    toReach: { vsC: 3.2, vsPython: 25 },
  },
  {
    name: 'insb64k',
    meaning: 'one receive of 64 KiB',
    create: () => ({ measure: createInsb64k(kernel('loop-receive-amd64.bin')), work: '' }),
    program: 'backdoor',
    args: ['insb64k', kernel('loop-receive-amd64.bin')],
    unit: 'ns',
    repeats: { ours: 4_000, c: 10_000, python: 200 },
    toReach: { vsC: 2.3 },
  },
  {
    name: 'driverRun',
    meaning: '60 s from a snapshot',
    create: () => createDriverRun(DRIVER, IMAGE),
    program: 'driver',
    args: [IMAGE],
    unit: 'ms',
    repeats: { ours: 20, c: 40, python: 4 },
    toReach: { vsC: 1.8, vsPython: 7 },
  },
];

/** Measurements with the memory checker and without. */
interface CheckerRow {
  /** Key of the JSON. */
  readonly name: 'memoryChecker' | 'memoryCheckerDriverRun' | 'memoryCheckerLoads';
  readonly meaning: string;
  readonly create: (checked: boolean) => (amount: number) => number;
  readonly amount: number;
  /** Null: no limit, for information only. */
  readonly most: number | null;
}

const CHECKER_ROWS: readonly CheckerRow[] = [
  {
    name: 'memoryChecker',
    meaning: '60 s of the driver',
    create: (checked) => createDriverLife(DRIVER, checked),
    amount: 60,
    most: 1.5,
  },
  {
    name: 'memoryCheckerDriverRun',
    meaning: '60 s from a snapshot',
    create: (checked) => {
      const { measure } = createDriverRun(DRIVER, null, checked);
      return (runs) => measure(runs) / 1e6;
    },
    amount: 10,
    most: null,
  },
  {
    name: 'memoryCheckerLoads',
    meaning: '1 MiB of loads',
    create: (checked) => createLoads(kernel('loop-load-amd64.bin'), checked),
    amount: 256,
    most: null,
  },
];

/** The median times of one bench, in nanoseconds. */
interface Times {
  readonly ours: number;
  readonly c: number;
  readonly python: number;
}

/** The time that a counterpart prints. */
function counterpart(command: readonly [string, ...string[]], repeats: number, work: string): number {
  const [program, ...args] = command;
  const result = spawnSync(program, [...args, String(repeats)], { encoding: 'utf8' });
  const [time, ...lines] = result.stdout?.trimEnd().split('\n') ?? [];
  if (result.status === 0 && lines.join('\n') === work) return Number(time);
  const difference = `it did other work:\n${lines.join('\n')}\n\nthan ours:\n${work}`;
  const failed = result.error?.message ?? (result.status === 0 ? difference : result.stderr);
  console.error(`${command.join(' ')} failed: ${failed}`);
  process.exit(1);
}

function measure({ name, meaning, create, program, args, repeats }: Row, rounds: number): Times {
  measuring(`${name}: ${meaning}, ours, C and Python in turn, ${rounds} rounds`);
  const ours = create();
  // Until the JavaScript compiler has nothing left to optimise.
  for (let i = 0; i < 40; i++) ours.measure(repeats.ours);
  const taken = { ours: [] as number[], c: [] as number[], python: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    // The counterparts use the caches alone.
    ours.measure(repeats.ours);
    taken.ours.push(ours.measure(repeats.ours));
    taken.c.push(counterpart([built(program), ...args], repeats.c, ours.work));
    // The system's Python: the one that Debian's python3-unicorn belongs to.
    const script = join(root, `bench/python/${program}.py`);
    taken.python.push(counterpart(['/usr/bin/python3', '-B', script, ...args], repeats.python, ours.work));
  }
  return { ours: median(taken.ours), c: median(taken.c), python: median(taken.python) };
}

/** The medians with the checker and without, in milliseconds; which of the two goes first changes with every round. */
function measureChecker(
  { name, meaning, create, amount }: CheckerRow,
  rounds: number,
): { readonly on: number; readonly off: number } {
  measuring(`${name}: ${meaning}, with the memory checker and without, ${rounds} rounds`);
  const sides = [
    { run: create(true), taken: [] as number[] },
    { run: create(false), taken: [] as number[] },
  ] as const;
  for (let i = 0; i < 10; i++) for (const { run } of sides) run(amount);
  for (let round = 0; round < rounds; round++) {
    for (const { run, taken } of round % 2 === 0 ? sides : sides.toReversed()) taken.push(run(amount));
  }
  return { on: median(sides[0].taken), off: median(sides[1].taken) };
}

const NANOSECONDS = { ns: 1, ms: 1e6 };
const timeText = (ns: number, unit: Row['unit']): string =>
  `${(ns / NANOSECONDS[unit]).toFixed(unit === 'ns' ? 0 : 2)} ${unit}`;
const rounded = (value: number): number => Number(value.toPrecision(4));

/** The versions of the engine: ours is linked into the C counterpart too. */
function engineVersions(): { readonly ours: string; readonly python: string } {
  const script = 'import unicorn; print(unicorn.__version__)';
  const { stdout } = spawnSync('/usr/bin/python3', ['-c', script], { encoding: 'utf8' });
  return { ours: addon().unicornVersion, python: stdout?.trim() || 'unknown' };
}

const WIDTHS = [13, 10, 10, 10, 17, 18];

function printTable(results: readonly { row: Row; times: Times }[]): void {
  console.log(rowText(['', 'vmtbench', 'C', 'Python', 'ours of C  ', 'Python of ours  '], WIDTHS));
  for (const { row, times } of results) {
    const { vsC, vsPython } = row.toReach;
    const ofC = marked(`${row.name} of C`, times.ours / times.c, { most: vsC });
    const least = vsPython === undefined ? {} : { least: vsPython };
    const ofOurs = marked(`${row.name}: Python of ours`, times.python / times.ours, least, 1);
    const figures = [times.ours, times.c, times.python].map((value) => timeText(value, row.unit));
    console.log(rowText([row.name, ...figures, ofC, ofOurs], WIDTHS));
  }
}

const CHECKER_WIDTHS = [26, 13, 13, 20];

function printChecker(results: readonly { row: CheckerRow; on: number; off: number }[]): void {
  console.log(`\n${rowText(['', 'checked', 'unchecked', 'of unchecked  '], CHECKER_WIDTHS)}`);
  for (const { row, on, off } of results) {
    const ratio = marked(row.name, on / off, row.most === null ? {} : { most: row.most });
    console.log(rowText([row.name, `${on.toFixed(2)} ms`, `${off.toFixed(2)} ms`, ratio], CHECKER_WIDTHS));
  }
}

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '25' } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error('--rounds must be a whole number from 1 on');
  process.exit(2);
}

const unicorn = engineVersions();
const results = ROWS.map((row) => ({ row, times: measure(row, rounds) }));
const main = join(root, 'dist/cli/main.js');
const coldStart = measureColdStart(main, DRIVER, rounds);
const checkRate = measureCheckRate(main, DRIVER, 'patched');
const checkRateUnpatched = measureCheckRate(main, kernel('vmt-unpatched-amd64.o'), 'unpatched');
const restore = measureRestore(DRIVER, rounds);
const checker = CHECKER_ROWS.map((row) => ({ row, ...measureChecker(row, rounds) }));
if (values.json) {
  const entries = results.map(({ row, times }) => [
    row.name,
    {
      figure: rounded(times.ours / NANOSECONDS[row.unit]),
      unit: row.unit,
      vsC: rounded(times.ours / times.c),
      vsPython: rounded(times.python / times.ours),
    },
  ]);
  const costs = checker.map(({ row, on, off }) => [
    row.name,
    { figure: rounded(on), unit: 'ms', ratio: rounded(on / off) },
  ]);
  console.log(
    JSON.stringify({
      ...Object.fromEntries([...entries, ...costs]),
      restore: { clean: rounded(restore.clean), judged: rounded(restore.judged), unit: 'us' },
      coldStart: {
        figure: rounded(coldStart.figure),
        unit: 'ms',
        ratio: rounded(coldStart.ratio),
        mib: rounded(coldStart.mib),
      },
      checkRate,
      checkRateUnpatched,
      unicorn,
    }),
  );
} else {
  console.log(`Unicorn ${unicorn.ours} in vmtbench and C, ${unicorn.python} in Python\n`);
  printTable(results);
  printChecker(checker);
  printRestore(restore);
  printColdStart(coldStart);
  printCheckRate('patched', checkRate);
  printCheckRate('unpatched', checkRateUnpatched);
  console.log(missed.length === 0 ? '\nAll marks are reached.' : '\n! misses its mark:');
  for (const name of missed) console.log(`  ${name}`);
}
