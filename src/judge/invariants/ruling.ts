import { BDOOR_CMD_MESSAGE } from '../../protocol/index.ts';
import { HOST_OPTIONS, type HostOptions } from '../../tclo-host/index.ts';
import type { AccessFact } from '../access.ts';
import type { InvariantName } from '../finding.ts';
import { FAULT_RULINGS, type FaultRuling, type OptionRuling, type RulingPlace } from './asked.ts';
import { OPTION_RULINGS } from './asked-options.ts';
import { type Effect, effectOf } from './effects.ts';

/** The row of the table that decides for one effect at one place. */
export function rulingOf(invariant: InvariantName, effect: Effect, place: RulingPlace): FaultRuling | null {
  const fits = (row: FaultRuling): boolean =>
    row.invariants.includes(invariant) &&
    (row.effects === 'any' || row.effects.includes(effect)) &&
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

/** Whether what went wrong with an access excuses the guest from an invariant. */
export function excused(invariant: InvariantName, fact: AccessFact, opened = true): boolean {
  const [effect, place] = [effectOf(fact), placeOf(fact, opened)];
  return effect !== null && place !== null && rulingOf(invariant, effect, place)?.asked === false;
}
