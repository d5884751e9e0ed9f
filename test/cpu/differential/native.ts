import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CodeBits } from './iced.ts';
import { CODE_REGION, DATA_REGION, GS_BASE, STACK_REGION } from './places.ts';
import { Records } from './record.ts';

const SOURCE = fileURLToPath(new URL('native.c', import.meta.url));
const REGIONS = { CODE: CODE_REGION, DATA: DATA_REGION, STACK: STACK_REGION };
const MOST_OUTPUT = 1 << 30;

/** Compiles the runner. @returns its path, or null with the reason printed where this machine cannot run it. */
function compileRunner(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log('skipped: the comparison with the real processor needs x86-64 and Linux');
    return null;
  }
  const folder = mkdtempSync(join(tmpdir(), 'vmtbench-native-'));
  const path = join(folder, 'native');
  const addresses = Object.entries(REGIONS).flatMap(([name, { address, size }]) => [
    `-D${name}_ADDRESS=${address}ull`,
    `-D${name}_SIZE=${size}`,
  ]);
  const defines = [...addresses, `-DGS_BASE=${GS_BASE}ul`];
  const { error, status, stderr } = spawnSync('gcc', ['-O1', '-Wall', ...defines, SOURCE, '-o', path], {
    encoding: 'utf8',
  });
  if (status === 0) return path;
  console.log(`skipped: the runner for the real processor does not compile here (${error?.message ?? stderr})`);
  return null;
}

let runner: string | null | undefined;

/** Whether code can be run natively here. */
export function hasNative(): boolean {
  runner ??= compileRunner();
  return runner !== null;
}

/** Runs every record's code natively, in one process. @returns the records as they ended. */
export function runNatively(bits: CodeBits, code: Uint8Array, before: Records): Records {
  if (!hasNative()) throw new Error('no native runner here');
  const header = Uint32Array.of(bits, before.count, code.length, before.windows.length);
  const windows = BigUint64Array.from(before.windows.flatMap(({ address, size }) => [BigInt(address), BigInt(size)]));
  const input = Buffer.concat([new Uint8Array(header.buffer), new Uint8Array(windows.buffer), code, before.bytes]);
  const { status, signal, stdout, stderr } = spawnSync(runner as string, [], { input, maxBuffer: MOST_OUTPUT });
  if (status !== 0) throw new Error(`the native runner ended with ${signal ?? status}: ${stderr}`);
  return new Records(before.count, before.windows, new Uint8Array(stdout));
}

const HLT = 0xf4;
const NOP = 0x90;
/** What HLT raises in a user program. */
export const GENERAL_PROTECTION = 13;

let runs32: boolean | undefined;

/** Whether this system lets a program run 32-bit code: some virtual machines do not. */
export function runs32BitCode(): boolean {
  if (runs32 !== undefined) return runs32;
  const before = new Records(1, []);
  before.set(0, 'rip', BigInt(CODE_REGION.address));
  before.set(0, 'rsp', BigInt(STACK_REGION.address + 0x1000));
  before.set(0, 'rflags', 0x202n);
  const after = runNatively(32, Uint8Array.of(NOP, HLT), before);
  runs32 = after.vector(0) === GENERAL_PROTECTION && after.get(0, 'rip') === BigInt(CODE_REGION.address + 1);
  return runs32;
}
