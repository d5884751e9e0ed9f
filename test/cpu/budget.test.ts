import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { SERVICE_WORK } from '../../src/cpu/index.ts';
import { CODE, DATA, machine, start } from '../support/machine.ts';

/** 500 of these and a jump back to the first. */
const loopOf = (code: string): string => {
  const bytes = (code.length / 2) * 500;
  const back = Buffer.alloc(4);
  back.writeInt32LE(-(bytes + 5));
  return `${code.repeat(500)}e9${back.toString('hex')}`;
};

describe('the budget of a run', () => {
  it.each([
    ['port accesses', 'ed'],
    ['CPUID', '0fa2'],
    ['RDTSC', '0f31'],
  ])('counts what is served as well as blocks: %s', (_, code) => {
    const m = machine(64, loopOf(code));
    let served = 0;
    m.onPort = () => {
      served++;
    };
    const stop = m.run(CODE, { blocks: 10_000 });
    expect(stop.reason).toBe('budget');
    expect(m.workLeft).toBeLessThan(0);
    // Nothing is half done: the guest goes on with the one that the budget did not reach.
    expect((stop.pc - CODE) % BigInt(code.length / 2)).toBe(0n);
    if (code === 'ed') expect([served, stop.pc]).toEqual([399, CODE + 399n]);
    expect(m.run(stop.pc, { blocks: 1000 }).reason).toBe('budget');
    m.close();
  });

  it('counts hypercalls', () => {
    const m = machine(64, '0f01c1 ebfb');
    let served = 0;
    m.onVmcall = () => {
      served++;
      return 'done';
    };
    expect(m.run(CODE, { blocks: 100 * SERVICE_WORK }).reason).toBe('budget');
    expect(served).toBeGreaterThan(50);
    expect(served).toBeLessThanOrEqual(100);
    m.close();
  });

  it('counts a transfer of many elements once', () => {
    const m = machine(64, 'f36c f4');
    [m.registers.rdi, m.registers.rcx] = [DATA, 4096n];
    m.onPort = (access) => {
      access.data = new Uint8Array(access.count);
    };
    expect(m.run(CODE, { blocks: 3 + SERVICE_WORK }).reason).toBe('halt');
    m.close();
  });

  it('says what is left of it, however large it is', () => {
    const m = machine(64, '90 eb00 ed f4');
    for (const blocks of [1000, 50_000_000, Number.POSITIVE_INFINITY]) {
      expect(m.run(CODE, { blocks }).reason).toBe('halt');
      expect(m.workLeft).toBe(blocks - 2 - SERVICE_WORK);
    }
    m.close();
  });

  it('goes on over the slices in which the engine spends it', () => {
    // dec %ecx; jnz: three million blocks
    const m = machine(64, 'ffc9 75fc f4');
    m.registers.rcx = 3_000_000n;
    expect(m.run(CODE, { blocks: 3_000_001 }).reason).toBe('halt');
    m.registers.rcx = 3_000_000n;
    expect(m.run(CODE, { blocks: 2_999_999 }).reason).toBe('budget');
    expect(m.registers.rcx).toBeLessThan(3n);
    m.close();
  });

  it('in two runs gives what it gives in one', () => {
    const code = '0f31 ed 90 ffc9 75f8 f4';
    const [whole, parts] = [machine(64, code), machine(64, code)];
    whole.registers.rcx = parts.registers.rcx = 500n;
    start(whole);
    let stop = parts.run(CODE, { blocks: 97 });
    while (stop.reason === 'budget') stop = parts.run(stop.pc, { blocks: 97 });
    expect([stop.reason, parts.registers.rcx]).toEqual(['halt', whole.registers.rcx]);
    whole.close();
    parts.close();
  });
});

describe('a worker thread whose guest runs for ever', () => {
  it.each([
    ['blocks', 'ebfe'],
    ['port accesses', 'edebfd'],
    ['hypercalls', '0f01c1ebfb'],
    ['string stores', 'f3aaebfc'],
  ])('ends when it is told to: %s', async (_, code) => {
    const index = new URL('../../dist/cpu/index.js', import.meta.url).href;
    const body = `
      const { parentPort, workerData } = require('node:worker_threads');
      import(${JSON.stringify(index)}).then(({ Machine }) => {
        const m = new Machine({ bits: 64 });
        m.map(0x1000n, 4096, 'rx');
        m.map(0x2000n, 4096, 'rw');
        m.write(0x1000n, Buffer.from(workerData, 'hex'));
        m.registers.rdi = 0x2000n;
        m.onVmcall = () => 'done';
        parentPort.postMessage('runs');
        m.run(0x1000n, { blocks: Infinity });
      });`;
    // The thread is to end at any moment: in a callback, in the engine, on the way between them.
    for (let delay = 0; delay < 20; delay++) {
      const worker = new Worker(body, { eval: true, workerData: code });
      await new Promise((wake) => worker.once('message', wake));
      await new Promise((wake) => setTimeout(wake, delay));
      // It hangs, and so does the test, where the guest is not left.
      expect(await worker.terminate()).toBe(1);
    }
  });
});
