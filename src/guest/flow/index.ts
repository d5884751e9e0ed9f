import type { ObjectFile } from '../../object/index.ts';
import type { Guest } from '../guest.ts';
import { type AbiBreach, abiBreaches } from './abi.ts';
import { type Fate, FateFinder } from './fate.ts';
import { lostRegisters } from './lost.ts';
import { gprOf, opsOf } from './op.ts';
import { FlowStepper } from './step.ts';
import { FunctionCode, statesOf } from './walk.ts';

/** {@link AbiBreach} with addresses of the guest. */
export type PlacedBreach = Omit<AbiBreach, 'by' | 'shows'> & { readonly by: bigint; readonly shows: bigint };

/** What the code around a backdoor instruction says. Plain data. */
export interface SiteCode {
  readonly pc: bigint;
  /** The function that it is in. */
  readonly function: string;
  /** The straight piece of code that it is in: its sequence. */
  readonly from: bigint;
  readonly to: bigint;
  readonly breaches: readonly PlacedBreach[];
}

/** The longest function that is analysed, in bytes. */
const MOST_BYTES = 1 << 16;

/** A function of an object, as its code says. Places count from its start. */
interface KnownFunction {
  readonly code: FunctionCode;
  readonly breaches: readonly AbiBreach[];
  readonly fates: FateFinder;
}

/** What became of an answer: {@link Fate} with the guest's address. */
export interface PlacedFate {
  readonly kind: Fate['kind'];
  /** Null: something reads the answer, or may. */
  readonly at: bigint | null;
}

const known = new WeakMap<ObjectFile, Map<string, KnownFunction | null>>();

interface PlacedFunction {
  readonly name: string;
  readonly start: bigint;
  readonly function: KnownFunction;
}

/** The function that an instruction is in; null: it is in none that is known. */
function functionAt(guest: Guest, pc: bigint): PlacedFunction | null {
  const place = guest.places.functionAt(pc);
  if (place === null || place.size > MOST_BYTES) return null;
  const functions = known.get(guest.object) ?? new Map<string, KnownFunction | null>();
  known.set(guest.object, functions);
  const key = `${place.name} ${place.start}`;
  let found = functions.get(key);
  if (found === undefined) {
    found = knownFunction(guest, place);
    functions.set(key, found);
  }
  return found === null ? null : { name: place.name, start: place.start, function: found };
}

/** What becomes of the answer that an instruction leaves in a register, such as `ecx`; null: its code is not known. */
export function answerFate(guest: Guest, pc: bigint, register: string): PlacedFate | null {
  const place = functionAt(guest, pc);
  const gpr = gprOf(register);
  if (place === null || gpr === null) return null;
  const fate = place.function.fates.fateOf(Number(pc - place.start), gpr);
  return { kind: fate.kind, at: fate.kind === 'read' ? null : place.start + BigInt(fate.at) };
}

/** What the code around an instruction of the object says; null: it is in no function that is known. */
export function siteCodeAt(guest: Guest, pc: bigint): SiteCode | null {
  const place = functionAt(guest, pc);
  if (place === null) return null;
  const { start, function: found } = place;
  const lost = lostRegisters(found.code, Number(pc - start), guest.object.bits);
  const piece = found.code.piece(found.code.pieceStart(Number(pc - start)));
  return {
    pc,
    function: place.name,
    from: start + BigInt(piece[0]?.at ?? 0),
    to: start + BigInt(piece.at(-1)?.next ?? 0),
    breaches: [...lost, ...found.breaches.filter((breach) => !follows(breach, lost))].map(
      ({ by, shows, ...breach }) => ({
        ...breach,
        by: start + BigInt(by),
        shows: start + BigInt(shows),
      }),
    ),
  };
}

/** Without its frame pointer a function puts nothing back. */
const follows = ({ kind }: AbiBreach, lost: readonly AbiBreach[]): boolean =>
  (kind === 'register' || kind === 'stack') && lost.some(({ what }) => what.endsWith('BP'));

function knownFunction(guest: Guest, { start, size }: { start: bigint; size: number }): KnownFunction | null {
  const { bits } = guest.object;
  const bytes = guest.machine.readUpTo(start, size);
  const code = new FunctionCode(opsOf(bits, bytes));
  if (code.ops.length === 0) return null;
  const stepper = new FlowStepper(bits);
  const states = statesOf(code, stepper);
  return { code, breaches: abiBreaches(code, states, stepper), fates: new FateFinder(code, states, stepper) };
}
