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

/** A backdoor instruction of such a function. */
interface KnownSite {
  readonly from: number;
  readonly to: number;
  readonly breaches: readonly AbiBreach[];
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

const placed = new WeakMap<Guest, Map<bigint, SiteCode | null>>();

/** What the code around an instruction of the object says; null: it is in no function that is known. */
export function siteCodeAt(guest: Guest, pc: bigint): SiteCode | null {
  const sites = placed.get(guest) ?? new Map<bigint, SiteCode | null>();
  placed.set(guest, sites);
  let site = sites.get(pc);
  if (site === undefined) {
    site = placedSite(guest, pc);
    sites.set(pc, site);
  }
  return site;
}

function placedSite(guest: Guest, pc: bigint): SiteCode | null {
  const place = functionAt(guest, pc);
  if (place === null) return null;
  const { start, function: found } = place;
  const { from, to, breaches } = knownSite(found, Number(pc - start), guest.object.bits);
  return {
    pc,
    function: place.name,
    from: start + BigInt(from),
    to: start + BigInt(to),
    breaches: breaches.map(({ by, shows, ...breach }) => ({
      ...breach,
      by: start + BigInt(by),
      shows: start + BigInt(shows),
    })),
  };
}

function knownSite({ code, breaches }: KnownFunction, at: number, bits: 32 | 64): KnownSite {
  const lost = lostRegisters(code, at, bits);
  const piece = code.piece(code.pieceStart(at));
  const from = piece[0]?.at ?? 0;
  return {
    from,
    to: piece.at(-1)?.next ?? 0,
    breaches: [...lost, ...breaches.filter((breach) => !follows(breach, lost))],
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
  const breaches = abiBreaches(code, states, stepper);
  return { code, breaches, fates: new FateFinder(code, states, stepper) };
}
