import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CheckedMemory } from '../../src/guest/checked-memory.ts';
import { Clock } from '../../src/guest/clock.ts';
import { GuestConsole } from '../../src/guest/console.ts';
import { Heap } from '../../src/guest/index.ts';
import type { KernelModel, KernelServices, PendingCall } from '../../src/guest/kernel-model.ts';
import { createOpenBsd } from '../../src/kernels/openbsd/index.ts';
import { parseObject } from '../../src/object/index.ts';
import { States } from '../../src/state.ts';
import { fixturePath } from '../guest/support/bench.ts';
import { TestMemory } from '../guest/support/memory.ts';

const objects = {
  8: parseObject(readFileSync(fixturePath('bare-amd64.o')), 'x.o'),
  4: parseObject(readFileSync(fixturePath('bare-i386.o')), 'x.o'),
} as const;

interface Kernel {
  readonly memory: TestMemory;
  readonly clock: Clock<PendingCall>;
  readonly console: GuestConsole;
  readonly model: KernelModel;
  readonly states: States;
  /** Functions that the kernel called, `function(arguments)`. */
  readonly called: string[];
  readonly failures: string[];
  call(name: string, ...args: (number | bigint)[]): number | bigint | undefined;
}

/** The kernel alone, over a memory without a processor. */
function kernel(wordSize: 4 | 8 = 8): Kernel {
  const memory = new TestMemory(1 << 20);
  const checked = new CheckedMemory(memory);
  const clock = new Clock<PendingCall>({ now: 0, timeRead: false });
  const console_ = new GuestConsole(() => clock.now);
  const called: string[] = [];
  const failures: string[] = [];
  const states = new States();
  const services: KernelServices = {
    states,
    object: objects[wordSize],
    wordSize,
    memory: checked,
    heap: new Heap(checked, memory.put(new Uint8Array(65536)), 65536),
    clock,
    console: console_,
    reserve: (size) => memory.put(new Uint8Array(size)),
    symbol: () => null,
    symbolAt: () => null,
    functionAddress: () => null,
    call: (target, args) => {
      called.push(`${target}(${args.join()})`);
      return { outcome: null, value: 0n, wideValue: 0n };
    },
    perform: ({ function: target, args }) => services.call(target, args).outcome,
    sleep: () => false,
    giveWay: () => null,
    fail: ({ kind, message }) => failures.push(`${kind}: ${message}`),
    setSegmentBase: () => {},
    context: () => 'process',
    setInterrupts: () => true,
    cpuid: () => ({ eax: 0, ebx: 0, ecx: 0, edx: 0 }),
  };
  const model = createOpenBsd(services, {});
  const rest = { wordBits: 64 as const, word: () => 0n, wide: () => 0n };
  const call = (name: string, ...args: (number | bigint)[]): number | bigint | undefined => {
    const stub = model.stubs.get(name);
    expect(stub?.parameters.length, name).toBe(args.length);
    return stub?.run(args, { name, returnAddress: 0n, rest });
  };
  return { memory, clock, console: console_, model, states, called, failures, call };
}

/** Moves time on and runs all that becomes due. */
function run(k: Kernel, until: number): void {
  for (let next = k.model.nextDeadline(); next !== null && next <= until; next = k.model.nextDeadline()) {
    k.clock.now = Math.max(next, k.clock.now);
    k.called.push(`at ${k.clock.now / 1e6}`);
    expect(k.model.step()).toBeNull();
  }
}

describe('timeouts', () => {
  test('run at clock ticks; of no seconds at the next one', () => {
    const k = kernel();
    for (const [timeout, fn] of [
      [1n, 10n],
      [2n, 20n],
      [3n, 30n],
    ] as const)
      k.call('timeout_set', timeout, fn, fn + 1n);
    k.clock.now = 3_000_000;
    expect(k.call('timeout_add_sec', 1n, 1)).toBe(1);
    expect(k.call('timeout_add_sec', 2n, 0)).toBe(1);
    expect(k.call('timeout_add', 3n, 5)).toBe(1);
    expect(k.call('timeout_add', 3n, 1)).toBe(0);
    run(k, 2e9);
    expect(k.called).toEqual(['at 10', '20(21)', 'at 10', '30(31)', 'at 1000', '10(11)']);
  });

  test('can be taken back', () => {
    const k = kernel();
    k.call('timeout_set_proc', 1n, 10n, 11n);
    k.call('timeout_add_sec', 1n, 1);
    expect([k.call('timeout_del', 1n), k.call('timeout_del', 1n)]).toEqual([1, 0]);
    expect(k.model.nextDeadline()).toBeNull();
  });

  test('of a negative time are the panic that they are in the kernel', () => {
    const k = kernel();
    k.call('timeout_set', 1n, 10n, 11n);
    k.call('timeout_add_sec', 1n, -1);
    expect(k.failures).toEqual(['panic: timeout_add: to_ticks (-100) < 0']);
  });
});

test('tasks run before timeouts, once, in order, and can be taken back', () => {
  const k = kernel();
  for (const task of [1n, 2n, 3n]) k.call('task_set', task, task * 10n, 0n);
  k.call('timeout_set', 9n, 90n, 0n);
  k.call('timeout_add_sec', 9n, 0);
  expect([k.call('task_add', 0n, 1n), k.call('task_add', 0n, 1n), k.call('task_add', 0n, 2n)]).toEqual([1, 0, 1]);
  k.call('task_add', 0n, 3n);
  expect([k.call('task_del', 0n, 2n), k.call('task_del', 0n, 2n)]).toEqual([1, 0]);
  const state = k.states.snapshot();
  run(k, 1e9);
  expect(k.called.filter((line) => !line.startsWith('at'))).toEqual(['10(0)', '30(0)', '90(0)']);
  k.states.restore(state);
  expect(k.model.nextDeadline()).toBe(k.clock.now);
});

describe.each([8, 4] as const)('time with pointers of %i bytes', (wordSize) => {
  test('a timeval has 64-bit seconds', () => {
    const k = kernel(wordSize);
    k.clock.now = 2_345_678_000;
    const at = k.memory.put(new Uint8Array(32));
    k.call('microtime', at);
    const seconds = k.memory.readUint(at, 8);
    expect(k.memory.readUint(at + 8n, wordSize)).toBe(345_678n);
    expect(k.memory.readUint(at + 8n + BigInt(wordSize), 8)).toBe(0n);
    expect(k.call('gettime')).toBe(seconds);
    expect(k.call('getuptime')).toBe(2n);
    k.call('nanouptime', at);
    expect([k.memory.readUint(at, 8), k.memory.readUint(at + 8n, wordSize)]).toEqual([2n, 345_678_000n]);
  });
});

describe('locks', () => {
  test('tell how they are held', () => {
    const k = kernel();
    const status = (): unknown => k.call('rw_status', 1n);
    const seen = [status()];
    for (const name of [
      'rw_enter_read',
      'rw_enter_read',
      'rw_exit_read',
      'rw_exit',
      'rw_enter_write',
      'rw_exit_write',
    ]) {
      k.call(name, 1n);
      seen.push(status());
    }
    expect(seen).toEqual([0, 2, 2, 2, 0, 1, 0]);
    expect(k.failures).toEqual([]);
  });

  test.each([
    [['rw_enter_write', 'rw_enter_read'], /locking against myself/],
    [['rw_enter_read', 'rw_enter_write'], /locking against myself/],
    [['rw_exit'], /is not held/],
  ])('%j is a panic', (names, message) => {
    const k = kernel();
    for (const name of names) k.call(name, 1n);
    expect(k.failures).toEqual([expect.stringMatching(message)]);
  });
});

describe('addresses as text', () => {
  const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

  test.each([
    [2, '0a000105', '10.0.1.5'],
    [24, 'fe80 0000 0000 0000 0250 56ff fe00 0001', 'fe80::250:56ff:fe00:1'],
    [24, '2001 0db8 0000 0001 0000 0000 0000 0001', '2001:db8:0:1::1'],
    [24, '0000 0000 0000 0000 0000 0000 0000 0001', '::1'],
    [24, '0000 0000 0000 0000 0000 0000 0000 0000', '::'],
    [24, '0001 0000 0003 0004 0005 0006 0007 0008', '1:0:3:4:5:6:7:8'],
  ])('inet_ntop(%i, %s)', (family, address, text) => {
    const k = kernel();
    const to = k.memory.put(new Uint8Array(64));
    expect(k.call('inet_ntop', family, k.memory.put(bytes(address)), to, 64)).toBe(to);
    expect(k.memory.text(to)).toBe(text);
    expect(k.call('inet_ntop', family, k.memory.put(bytes(address)), to, text.length)).toBe(0n);
  });

  test('ether_sprintf', () => {
    const k = kernel();
    const at = k.call('ether_sprintf', k.memory.put(bytes('005056 0a0bff')));
    expect(k.memory.text(BigInt(at ?? 0))).toBe('00:50:56:0a:0b:ff');
  });

  test.each([
    [2, '0702 0000 ffffff', 24],
    [2, '1002 0000 fffffe00 0000000000000000', 23],
    [2, '0000', 0],
    [24, '1018 0000 0000 0000 ffffffffffffffff', 64],
  ])('rtable_satoplen(%i, %s)', (family, mask, length) => {
    const k = kernel();
    expect(k.call('rtable_satoplen', family, k.memory.put(bytes(mask)))).toBe(length);
  });

  test('an absent mask is the whole address', () => {
    expect(kernel().call('rtable_satoplen', 2, 0n)).toBe(32);
  });
});

test('random numbers are the same at every run', () => {
  const draw = (): unknown[] => {
    const k = kernel();
    const to = k.memory.put(new Uint8Array(16));
    k.call('arc4random_buf', to, 16);
    return [k.call('arc4random'), k.call('arc4random_uniform', 10), k.memory.read(to, 16)];
  };
  expect(draw()).toEqual(draw());
  expect(Number(draw()[1])).toBeLessThan(10);
});

test('a shutdown: what was queued runs, then the machine is down; a snapshot knows that it is going', () => {
  const k = kernel();
  const [device, task] = [k.memory.put(new Uint8Array(64)), k.memory.put(new Uint8Array(64))];
  k.call('task_set', task, 0x1000n, 7n);
  k.call('task_add', 0n, task);
  k.call('timeout_set', device, 0x2000n, 8n);
  k.call('timeout_add_sec', device, 0);
  k.call('pvbus_reboot', device);
  k.call('pvbus_shutdown', device);
  const going = k.states.snapshot();
  const down = (): unknown => {
    const how = [];
    for (let step = 0; step < 3 && how.length < 1; step++) {
      expect([k.model.nextDeadline(), k.model.takeShutdown()]).toEqual([k.clock.now, null]);
      expect(k.model.step()).toBeNull();
      how.push(...[k.model.takeShutdown()].filter((shutdown) => shutdown !== null));
    }
    return [how, k.called.splice(0)];
  };
  expect(down()).toEqual([['reboot'], ['4096(7)']]);
  k.states.restore(going);
  expect(down()).toEqual([['reboot'], ['4096(7)']]);
});
