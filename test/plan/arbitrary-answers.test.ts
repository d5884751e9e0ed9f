import { describe, expect, it } from 'vitest';
import { faultWords, parseFault } from '../../src/plan/index.ts';

describe('answers of no known host, as lines', () => {
  it.each([
    ['rpci.open registers ecx=65536 edx=7', { kind: 'registers', ecx: 0x10000, edx: 7 }],
    ['tclo.receive nth=2 payload hex=6f6b00', { kind: 'payload', hex: '6f6b00' }],
    ['rpci.recvsize message hex=', { kind: 'message', hex: '' }],
    ['rpci.recvsize message hex=""', { kind: 'message', hex: '' }],
    ['tclo.recvsize stall for=5ns', { kind: 'stall', for: 5 }],
  ])('%s', (line, fault) => {
    expect(parseFault(line).fault).toEqual(fault);
    const [step] = line.split(' ');
    expect(parseFault(`${step} ${faultWords(parseFault(line).fault)}`).fault).toEqual(fault);
  });

  it.each([
    'rpci.open registers ebp=1',
    'tclo.receive payload hex=6f6',
    'tclo.receive payload hex=zz',
    'rpci.open message hex=00',
  ])('refuses %s', (line) => {
    expect(() => parseFault(line)).toThrow(expect.objectContaining({ code: 'fault' }));
  });
});
