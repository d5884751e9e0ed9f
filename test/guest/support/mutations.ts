import { readFileSync } from 'node:fs';
import { VmtbenchError } from '../../../src/errors.ts';
import type { Guest } from '../../../src/guest/index.ts';
import { createGuest } from '../../../src/kernels/index.ts';
import { parseObject } from '../../../src/object/index.ts';
import { fixturePath } from './bench.ts';
import { compileBytes, hasBinutils, hasCompiler, KERNEL, linkBytes, MACHINES } from './compile.ts';
import { kernelImage } from './kallsyms.ts';

/** Numbers that the same seed gives again (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) % limit;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

/** A small Linux module: alternatives, thread-local storage, constructors, a global offset table. */
const MODULE = `
static const char info[] __attribute__((section(".modinfo"), used)) = "name=sample";
extern int _printk(const char *, ...); extern void *__kmalloc(unsigned long, unsigned); extern void kfree(void *);
__thread int counter = 5; static int (*table[2])(void); static int one(void) { return counter++; }
__attribute__((constructor)) static void early(void) { table[0] = one; }
int work(int x) { char *p = __kmalloc(x & 63, 0xcc0); int r; r = table[0] ? table[0]() : 0; kfree(p); return r; }
int init_module(void) { _printk("hello %s %d\\n", "there", work(7)); return 0; }
__asm__(".text\\n1: nop; nop; nop; nop; nop\\n2: ret\\n .section .altinstr_replacement,\\"ax\\"\\n3: jmp init_module\\n4:\\n"
 ".section .altinstructions,\\"a\\"\\n .long 1b - ., 3b - .\\n .word 26\\n .byte 2b-1b, 4b-3b\\n .text\\n");
`;

/** Objects to damage: fixtures, and where there is a compiler a module of each machine. */
export function victims(): ReadonlyMap<string, Uint8Array> {
  const names = ['bare', 'loop-receive', 'loop-getversion', 'vmt-patched'].flatMap((name) =>
    MACHINES.map((machine) => `${name}-${machine}.o`),
  );
  const files = new Map(names.map((name) => [name, new Uint8Array(readFileSync(fixturePath(name)))]));
  if (hasCompiler) {
    for (const machine of MACHINES) {
      for (const [kind, flags] of [
        ['kernel', ['-O1', ...KERNEL[machine]]],
        ['pic', ['-O1', '-fPIC']],
      ] as const) {
        files.set(`module-${kind}-${machine}.ko`, new Uint8Array(compileBytes(MODULE, machine, flags)));
      }
    }
  }
  if (hasCompiler && hasBinutils) {
    for (const machine of MACHINES) {
      const add = (kind: string, flags: readonly string[], ldFlags: readonly string[]): void => {
        files.set(`${kind}-${machine}`, new Uint8Array(linkBytes(LINKED, machine, flags, ldFlags)));
      };
      add('library', ['-O1', '-fPIC'], ['-shared', '-z', 'pack-relative-relocs']);
      files.set(`kernel-${machine}`, new Uint8Array(kernelImage(machine, { order: 'before', perCpu: true })));
      add('program', ['-O1', '-fno-pie'], ['-e', 'work', '-Ttext', machine === 'amd64' ? '0x401000' : '0x8048000']);
    }
  }
  return files;
}

/** What linked files have: dynamic symbols and relocations, resolvers, thread-local storage, constructors. */
const LINKED = `
extern int puts(const char *) __attribute__((weak)); __thread int counter = 5; int data = 3; int *pointer = &data;
static int fast(int x) { return x + 1; } static void *choose(void) { return fast; }
int pick(int) __attribute__((ifunc("choose"))); int (*const calls[])(int) = { fast, pick };
__attribute__((constructor)) static void early(void) { data = 4; }
int work(int x) { if (puts) puts("x"); return calls[x & 1](x) + *pointer + counter++; }
`;

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x1000, 0xfffffff8] as const;

/** Where damage hurts most: the header, the section headers, symbol and relocation tables, else anywhere. */
function placeIn(bytes: Uint8Array, dice: Dice): number {
  if (bytes.length < 64) return dice.below(bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const table = bytes[4] === 2 ? Number(view.getBigUint64(40, true)) : view.getUint32(32, true);
  const how = dice.below(4);
  if (how === 0) return dice.below(64);
  if (how === 1 && table < bytes.length) return table + dice.below(bytes.length - table);
  return dice.below(bytes.length);
}

/** A damaged copy: one to eight changes, each a bit, a byte, a word, a moved piece, or an end. */
export function mutate(original: Uint8Array, dice: Dice): Uint8Array {
  let bytes = new Uint8Array(original);
  for (let changes = 1 + dice.below(8); changes > 0; changes--) {
    const at = placeIn(bytes, dice);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const how = dice.below(16);
    if (how < 4) bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8));
    else if (how < 8) bytes[at] = dice.below(256);
    else if (how < 13 && at + 4 <= bytes.length) view.setUint32(at & ~3, dice.pick(EXTREMES), true);
    else if (how < 14 && at + 8 <= bytes.length) view.setBigUint64(at, 1n << BigInt(dice.below(64)), true);
    else if (how < 15) bytes.copyWithin(at, dice.below(bytes.length), dice.below(bytes.length));
    else if (dice.below(8) === 0) bytes = bytes.slice(0, Math.max(1, at));
  }
  return bytes;
}

/** Blocks that a damaged object may run: it may well loop. */
const BUDGET = 2000;

/**
 * Does everything with an object that a user may: reads it, loads it, boots it, calls two of its functions.
 * @returns the code of the error that it came to, or `run`. Anything but a VmtbenchError is thrown on.
 */
export function tryOut(bytes: Uint8Array, name: string): string {
  let guest: Guest | null = null;
  try {
    const object = parseObject(bytes, name);
    guest = createGuest(object, { callBudget: BUDGET });
    const functions = object.symbols.filter(({ type, home }) => type === 'function' && typeof home === 'number');
    guest.boot();
    for (let steps = 0; steps < 3 && guest.nextDeadline() !== null; steps++) {
      guest.clock.now = Math.max(guest.clock.now, guest.nextDeadline() ?? 0);
      guest.step();
    }
    for (const { name: symbol } of [functions[0], functions.at(-1)].filter((f) => f !== undefined)) {
      if (guest.symbol(symbol) !== null) guest.call(symbol, [1n, 2n]);
    }
    return 'run';
  } catch (error) {
    if (!(error instanceof VmtbenchError)) throw error;
    const { code, message, hint } = error;
    if (code === '' || message.length < 10 || hint.length < 10) throw new Error(`a poor error: ${code}, ${message}`);
    return code;
  } finally {
    guest?.close();
  }
}

/** What became of so many damaged objects: how many came to each end. @throws Error with what repeats it. */
export function storm(
  count: number,
  seed: number,
  objects: ReadonlyMap<string, Uint8Array> = victims(),
): Map<string, number> {
  const files = [...objects];
  const ends = new Map<string, number>();
  for (let index = 0; index < count; index++) {
    const dice = new Dice(seed + index);
    const [name, original] = dice.pick(files);
    const bytes = mutate(original, dice);
    let end: string;
    try {
      end = tryOut(bytes, name);
    } catch (cause) {
      throw new Error(`mutation ${seed + index} of ${name}: ${cause}`, { cause });
    }
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  return ends;
}
