import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMAND_WORDS } from '../../src/protocol/index.ts';
import { COMMANDS, FAULTS, HOST_EVENTS, HOST_OPTIONS, RPCI_COMMANDS, SUB_COMMANDS } from '../../src/tclo-host/index.ts';
import * as messages from '../../src/tclo-host/tclo/messages.ts';
import * as rows from './protocol-rows.ts';

/** The source of a test file of this folder, or of one by its path from `test/`. */
const source = (file: string): string =>
  readFileSync(`test/${file.includes('/') ? file : `tclo-host/${file}`}.test.ts`, 'utf8');
const names = (table: readonly rows.ProtocolRow[]): string[] => table.map(([row]) => row);
const hex = (number: number): string => `0x${number.toString(16).padStart(2, '0')}`;

const TABLES: readonly rows.ProtocolRow[] = [
  ...rows.COMMAND_ROWS,
  ...rows.SUB_COMMAND_ROWS,
  ...rows.RPCI_ROWS,
  ...rows.TCLO_ROWS,
  ...rows.RULE_ROWS,
  ...rows.BEHAVIOUR_ROWS,
  ...rows.BALLOON_ROWS,
];

describe('every row of the protocol has a test that names it', () => {
  test.each(TABLES)('%s', (_row, file, words) => {
    expect(source(file)).toContain(words);
  });
});

describe('every row of the host’s tables is a row of the protocol', () => {
  test('commands', () => {
    const commands = COMMANDS.map(({ number, name }) => `${hex(number)} ${name}`);
    expect(commands, 'COMMAND_ROWS of protocol-rows.ts names each').toEqual(names(rows.COMMAND_ROWS));
  });

  test('commands with words have an answer', () => {
    const answered = COMMANDS.map(({ number, name }) => `${hex(number)} ${name}`);
    const described = COMMAND_WORDS.map(({ number, name }) => `${hex(number)} ${name}`);
    expect(answered, 'each has an answer in tclo-host/commands/').toEqual(described);
  });

  test('sub commands', () => {
    expect(SUB_COMMANDS.map(({ step }, number) => `${number} ${step}`)).toEqual(names(rows.SUB_COMMAND_ROWS));
  });

  test('RPCI', () => {
    const commands = RPCI_COMMANDS.map(({ command }) => command).sort();
    expect(commands, 'RPCI_ROWS of protocol-rows.ts names each').toEqual(names(rows.RPCI_ROWS).sort());
  });

  test('TCLO', () => {
    const texts = Object.entries(messages).filter(([name]) => name.startsWith('TCLO_'));
    expect(texts.map(([, text]) => text).sort()).toEqual(names(rows.TCLO_ROWS).sort());
  });
});

describe('every row of the other tables is tried', () => {
  test.each(Object.keys(FAULTS))('fault %s', (kind) => {
    expect(source('faults').includes(kind), `test/tclo-host/faults.test.ts tries ${kind}`).toBe(true);
  });

  test.each(Object.keys(HOST_EVENTS))('event %s', (name) => {
    expect(['events', 'power', 'backup', 'scenarios', 'second-owner'].some((file) => source(file).includes(name))).toBe(
      true,
    );
  });

  test.each(Object.entries(HOST_OPTIONS))('option %s, each of its values', (name, { values = [] }) => {
    const files = [
      'session',
      'power',
      'message',
      'scenarios',
      'second-owner',
      'personality',
      'rpci',
      'commands',
      'unspecified',
    ];
    const sources = [...files.map(source), source('ports/bus'), source('cpu/machine'), source('cli/personality')];
    const about = sources.filter((text) => text.includes(name));
    expect(about).not.toEqual([]);
    for (const value of values.slice(1))
      expect([value, about.some((text) => text.includes(String(value)))]).toEqual([value, true]);
  });
});
