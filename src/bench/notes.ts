import { type Bits, decode, format, type Processor } from '../cpu/index.ts';
import { hex, hexDigits } from '../hex.ts';
import { BDOOR_MAGIC, type Notice } from '../protocol/index.ts';
import { States, Table, TEXT_KEYS } from '../state.ts';
import { explainLostFrame } from './lost-frame.ts';

/** Why an access was no call, by kind. */
const REASONS: Record<Notice['kind'], (notice: Notice) => string> = {
  noMagic: ({ registers }) =>
    `without the magic ${hex(BDOOR_MAGIC)} in eax (it holds 0x${hexDigits(registers.eax, 8)})`,
  wrongPort: ({ port }) => `with the magic in eax, but port ${hex(port)} is not the backdoor's`,
  wrongForm: ({ string }) =>
    string ? 'by string I/O, which this port does not have' : 'by a plain IN or OUT, which this port does not have',
  unownedPort: () => 'which no device owns: it read all ones',
};

interface Note {
  readonly notice: Notice;
  readonly code: string;
  /** Why an intended call is no call, as far as the code shows it. */
  readonly explanation: string | null;
  readonly count: number;
}

/** Whether the driver surely meant a backdoor call. */
const isNearMiss = ({ notice, explanation }: Note): boolean => notice.kind !== 'unownedPort' || explanation !== null;

/** Kept at most. */
const MOST = 64;

/** Notes on near misses and on accesses to ports that no device owns, with the registers and the code around each. */
export class Notes {
  readonly #seen: Table<string, Note>;
  readonly #machine: Processor;
  readonly #where: (pc: bigint) => string;

  /** @param where names an address for people. */
  constructor(machine: Processor, where: (pc: bigint) => string, states: States = new States()) {
    const state = states.cell<Record<string, Note>>('notes', {});
    this.#seen = new Table(
      TEXT_KEYS,
      () => state.now,
      () => state.change,
    );
    this.#machine = machine;
    this.#where = where;
  }

  /** @returns why a call was meant, where the code before it says so. */
  add(notice: Notice): string | null {
    const key = `${notice.kind} ${notice.pc} ${notice.port}`;
    const known = this.#seen.get(key);
    if (known !== undefined) {
      this.#seen.set(key, { ...known, count: known.count + 1 });
      return known.explanation;
    }
    if (this.#seen.size >= MOST) return null;
    const code = codeAround(this.#machine, notice.pc);
    const explanation = explainLostFrame(this.#machine, notice.pc, notice.registers);
    this.#seen.set(key, { notice, code, explanation, count: 1 });
    return explanation;
  }

  get nearMisses(): number {
    return this.#seen.values().filter(isNearMiss).length;
  }

  get texts(): string[] {
    return this.#seen.values().map((note) => {
      const { notice, code, explanation, count } = note;
      const { direction, width, string, port, registers } = notice;
      const what = `${direction}${string ? ' (string)' : ''} of ${width} byte${width === 1 ? '' : 's'} on port 0x${port.toString(16)}`;
      const times = count > 1 ? `, ${count} times` : '';
      const values = Object.entries(registers).map(([name, value]) => `${name}=${hexDigits(value, 8)}`);
      const label = isNearMiss(note) ? 'near miss' : 'unowned port';
      const why = explanation === null ? '' : `\n  ${explanation}`;
      return `${label} at ${this.#where(notice.pc)}${times}: ${what}, ${REASONS[notice.kind](notice)}${why}\n  ${values.join(' ')}\n${code}`;
    });
  }
}

const BEFORE = 24;

/** Some instructions before an address and after it. Going back is a guess: the longest decoding that meets it. */
function codeAround(machine: Processor, pc: bigint): string {
  for (let back = BEFORE; back >= 0; back--) {
    const start = pc - BigInt(back);
    const bytes = machine.readUpTo(start, back + 16);
    const list = decode(machine.bits as Bits, bytes, start);
    const at = list.findIndex(({ address }) => address === pc);
    if (at === -1) continue;
    return list
      .slice(Math.max(0, at - 4), at + 3)
      .map((decoded) => `  ${decoded.address === pc ? '>' : ' '} ${decoded.address.toString(16)}  ${format(decoded)}`)
      .join('\n');
  }
  return '';
}
