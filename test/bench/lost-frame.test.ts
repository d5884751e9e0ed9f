import { describe, expect, it } from 'vitest';
import { Notes } from '../../src/bench/index.ts';
import { PortBus } from '../../src/ports/index.ts';
import type { Notice } from '../../src/protocol/index.ts';
import { DATA, machine, start } from '../support/machine.ts';

/** Loads of a register frame through eax, as the BSD drivers have them, and the IN. */
const I386 = '50 8b6818 8b7814 8b7010 8b500c 8b4808 8b5804 8b00 ed f4';
const AMD64 = '50 488b6830 488b7828 488b7020 488b5018 488b4810 488b5808 488b00 ed f4';

function notesOf(bits: 32 | 64, code: string, frame: Uint8Array): Notes {
  const m = machine(bits, code);
  const notes = new Notes(m, (pc) => `0x${pc.toString(16)}`);
  const bus = new PortBus();
  bus.onNotice = (notice: Notice) => notes.add(notice);
  bus.attach(m);
  m.write(DATA, frame);
  m.registers.rax = DATA;
  start(m);
  return notes;
}

describe('a backdoor sequence whose registers were lost is told as what it is', () => {
  it.each([
    [32, I386],
    [64, AMD64],
  ] as const)('%i bit, an empty frame: the missing clobber', (bits, code) => {
    const notes = notesOf(bits, code, new Uint8Array(64));
    expect(notes.nearMisses).toBe(1);
    expect(notes.texts[0]).toMatch(/^near miss at .* on port 0x0, /);
    expect(notes.texts[0]).toContain('loads a register frame');
    expect(notes.texts[0]).toContain('no "memory" clobber');
    expect(notes.texts[0]).toMatch(/> [0-9a-f]+ {2}in %dx,%eax/);
  });

  it('a frame with other values: they did not reach the registers', () => {
    const notes = notesOf(32, I386, new Uint8Array(64).fill(3));
    expect(notes.texts[0]).toContain('edx=0x3030303');
    expect(notes.texts[0]).toContain('did not reach these registers');
  });

  it('an access without such loads stays what it is', () => {
    const notes = notesOf(32, '90 90 8b00 ed f4', new Uint8Array(64));
    expect(notes.nearMisses).toBe(0);
    expect(notes.texts[0]).toMatch(/^unowned port/);
  });
});
