/**
 * The benchmarks: our stack beside plain C and python3-unicorn on the same libunicorn and the same guest code, the
 * three interleaved, the medians of several rounds compared. Then the memory checker beside its absence.
 *
 *   node build/bench/run.js [--json] [--rounds N]
 */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createDriverLife, createLoads } from './memory-checker.ts';
import { createInsb64k, createPortAccess } from './ours.ts';

const root = resolve(import.meta.dirname, '../..');
const kernel = (name: string): string => join(root, 'fixtures/kernels', name);

interface Row {
  /** Key of the JSON, and the counterparts' name of the bench. */
  readonly name: 'portAccess' | 'insb64k';
  readonly meaning: string;
  readonly loop: string;
  readonly create: (loop: string) => (n: number) => number;
  /** How often a round repeats it: some 20 ms on every side, so that a busy moment spoils one round and no median. */
  readonly repeats: { readonly ours: number; readonly c: number; readonly python: number };
  readonly toReach: { readonly vsC: number; readonly vsPython?: number };
}

const ROWS: readonly Row[] = [
  {
    name: 'portAccess',
    meaning: 'one GETVERSION',
    loop: kernel('loop-getversion-amd64.bin'),
    create: createPortAccess,
    repeats: { ours: 100_000, c: 200_000, python: 1_000 },
    toReach: { vsC: 8, vsPython: 25 },
  },
  {
    name: 'insb64k',
    meaning: 'one receive of 64 KiB',
    loop: kernel('loop-receive-amd64.bin'),
    create: createInsb64k,
    repeats: { ours: 4_000, c: 10_000, python: 200 },
    toReach: { vsC: 4 },
  },
];

/** What is measured with the memory checker and without. */
interface CheckerRow {
  /** Key of the JSON. */
  readonly name: 'memoryChecker' | 'memoryCheckerLoads';
  readonly meaning: string;
  readonly create: (checked: boolean) => (amount: number) => number;
  readonly amount: number;
  /** Null: no aim, for whoever wants to know. */
  readonly most: number | null;
}

const CHECKER_ROWS: readonly CheckerRow[] = [
  {
    name: 'memoryChecker',
    meaning: '60 s of the driver',
    create: (checked) => createDriverLife(kernel('vmt-patched-amd64.o'), checked),
    amount: 60,
    most: 1.5,
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

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

function counterpart(command: readonly [string, ...string[]], row: Row, repeats: number): number {
  const [program, ...args] = command;
  const result = spawnSync(program, [...args, row.name, row.loop, String(repeats)], { encoding: 'utf8' });
  if (result.status === 0) return Number(result.stdout);
  console.error(`${command.join(' ')} failed: ${result.error?.message ?? result.stderr}`);
  process.exit(1);
}

function measure(row: Row, rounds: number): Times {
  const ours = row.create(row.loop);
  // Until the compiler of JavaScript has nothing left to do.
  for (let i = 0; i < 10; i++) ours(row.repeats.ours);
  const taken = { ours: [] as number[], c: [] as number[], python: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    taken.ours.push(ours(row.repeats.ours));
    taken.c.push(counterpart([join(root, 'build/bench/backdoor')], row, row.repeats.c));
    // The system's Python: the one that Debian's python3-unicorn belongs to.
    const script = join(root, 'bench/python/backdoor.py');
    taken.python.push(counterpart(['/usr/bin/python3', script], row, row.repeats.python));
  }
  return { ours: median(taken.ours), c: median(taken.c), python: median(taken.python) };
}

/** The medians with the checker and without, in milliseconds; which of the two goes first changes with every round. */
function measureChecker({ create, amount }: CheckerRow, rounds: number): { readonly on: number; readonly off: number } {
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

const rounded = (value: number): number => Number(value.toPrecision(4));

function printTable(results: readonly { row: Row; times: Times }[]): void {
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd([12, 24][i] ?? 0) : cell.padStart(i > 4 ? 20 : 12))).join('');
  console.log(line(['', '', 'vmtbench', 'C', 'Python', 'of C', 'Python of ours']));
  for (const { row, times } of results) {
    const { vsC, vsPython } = row.toReach;
    const ofC = `${(times.ours / times.c).toFixed(2)} (at most ${vsC})`;
    const least = vsPython === undefined ? '' : ` (at least ${vsPython})`;
    const ofOurs = `${(times.python / times.ours).toFixed(1)}${least}`;
    const nanoseconds = [times.ours, times.c, times.python].map((value) => `${value.toFixed(0)} ns`);
    console.log(line([row.name, row.meaning, ...nanoseconds, ofC, ofOurs]));
  }
}

function printChecker(results: readonly { row: CheckerRow; on: number; off: number }[]): void {
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd([20, 20][i] ?? 0) : cell.padStart(i > 3 ? 20 : 12))).join('');
  console.log(`\n${line(['', '', 'checked', 'unchecked', 'of unchecked'])}`);
  for (const { row, on, off } of results) {
    const most = row.most === null ? '' : ` (at most ${row.most})`;
    console.log(
      line([row.name, row.meaning, `${on.toFixed(2)} ms`, `${off.toFixed(2)} ms`, `${(on / off).toFixed(2)}${most}`]),
    );
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

const results = ROWS.map((row) => ({ row, times: measure(row, rounds) }));
const checker = CHECKER_ROWS.map((row) => ({ row, ...measureChecker(row, rounds) }));
if (values.json) {
  const entries = results.map(({ row, times }) => [
    row.name,
    {
      figure: rounded(times.ours),
      unit: 'ns',
      vsC: rounded(times.ours / times.c),
      vsPython: rounded(times.python / times.ours),
    },
  ]);
  const costs = checker.map(({ row, on, off }) => [
    row.name,
    { figure: rounded(on), unit: 'ms', ratio: rounded(on / off) },
  ]);
  console.log(JSON.stringify(Object.fromEntries([...entries, ...costs])));
} else {
  printTable(results);
  printChecker(checker);
}
