import fc from 'fast-check';
import { VmwareHost } from '../../../src/tclo-host/index.ts';
import { Frame } from '../frame.ts';
import { MAGIC, RPCI, TCLO } from '../guest.ts';
import { type Answer, ChannelModel, SLOTS } from './channel-model.ts';

const PROTOCOLS = { rpci: RPCI, tclo: TCLO, other: 0x12345678 } as const;
const WELL = 0x10000;

/** The host, and what the guest knows of it: the cookies of each slot. */
export class Real {
  readonly host: VmwareHost = new VmwareHost({
    options: { session: 'resetOnly', resetAcrossReopen: 'drop', maxChannels: SLOTS },
    now: () => 0,
    seed: 1,
  });
  readonly cookies: [number, number][] = [];

  low(sub: number, slot: number, cookie: boolean, ebx: number): Frame {
    const [high, low] = this.cookies[slot] ?? [0, 0];
    const frame = Frame.of({
      ...{ eax: MAGIC, ebx, ecx: sub * 0x10000 + 0x1e, edx: slot * 0x10000 + 0x5658 },
      ...{ esi: high, edi: cookie ? low : ~low >>> 0 },
    });
    this.host.call(frame);
    return frame;
  }

  high(slot: number, cookie: boolean, out: readonly number[] | null, count: number): [Frame, readonly number[] | null] {
    const [high, low] = this.cookies[slot] ?? [0, 0];
    const wrong = cookie ? low : ~low >>> 0;
    const common = { eax: MAGIC, ebx: WELL, ecx: count, edx: slot * 0x10000 + 0x5659 };
    if (out === null) {
      const frame = Frame.of({ ...common, esi: high, ebp: wrong });
      const bytes = this.host.receiveHighBandwidth(frame, count);
      return [frame, bytes === null ? null : Array.from(bytes)];
    }
    const frame = Frame.of({ ...common, ebp: high, edi: wrong });
    this.host.sendHighBandwidth(frame, Uint8Array.from(out));
    return [frame, null];
  }
}

/** One step of a guest, as data: it prints itself, and does the same to model and host. */
class Step implements fc.Command<ChannelModel, Real> {
  readonly #text: string;
  readonly #run: (model: ChannelModel, real: Real) => void;

  constructor(text: string, run: (model: ChannelModel, real: Real) => void) {
    this.#text = text;
    this.#run = run;
  }

  check(): boolean {
    return true;
  }

  run(model: ChannelModel, real: Real): void {
    this.#run(model, real);
  }

  toString(): string {
    return this.#text;
  }
}

/** Cheaper than `expect`, which would take most of the time of a hundred thousand sequences. */
function same(host: readonly unknown[], model: readonly unknown[]): void {
  const [seen, wanted] = [JSON.stringify(host), JSON.stringify(model)];
  if (seen !== wanted) throw new Error(`the host answers ${seen}, the model ${wanted}`);
}

function sameLow(frame: Frame, answer: Answer, before: number): void {
  const { status, ebx = before, edx } = answer;
  same([frame.ecx, frame.eax, frame.ebx], [status * 0x10000, status & 1, ebx]);
  if (edx !== undefined) same([frame.edx], [edx * 0x10000]);
}

const slot = fc.oneof({ weight: 20, arbitrary: fc.nat({ max: 1 }) }, { weight: 4, arbitrary: fc.nat({ max: SLOTS }) });
const cookie = fc.oneof({ weight: 15, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
const mostly = fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
const text = fc.constantFrom(
  'log x',
  'nonsense',
  'log',
  'OK ATR toolbox',
  'OK ATR other',
  'OK ',
  'ERROR no',
  'rubbish',
  'a\0b',
);
const words = fc.constantFrom(0x20676f6c, 0x41414141, 0x00004242, 0);
const bytesOf = (message: string): number[] => Array.from(message, (character) => character.charCodeAt(0));
const wordBytes = (word: number): number[] => [0, 8, 16, 24].map((shift) => (word >>> shift) & 0xff);

const open = fc
  .tuple(fc.constantFrom('rpci', 'rpci', 'tclo', 'tclo', 'tclo', 'other' as const), fc.boolean())
  .map(([protocol, checked]) => {
    return new Step(`open ${protocol}${checked ? ' with cookies' : ''}`, (model, real) => {
      const expected = model.open(protocol as 'rpci', checked);
      const frame = Frame.of({
        ...{ eax: MAGIC, ebx: PROTOCOLS[protocol as 'rpci'] + (checked ? 0x80000000 : 0), ecx: 0x1e, edx: 0x5658 },
        ...{ esi: 7, edi: 9 },
      });
      real.host.call(frame);
      same([frame.ecx], [expected === null ? 0 : 0x10000]);
      if (expected === null) return;
      same([frame.edx], [expected * 0x10000]);
      if (checked) same([frame.esi === 0, frame.edi === 0], [false, false]);
      else same([frame.esi, frame.edi], [7, 9]);
      real.cookies[expected] = [frame.esi, frame.edi];
    });
  });

const size = fc.oneof(
  text.map(({ length }) => length),
  fc.constantFrom(0, 0, 0, 3, 65536, 65537, 0xffffffff),
);

const sendSize = fc.tuple(slot, cookie, size).map(
  ([at, right, length]) =>
    new Step(`SENDSIZE ${at} ${length}${right ? '' : ' wrong cookie'}`, (model, real) => {
      sameLow(real.low(1, at, right, length), model.sendSize(at, right, length), length);
    }),
);

const sendWord = fc.tuple(slot, cookie, words).map(
  ([at, right, word]) =>
    new Step(`SENDPAYLOAD ${at} ${word}${right ? '' : ' wrong cookie'}`, (model, real) => {
      sameLow(real.low(2, at, right, word), model.send(at, right, 'low', wordBytes(word)), word);
    }),
);

function sendHigh(model: ChannelModel, real: Real, at: number, right: boolean, bytes: readonly number[]): void {
  const [frame] = real.high(at, right, bytes, bytes.length);
  same([frame.ebx], [model.send(at, right, 'high', bytes).status * 0x10000]);
}

const outs = fc.tuple(slot, cookie, text).map(
  ([at, right, message]) =>
    new Step(`rep outsb ${at} "${message}"${right ? '' : ' wrong cookie'}`, (model, real) => {
      sendHigh(model, real, at, right, bytesOf(message));
    }),
);

const message = fc.tuple(slot, text, fc.boolean()).map(
  ([at, whole, high]) =>
    new Step(`send ${at} "${whole}" by ${high ? 'high' : 'low'} bandwidth`, (model, real) => {
      const bytes = bytesOf(whole);
      sameLow(real.low(1, at, true, bytes.length), model.sendSize(at, true, bytes.length), bytes.length);
      if (high) sendHigh(model, real, at, true, bytes);
      for (let from = 0; !high && from < bytes.length; from += 4) {
        const piece = [...bytes.slice(from, from + 4), 0, 0, 0].slice(0, 4);
        const word = piece.reduce((sum, byte, place) => sum + byte * 256 ** place, 0);
        sameLow(real.low(2, at, true, word), model.send(at, true, 'low', piece), word);
      }
    }),
);

const receiveSize = fc.tuple(slot, cookie).map(
  ([at, right]) =>
    new Step(`RECVSIZE ${at}${right ? '' : ' wrong cookie'}`, (model, real) => {
      sameLow(real.low(3, at, right, 0), model.receiveSize(at, right), 0);
    }),
);

const receiveWord = fc.tuple(slot, cookie, mostly).map(
  ([at, right, well]) =>
    new Step(`RECVPAYLOAD ${at} ${well}${right ? '' : ' wrong cookie'}`, (model, real) => {
      sameLow(real.low(4, at, right, well ? 1 : 0), model.receiveWord(at, right, well), well ? 1 : 0);
    }),
);

const ins = fc.tuple(slot, cookie, fc.constantFrom(1, 3, 5, 18, 4095)).map(
  ([at, right, count]) =>
    new Step(`rep insb ${at} ${count}${right ? '' : ' wrong cookie'}`, (model, real) => {
      const [frame, bytes] = real.high(at, right, null, count);
      const answer = model.receiveHigh(at, right, count);
      same([frame.ebx, bytes], [answer.status * 0x10000, answer.bytes]);
    }),
);

const receiveStatus = fc.tuple(slot, cookie, mostly).map(
  ([at, right, accepted]) =>
    new Step(`RECVSTATUS ${at} ${accepted}${right ? '' : ' wrong cookie'}`, (model, real) => {
      const ebx = accepted ? 1 : 0;
      sameLow(real.low(5, at, right, ebx), model.receiveStatus(at, right, accepted), ebx);
    }),
);

const close = fc.tuple(slot, cookie).map(
  ([at, right]) =>
    new Step(`CLOSE ${at}${right ? '' : ' wrong cookie'}`, (model, real) => {
      sameLow(real.low(6, at, right, 0), model.close(at, right), 0);
    }),
);

/** The start of a TCLO session in one step, for what lies behind it. */
const greet = fc.tuple(slot, fc.constantFrom('OK ATR toolbox', 'OK ATR toolbox', 'OK ATR other')).map(
  ([at, reply]) =>
    new Step(`greet ${at} "${reply}"`, (model, real) => {
      sameLow(real.low(1, at, true, 0), model.sendSize(at, true, 0), 0);
      sameLow(real.low(3, at, true, 0), model.receiveSize(at, true), 0);
      const [frame, bytes] = real.high(at, true, null, 5);
      const answer = model.receiveHigh(at, true, 5);
      same([frame.ebx, bytes], [answer.status * 0x10000, answer.bytes]);
      sameLow(real.low(5, at, true, 1), model.receiveStatus(at, true, true), 1);
      sameLow(real.low(1, at, true, reply.length), model.sendSize(at, true, reply.length), reply.length);
      sendHigh(model, real, at, true, bytesOf(reply));
    }),
);

const event = fc.constantFrom('checkpoint', 'checkpoint', 'tclo.break' as const).map(
  (name) =>
    new Step(`event ${name}`, (model, real) => {
      real.host.event({ name: name as 'checkpoint' });
      if (name === 'checkpoint') model.checkpoint();
      else model.breakTclo();
    }),
);

/** Guests, legal and illegal, as fast-check's commands; what is listed more often comes more often. */
const GUEST_STEPS: fc.Arbitrary<fc.Command<ChannelModel, Real>>[] = [
  ...[open, open, greet, greet, message, message, message, sendSize, sendSize, sendWord, outs],
  ...[receiveSize, receiveSize, receiveSize, receiveWord, ins, ins, receiveStatus, receiveStatus, close, event],
];

/** Each run does the same to a fresh model and a fresh host, and throws where the two differ. `done` sees the host. */
export const guestSequences = (done: (real: Real) => void = () => undefined): fc.IProperty<unknown> =>
  fc.property(fc.commands(GUEST_STEPS, { maxCommands: 60, size: 'max' }), (commands) => {
    const real = new Real();
    fc.modelRun(() => ({ model: new ChannelModel(), real }), commands);
    done(real);
  });
