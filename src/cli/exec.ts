import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { connect, Notes, processorOf } from '../bench/index.ts';
import { type Bits, Machine, REGISTER_ORDER, type RegisterName, type Stop } from '../cpu/index.ts';
import { VmtbenchError } from '../errors.ts';
import type { Finding } from '../judge/index.ts';
import { readInput } from '../scenario/index.ts';
import { resolveHostOptions, VmwareHost } from '../tclo-host/index.ts';
import { parseHex, parseNumber } from './arguments.ts';
import { collect, parseHostFlags } from './scenario-flags.ts';
import { pc, print, printable, printJson } from './terminal.ts';

interface ExecFlags {
  readonly bits: string;
  readonly set?: readonly string[];
  readonly host?: readonly string[];
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** Where the snippet, its data and its stack lie; below 64 KiB in 16-bit mode. */
const FLAT = { code: 0x10000n, codeSize: 0x10000, data: 0x100000n, dataSize: 0x100000, stack: 0x1ffff0n };
const PLACES = {
  16: { code: 0x1000n, codeSize: 0x7000, data: 0x8000n, dataSize: 0x8000, stack: 0xfff0n },
  32: FLAT,
  64: FLAT,
} as const;
const HLT = 0xf4;
const BUDGET = 10_000_000;
const GENERAL: readonly RegisterName[] = REGISTER_ORDER.filter((name) => name !== 'rip' && name !== 'rflags');

/** `vmtbench exec`: a bare snippet on a processor with the host, and no kernel. */
export function execCommand(): Command {
  return new Command('exec')
    .description('run a bare snippet; HLT follows it')
    .argument('<code>', 'a file of raw code, or hex digits')
    .option('--bits <n>', 'mode of the processor: 16, 32 or 64', '32')
    .option('--set <register=value>', 'a register before the start, such as eax=0x564d5868; may be repeated', collect)
    .option('--host <key=value>', 'a host option; may be repeated', collect)
    .option('--strict', 'exit 1 on near misses, too')
    .option('--json', 'print one JSON object')
    .action((code: string, flags: ExecFlags) => {
      const bits = parseBits(flags.bits);
      const bytes = readCode(code);
      if (bytes[0] === 0x7f && bytes[1] === 0x45) {
        throw new VmtbenchError(
          'exec.code',
          `${code} is an object, not raw code`,
          'Use vmtbench call or vmtbench run for it.',
        );
      }
      const most = PLACES[bits].codeSize - 1;
      if (bytes.length === 0 || bytes.length > most) {
        throw new VmtbenchError('exec.code', `${bytes.length} bytes of code`, `A snippet has 1 to ${most} bytes.`);
      }
      const { strict, ...report } = execute(bits, bytes, flags);
      if (flags.json === true) printJson(report);
      else printExec(report);
      if (report.findings.length > 0 || (flags.strict === true && strict)) process.exitCode = 1;
    });
}

/** Hex digits are code; a file of such a name is `./ed`. */
function readCode(word: string): Uint8Array {
  return /^[0-9a-f\s]+$/i.test(word) || !existsSync(word) ? parseHex(word) : readInput(word);
}

interface ExecReport {
  readonly outcome: 'completed' | 'finding';
  readonly registers: Readonly<Record<string, string>>;
  readonly findings: readonly ExecFinding[];
  readonly notes: readonly string[];
  /** Why `--strict` refuses it. Not part of the JSON. */
  readonly strict: boolean;
}

/** As much of a finding as there is without an object. */
type ExecFinding = Pick<Finding, 'kind' | 'title' | 'explanation' | 'address'>;

function findingOf(stop: Stop): ExecFinding[] {
  if (stop.reason === 'halt') return [];
  const address = `0x${stop.pc.toString(16)}`;
  if (stop.reason === 'fault') {
    const { message } = stop.fault;
    return [{ kind: 'fault', title: message, explanation: 'The processor could not go on.', address }];
  }
  const title = 'the snippet does not end';
  return [{ kind: 'hang', title, explanation: `It ran ${BUDGET} blocks of code and no HLT.`, address }];
}

function execute(bits: Bits, code: Uint8Array, flags: ExecFlags): ExecReport {
  const options = resolveHostOptions(parseHostFlags(flags.host ?? []));
  const machine = new Machine({ bits, ...processorOf(options) });
  const place = PLACES[bits];
  machine.map(place.code, place.codeSize, 'rx');
  machine.map(place.data, place.dataSize, 'rw');
  machine.write(place.code, code);
  machine.write(place.code + BigInt(code.length), Uint8Array.of(HLT));
  const host = new VmwareHost({ options, now: () => machine.now });
  const notes = new Notes(machine, (pc) => `0x${pc.toString(16)}`);
  connect(machine, host, (notice) => notes.add(notice));
  machine.registers.rsp = place.stack;
  for (const word of flags.set ?? []) setRegister(machine, word);
  const before = GENERAL.map((name) => machine.registers.get(name));
  const stop = machine.run(place.code, { blocks: BUDGET });
  const registers = GENERAL.flatMap((name, i) => {
    const value = machine.registers.get(name);
    return value === before[i] ? [] : [[bits === 64 ? name : name.replace('r', 'e'), `0x${value.toString(16)}`]];
  });
  const findings = findingOf(stop);
  machine.close();
  return {
    outcome: findings.length > 0 ? 'finding' : 'completed',
    registers: Object.fromEntries(registers),
    findings,
    notes: notes.texts,
    strict: notes.nearMisses > 0,
  };
}

function printExec({ registers, findings, notes }: Omit<ExecReport, 'strict'>): void {
  for (const note of notes) print(`${pc.yellow('note')} ${printable(note)}`);
  for (const [name, value] of Object.entries(registers)) print(`${name} ${value}`);
  for (const { title, explanation, address } of findings) {
    print(`${pc.red(pc.bold('finding'))} ${pc.bold(title)}\n  at ${address}\n  ${explanation}`);
  }
  if (findings.length === 0 && Object.keys(registers).length === 0) print('no register changed');
}

function parseBits(text: string): Bits {
  const bits = Number(text);
  if (bits === 16 || bits === 32 || bits === 64) return bits;
  throw new VmtbenchError('flag', `--bits ${text}`, 'The modes are 16, 32 and 64.');
}

/** `eax=…` sets 32 bits and clears the rest, as the processor does; `rax=…` sets all 64. Negative numbers wrap. */
function setRegister(machine: Machine, word: string): void {
  const [, name, digits = ''] = /^([a-z0-9]+)=(.+)$/i.exec(word) ?? [];
  const register = GENERAL.find((known) => known === name || known.replace(/^r(?=[a-z])/, 'e') === name);
  const value = parseNumber(digits);
  if (register === undefined || value === null || (machine.bits !== 64 && name?.startsWith('r'))) {
    const names = machine.bits === 64 ? 'eax..ebp, rax..rbp, r8..r15' : 'eax, ebx, ecx, edx, esi, edi, ebp, esp';
    throw new VmtbenchError(
      'exec.set',
      `cannot set ${word}`,
      `Write --set eax=0x564d5868; the registers are ${names}.`,
    );
  }
  const size = name === register ? 64 : 32;
  if (value >= 1n << BigInt(size) || value < -(1n << BigInt(size - 1))) {
    throw new VmtbenchError('exec.set', `${word} does not fit`, `${name} has ${size} bits.`);
  }
  machine.registers.set(register, BigInt.asUintN(size, value));
}
