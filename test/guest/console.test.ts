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
