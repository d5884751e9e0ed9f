import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyState, firstStrange } from '../src/plain.ts';
import { ADDRESS_KEYS, NUMBER_KEYS, StateCell, States, Table, TEXT_KEYS } from '../src/state.ts';

describe('a cell', () => {
  const first = () => ({ count: 0, list: [1, 2], table: { a: 1 }, bytes: Uint8Array.of(1, 2) });

  it('gives the same state to every snapshot as long as nothing changes', () => {
    const cell = new StateCell(first());
    const state = cell.snapshot();
    expect(cell.snapshot()).toBe(state);
    cell.restore(state);
    expect(cell.now).toBe(state);
    cell.change.count = 1;
    expect(cell.now).not.toBe(state);
    cell.restore(state);
    expect(cell.snapshot()).toBe(state);
  });

  it('writes into no snapshot, nor into what it began with', () => {
    const initial = first();
    const cell = new StateCell(initial);
    const early = cell.snapshot();
    cell.change.count = 5;
    cell.change.list.push(3);
    cell.change.table.a = 2;
    cell.change.bytes[0] = 9;
    const late = cell.snapshot();
    cell.restore(early);
    cell.change.list.length = 0;
    expect([initial, early]).toEqual([first(), first()]);
    expect(late).toEqual({ count: 5, list: [1, 2, 3], table: { a: 2 }, bytes: Uint8Array.of(9, 2) });
  });

  it('copies once between two snapshots', () => {
    const cell = new StateCell(first());
    cell.snapshot();
    const copy = cell.change;
    cell.change.count++;
    expect(cell.change).toBe(copy);
  });

  it('shares what lies in its containers, unless it is copied whole', () => {
    const shallow = new StateCell({ list: [{ inner: [1] }] });
    const whole = new StateCell({ list: [{ inner: [1] }] }, 'whole');
    const [early, earlyWhole] = [shallow.snapshot(), whole.snapshot()];
    expect(shallow.change.list[0]).toBe(early.list[0]);
    whole.change.list[0]?.inner.push(2);
    expect(earlyWhole).toEqual({ list: [{ inner: [1] }] });
    expect(whole.now).toEqual({ list: [{ inner: [1, 2] }] });
  });

  it.each([
    ['a Map', new Map()],
    ['a Set', new Set()],
    ['a class', new (class Thing {})()],
    ['a function', () => 1],
  ])('refuses %s', (_what, thing) => {
    expect(() => new StateCell({ thing })).toThrow(/^a state/);
  });
});

describe('the states of a whole', () => {
  const whole = () => {
    const states = new States();
    return { states, a: states.cell('a', { n: 1 }), b: states.cell('b', { list: [1] }) };
  };

  it('go back together, in any order, and share what has not changed', () => {
    const { states, a, b } = whole();
    const one = states.snapshot();
    a.change.n = 2;
    const two = states.snapshot();
    b.change.list.push(2);
    const three = states.snapshot();
    expect([one.b === two.b, two.a === three.a, one.a === two.a]).toEqual([true, true, false]);
    for (const [state, n, list] of [
      [two, 2, [1]],
      [three, 2, [1, 2]],
      [one, 1, [1]],
    ] as const) {
      states.restore(state);
      expect([a.now.n, b.now.list]).toEqual([n, list]);
    }
  });

  it('are looked at without being shared', () => {
    const { states, a } = whole();
    const owned = a.change;
    expect(states.now).toEqual({ a: { n: 1 }, b: { list: [1] } });
    expect(a.change).toBe(owned);
  });

  it('take over a stored snapshot by copying it, and refuse what is none', () => {
    const { states, b } = whole();
    const stored = { a: { n: 7 }, b: { list: [7] }, bytes: { raw: Buffer.from([1]) } };
    states.restore(stored);
    b.change.list.push(8);
    expect(stored.b.list).toEqual([7]);
    expect(() => states.restore({ a: { n: 1 } })).toThrow('the state has no part b');
    expect(() => states.restore({ a: { n: 1 }, b: new Map() })).toThrow('the state.b is a Map');
    expect(() => states.restore(null)).toThrow('the state has no part a');
  });

  it('have one part a name', () => {
    expect(() => whole().states.cell('a', {})).toThrow('two parts keep their state as a');
  });
});

describe('a table', () => {
  it('does what a Map does, in the same order, whatever its keys are called', () => {
    const key = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString', '7', '10', ''), fc.string());
    const step = fc.record({ key, value: fc.nat(), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const record: Record<string, number> = {};
        const [table, map] = [
          new Table<string, number>(
            TEXT_KEYS,
            () => record,
            () => record,
          ),
          new Map<string, number>(),
        ];
        for (const { key, value, remove } of steps) {
          if (remove) expect(table.delete(key)).toBe(map.delete(key));
          else {
            table.set(key, value);
            map.set(key, value);
          }
          expect([table.has(key), table.get(key), table.size]).toEqual([map.has(key), map.get(key), map.size]);
        }
        expect([...table]).toEqual([...map]);
        expect([table.keys(), table.values()]).toEqual([[...map.keys()], [...map.values()]]);
      }),
    );
  });

  it('has addresses and numbers for keys, too', () => {
    for (const address of [0n, 7n, 0xffff_8000_0000_1000n]) {
      expect(ADDRESS_KEYS.read(ADDRESS_KEYS.write(address))).toBe(address);
    }
    expect(NUMBER_KEYS.read(NUMBER_KEYS.write(-1))).toBe(-1);
  });
});

describe('plain data', () => {
  it('is copied as deep as is asked for, bytes as plain bytes', () => {
    const value = { list: [{ n: 1 }], bytes: Buffer.from([1, 2]) };
    const copy = copyState(value, Number.POSITIVE_INFINITY);
    expect(copy).toEqual({ list: [{ n: 1 }], bytes: Uint8Array.of(1, 2) });
    expect(copy.bytes.constructor).toBe(Uint8Array);
    expect(copy.list[0]).not.toBe(value.list[0]);
    expect(copyState(value, 2).list[0]).toBe(value.list[0]);
  });

  it.each([
    ['undefined', { a: [1, { b: undefined }] }, 'x.a[1].b is undefined'],
    ['a date', [new Date(0)], 'x[0] is a Date'],
    ['a function', { f: () => 1 }, 'x.f is a function'],
    ['words', { words: Uint32Array.of(1) }, 'x.words is a Uint32Array'],
    ['a symbol for a key', { [Symbol('s')]: 1 }, 'x has a symbol for a key'],
    ['a symbol', { s: Symbol('s') }, 'x.s is a symbol'],
    ['nothing', { ok: [1, -1n, 'text', true, null, Uint8Array.of(1), {}] }, null],
  ])('is looked through for what is none: %s', (_what, value, strange) => {
    expect(firstStrange(value, 'x')).toBe(strange);
  });
});
