import { BDOOR_CMD_MESSAGE } from '../../protocol/index.ts';
import { type FaultKind, faultApplies, HOST_OPTIONS, type HostOptions } from '../../tclo-host/index.ts';
import type { AccessFact } from '../access.ts';
import type { InvariantName } from '../finding.ts';
import { FAULT_RULINGS, type FaultRuling, type OptionRuling, type RulingPlace } from './asked.ts';
import { OPTION_RULINGS } from './asked-options.ts';

/** The row of the table that decides for one fault at one place; null: the kind does not apply there. */
export function rulingOf(invariant: InvariantName, kind: FaultKind, place: RulingPlace): FaultRuling | null {
  const step = place.split('.')[1] as Parameters<typeof faultApplies>[1] | undefined;
  if (!faultApplies(kind, step ?? null)) return null;
  const fits = (row: FaultRuling): boolean =>
    row.invariants.includes(invariant) &&
    (row.kinds === 'any' || row.kinds.includes(kind)) &&
    (row.places === 'any' || row.places.includes(place));
  return FAULT_RULINGS.find(fits) ?? null;
}

/** The row of the table that decides for one value of one option. */
export function optionRulingOf(
  invariant: InvariantName,
  option: keyof HostOptions,
  value: string | number | boolean,
): OptionRuling | null {
  const fits = (row: OptionRuling): boolean =>
    row.invariants.includes(invariant) &&
    (row.option === 'any' || row.option === option) &&
    (row.values === 'any' || row.values.includes(value));
  return OPTION_RULINGS.find(fits) ?? null;
}

/** Whether an invariant applies to a guest on a host whose option has that value. */
export const askedUnder = (invariant: InvariantName, option: keyof HostOptions, host: HostOptions): boolean =>
  optionRulingOf(invariant, option, host[option])?.asked !== false;

/** Whether an invariant applies at a host, under every option. */
export const askedOf = (invariant: InvariantName, host: HostOptions): boolean =>
  (Object.keys(HOST_OPTIONS) as (keyof HostOptions)[]).every((option) => askedUnder(invariant, option, host));

/** The place of an access; null: a channel that is not open, or not the guest's. @param opened an OPEN came before it */
export function placeOf({ call, command }: AccessFact, opened: boolean): RulingPlace | null {
  if (call !== null) return call.protocol === null ? null : `${call.protocol}.${call.step}`;
  if (command === null || command === BDOOR_CMD_MESSAGE) return null;
  return opened ? 'command' : 'probe';
}

/** What went wrong with an access: its injected fault, or the kind of fault that the host's own answer is like. */
export function injectionOf({ fault, outcome }: AccessFact): FaultKind | null {
  if (fault !== null) return fault.kind;
  if (outcome === 'checkpoint') return 'checkpoint';
  return outcome === 'ok' ? null : 'refuse';
}

/** Whether what went wrong with an access excuses the guest from an invariant. */
export function excused(invariant: InvariantName, fact: AccessFact, opened = true): boolean {
  const [kind, place] = [injectionOf(fact), placeOf(fact, opened)];
  return kind !== null && place !== null && rulingOf(invariant, kind, place)?.asked === false;
}
