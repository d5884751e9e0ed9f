import { expect, test } from 'vitest';
import { GuestConsole } from '../../src/guest/console.ts';

test('lines end at newlines and have the time of their first character', () => {
  let now = 1;
  const heard: string[] = [];
  const console_ = new GuestConsole(() => now);
  console_.onLine = ({ at, text }) => heard.push(`${at} ${text}`);
  console_.print('vmt0 at ');
  now = 5;
  console_.print('pvbus0\nsecond\n\nthi');
  expect(heard).toEqual(['1 vmt0 at pvbus0', '5 second']);
  expect(console_.partial).toBe('thi');
  console_.endLine();
  expect(console_.lines.map(({ text }) => text)).toEqual(['vmt0 at pvbus0', 'second', 'thi']);
});

test('a line without end is broken', () => {
  const console_ = new GuestConsole(() => 0);
  for (let i = 0; i < 100; i++) console_.print('x'.repeat(1000));
  expect(Math.max(...console_.lines.map(({ text }) => text.length))).toBeLessThan(6000);
  expect(console_.partial.length).toBeLessThan(5000);
});

test('snapshots go back and forth', () => {
  const console_ = new GuestConsole(() => 0);
  const texts = (): string[] => console_.lines.map(({ text }) => text);
  console_.print('a\nb');
  const early = console_.state.snapshot();
  console_.print('c\nd\ne');
  const late = console_.state.snapshot();
  console_.state.restore(early);
  expect([texts(), console_.partial]).toEqual([['a'], 'b']);
  console_.print('x\n');
  expect(texts()).toEqual(['a', 'bx']);
  console_.state.restore(late);
  expect([texts(), console_.partial]).toEqual([['a', 'bc', 'd'], 'e']);
});

test('the first and the last of very many lines are kept, and how many were left out', () => {
  const guestConsole = new GuestConsole(() => 0);
  const excess: string[] = [];
  guestConsole.onExcess = ({ message }) => excess.push(message);
  for (let line = 1; line <= 100_000; line++) guestConsole.print(`line ${line}\n`);
  const { texts } = guestConsole;
  expect(texts.length).toBe(10_001);
  expect([texts[0], texts[4999], texts[5000], texts[5001], texts.at(-1)]).toEqual([
    'line 1',
    'line 5000',
    '[90000 lines are left out here]',
    'line 95001',
    'line 100000',
  ]);
  expect(guestConsole.lines.length).toBeLessThan(20_000);
  expect(excess).toEqual([]);
  guestConsole.print('one more\n');
  expect(excess).toEqual(['the guest printed more than 100000 lines']);
});

test('10,000 lines are kept whole', () => {
  const guestConsole = new GuestConsole(() => 0);
  for (let line = 1; line <= 10_000; line++) guestConsole.print(`line ${line}\n`);
  expect(guestConsole.texts).toHaveLength(10_000);
  expect(guestConsole.texts).not.toContain('[0 lines are left out here]');
});

test('few but long lines are too much, too', () => {
  const guestConsole = new GuestConsole(() => 0);
  let excess = 0;
  guestConsole.onExcess = () => {
    excess++;
  };
  const line = `${'x'.repeat(4000)}\n`;
  for (let count = 0; count < 16_777; count++) guestConsole.print(line);
  expect(excess).toBe(0);
  guestConsole.print(line);
  expect(excess).toBe(1);
});
