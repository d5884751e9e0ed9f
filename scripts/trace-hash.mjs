// @ts-check
// usage: node scripts/trace-hash.mjs [--root FOLDER] [--out FILE] [--findings]
// Runs every shipped scenario on every driver of fixtures/kernels by the CLI, stores the traces, and prints one hash
// of them all: two builds that print the same behave the same, byte for byte. FOLDER is a checkout that was set up;
// by default this one. --findings leaves the text of finding records out: it hashes their rule, address and plan.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { Unpackr } from 'msgpackr';

const run = promisify(execFile);
const { values } = parseArgs({
  options: { root: { type: 'string' }, out: { type: 'string' }, findings: { type: 'boolean', default: false } },
});
const here = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const root = resolve(values.root ?? here);
const unpackr = new Unpackr({ useRecords: false, int64AsType: 'bigint' });

const drivers = readdirSync(join(root, 'fixtures/kernels'))
  .filter((name) => /^vmt-.*\.o$/.test(name))
  .sort();
const scenarios = readdirSync(join(root, 'scenarios'))
  .filter((name) => name.endsWith('.yaml'))
  .sort();
const folder = mkdtempSync(join(tmpdir(), 'vmtbench-traces-'));
const jobs = scenarios.flatMap((scenario) => drivers.map((driver) => ({ scenario, driver })));
/** @type {Map<string, string>} */
const lines = new Map();

/** @param {Buffer} trace */
function withoutWords(trace) {
  const hash = createHash('sha256');
  for (const record of unpackr.unpackMultiple(trace)) {
    const [kind, at, finding] = Array.isArray(record) ? record : [];
    const plain = kind === 'f' ? [kind, at, finding.kind, finding.invariant, finding.address, finding.plan] : record;
    hash.update(JSON.stringify(plain, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value)));
  }
  return hash.digest('hex');
}

async function work() {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    const { scenario, driver } = job;
    const file = join(folder, `${driver}-${scenario}.trace`);
    const args = [
      'run',
      `fixtures/kernels/${driver}`,
      '--scenario',
      `scenarios/${scenario}`,
      '--trace',
      file,
      '--json',
    ];
    const options = { cwd: root, maxBuffer: 1 << 28 };
    const status = await run(process.execPath, [join(root, 'dist/cli/main.js'), ...args], options).then(
      () => 0,
      (/** @type {{ code: number }} */ error) => error.code,
    );
    const trace = readFileSync(file);
    const digest = values.findings ? withoutWords(trace) : createHash('sha256').update(trace).digest('hex');
    lines.set(`${driver} ${scenario}`, `${digest} ${status}`);
    rmSync(file);
  }
}

try {
  const started = performance.now();
  await Promise.all([work(), work()]);
  const text = [...lines.keys()]
    .sort()
    .map((key) => `${key} ${lines.get(key)}\n`)
    .join('');
  if (values.out !== undefined) writeFileSync(values.out, text);
  const hash = createHash('sha256').update(text).digest('hex');
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stderr.write(`${lines.size} traces, ${seconds} s\n`);
  process.stdout.write(`${hash}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
