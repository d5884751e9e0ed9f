import { expect, it } from 'vitest';
import {
  BDOOR_CMD_GETVERSION,
  BDOOR_MAGIC,
  COMMAND_WORDS,
  commandWords,
  PlainRegisters,
} from '../../src/protocol/index.ts';
import { VmwareHost } from '../../src/tclo-host/index.ts';

const NAMES = ['ax', 'bx', 'cx', 'dx', 'si', 'di', 'bp'] as const;

it.each(NAMES)('e%s is the low half, and writing it clears the high one', (name) => {
  const registers = new PlainRegisters({ [`r${name}`]: 0x1234_5678_9abc_def0n });
  expect(registers[`e${name}`]).toBe(0x9abcdef0);
  registers[`e${name}`] = 0xfffffffe;
  expect(registers[`r${name}`]).toBe(0xfffffffen);
  expect([...registers.wide].filter((value) => value !== 0n)).toEqual([0xfffffffen]);
});

it('is enough to talk to the host', () => {
  const registers = new PlainRegisters({ eax: BDOOR_MAGIC, ecx: BDOOR_CMD_GETVERSION, rsi: 1n << 40n });
  new VmwareHost().call(registers);
  expect(registers).toMatchObject({ eax: 6, ebx: BDOOR_MAGIC, ecx: 4, rsi: 1n << 40n });
});

it('each command has one row of words', () => {
  for (const words of COMMAND_WORDS) expect(commandWords(words.number)).toBe(words);
  expect(commandWords(0x7fff)).toBeNull();
});
