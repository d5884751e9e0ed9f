import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { type Bits, Machine, type RegisterName } from '../cpu/index.ts';
import { VmtbenchError } from '../errors.ts';
import { BackdoorDevice, BalloonDevice, PortBus } from '../ports/index.ts';
import { Notes } from '../scenario/index.ts';
import { type HostFault, resolveHostOptions, VmwareHost } from '../tclo-host/index.ts';
import { parseHex } from './arguments.ts';
import { parseHostFlags } from './bench-options.ts';
import { readInput } from './input.ts';
import { pc, print, printable, printJson } from './terminal.ts';

interface ExecFlags {
  readonly bits: string;
  readonly set: readonly string[];
  readonly host: readonly string[];
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
const GENERAL: readonly RegisterName[] = [
  'rax',
  'rbx',
  'rcx',
  'rdx',
  'rsi',
  'rdi',
  'rbp',
  'rsp',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'r13',
  'r14',
  'r15',
];

const collect = (value: string, list: readonly string[]): string[] => [...list, value];

/** `vmtbench exec`: a bare snippet on a processor with the host, and no kernel. */
export function execCommand(): Command {
  return new Command('exec')
    .description('run a bare snippet; HLT follows it')
    .argument('<code>', 'a file of raw code, or hex digits')
    .option('--bits <n>', 'mode of the processor: 16, 32 or 64', '32')
    .option(
      '--set <register=value>',
      'a register before the start, such as eax=0x564d5868; may be repeated',
      collect,
      [],
    )
    .option('--host <key=value>', 'a host option; may be repeated', collect, [])
    .option('--strict', 'exit 1 on near misses, too')
    .option('--json', 'print one JSON object')
    .action((code: string, flags: ExecFlags) => {
      const bits = parseBits(flags.bits);
      const bytes = existsSync(code) ? readInput(code) : parseHex(code);
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
      const report = execute(bits, bytes, flags);
      if (flags.json === true) printJson(report);
      else printExec(report);
      if (report.fault !== null || report.outcome === 'budget' || (flags.strict === true && report.nearMisses > 0)) {
        process.exitCode = 1;
      }
    });
}

interface ExecReport {
  readonly outcome: string;
  readonly fault: string | null;
  readonly registers: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  readonly nearMisses: number;
}

function execute(bits: Bits, code: Uint8Array, flags: ExecFlags): ExecReport {
  const options = resolveHostOptions(parseHostFlags(flags.host));
  const machine = new Machine({ bits, hypercall: options.hypercall });
  const place = PLACES[bits];
  machine.map(place.code, place.codeSize, 'rx');
  machine.map(place.data, place.dataSize, 'rw');
  machine.write(place.code, code);
  machine.write(place.code + BigInt(code.length), Uint8Array.of(HLT));
  const host = new VmwareHost({ options, now: () => machine.now });
  const notes = new Notes(machine, (pc) => `0x${pc.toString(16)}`);
  const bus = new PortBus<HostFault>();
  for (const device of [new BackdoorDevice(host), new BalloonDevice()]) {
    bus.add(device);
    device.onNotice = (notice) => notes.add(notice);
  }
  bus.onNotice = (notice) => notes.add(notice);
  bus.attach(machine);
  machine.registers.rsp = place.stack;
  for (const word of flags.set) setRegister(machine, word);
  const before = GENERAL.map((name) => machine.registers.get(name));
  const stop = machine.run(place.code, { blocks: BUDGET });
  const registers = GENERAL.flatMap((name, i) => {
    const value = machine.registers.get(name);
    return value === before[i] ? [] : [[bits === 64 ? name : name.replace('r', 'e'), `0x${value.toString(16)}`]];
  });
  const fault = stop.reason === 'fault' ? `${stop.fault.message} (instruction at 0x${stop.pc.toString(16)})` : null;
  const report = {
    outcome: stop.reason,
    fault,
    registers: Object.fromEntries(registers),
    notes: notes.texts,
    nearMisses: notes.nearMisses,
  };
  machine.close();
  return report;
}

function printExec({ outcome, fault, registers, notes }: ExecReport): void {
  for (const note of notes) print(`${pc.yellow('note')} ${printable(note)}`);
  for (const [name, value] of Object.entries(registers)) print(`${name} ${value}`);
  if (fault !== null) print(`${pc.red('fault')} ${fault}`);
  else if (outcome === 'budget') print(`${pc.red('hang')} the snippet ran ${BUDGET} blocks and did not end`);
  else if (Object.keys(registers).length === 0) print('no register changed');
}

function parseBits(text: string): Bits {
  const bits = Number(text);
  if (bits === 16 || bits === 32 || bits === 64) return bits;
  throw new VmtbenchError('flag', `--bits ${text}`, 'The modes are 16, 32 and 64.');
}

/** `eax=…` sets 32 bits and clears the rest, as the processor does; `rax=…` sets all 64. */
function setRegister(machine: Machine, word: string): void {
  const [, name, digits] = /^([a-z0-9]+)=(0x[0-9a-f]+|\d+)$/i.exec(word) ?? [];
  const register = GENERAL.find((known) => known === name || known.replace(/^r(?=[a-z])/, 'e') === name);
  if (register === undefined || digits === undefined || (machine.bits !== 64 && name?.startsWith('r'))) {
    const names = machine.bits === 64 ? 'eax..ebp, rax..rbp, r8..r15' : 'eax, ebx, ecx, edx, esi, edi, ebp, esp';
    throw new VmtbenchError(
      'exec.set',
      `cannot set ${word}`,
      `Write --set eax=0x564d5868; the registers are ${names}.`,
    );
  }
  machine.registers.set(register, BigInt.asUintN(name === register ? 64 : 32, BigInt(digits)));
}
