import { hex } from '../../hex.ts';
import type { RegisterFrame } from '../../protocol/index.ts';
import type { Seen } from '../../state.ts';
import { accepts, type Channel } from '../channel/channel.ts';
import { causeOf, upper, type Violation } from './violation.ts';

/** The three ways to carry a cookie: a step on port 0x5658, and the two directions of string I/O on port 0x5659. */
export type CookieForm = 'low' | 'highOut' | 'highIn';

/** The registers of the cookie's two halves, by form. Source: open-vm-tools `message.c`. */
export const COOKIES: { readonly [F in CookieForm]: readonly ['ebp' | 'esi', 'ebp' | 'edi'] } = {
  low: ['esi', 'edi'],
  highOut: ['ebp', 'edi'],
  highIn: ['esi', 'ebp'],
};

/** How the three ways to carry a cookie are called. */
const FORMS: Readonly<Record<CookieForm, string>> = {
  low: 'a step on port 0x5658',
  highOut: 'a send by high bandwidth',
  highIn: 'a receive by high bandwidth',
};

/** The channels of a host, to be looked at. */
export type Slots = Seen<(Channel | null)[]>;

/** What is wrong with the channel and the cookie of a step; null: they fit, or the channel has none to compare. */
export function cookieViolation(form: CookieForm, slots: Slots, registers: RegisterFrame): Violation | null {
  const id = registers.edx >>> 16;
  const channel = slots[id] ?? null;
  const [high, low] = COOKIES[form];
  const given = { high: registers[high], low: registers[low] };
  if (channel !== null && accepts(channel, given.high, given.low)) return null;
  const meant = slots.find((other) => other?.checked === true && accepts(other, given.high, given.low));
  if (meant !== undefined && meant !== null) return wrongChannel(id, meant);
  if (channel === null) return notOpen(id, slots);
  return wrongCookie(form, channel, registers);
}

const wrongChannel = (id: number, meant: Seen<Channel>): Violation => ({
  title: "EDX's high half is not the channel that the cookie belongs to",
  explanation: `EDX's high half says channel ${id}, the cookie is that of channel ${meant.id}: the number of the channel was lost.`,
});

function notOpen(id: number, slots: Slots): Violation {
  const open = slots.flatMap((channel) => (channel === null ? [] : [`${channel.id} (${channel.protocol})`]));
  const those = open.length === 0 ? 'none is open' : `open are ${open.join(', ')}`;
  return {
    title: "EDX's high half names a channel that is not open",
    explanation: `EDX's high half says channel ${id}; ${those}.`,
  };
}

function wrongCookie(
  form: CookieForm,
  { id, cookieHigh, cookieLow }: Seen<Channel>,
  registers: RegisterFrame,
): Violation {
  const [high, low] = COOKIES[form];
  if (registers[high] === cookieLow && registers[low] === cookieHigh) {
    return {
      title: `${upper(high)} and ${upper(low)} are exchanged`,
      explanation: `${upper(high)} holds ${hex(cookieLow)}, the cookie's low half, and ${upper(low)} holds ${hex(cookieHigh)}, its high half: ${FORMS[form]} has them the other way round.`,
    };
  }
  const layout = otherLayout(form, cookieHigh, cookieLow, registers);
  if (layout !== null) return layout;
  const halves = [
    { name: high, half: 'high', wanted: cookieHigh },
    { name: low, half: 'low', wanted: cookieLow },
  ] as const;
  const wrong = halves.filter(({ name, wanted }) => registers[name] !== wanted);
  const causes = wrong.map(({ name, wanted }) => causeOf(name, registers[name], wanted, registers));
  const sentences = wrong.map(
    ({ name, half, wanted }, index) =>
      `${upper(name)} holds ${hex(registers[name])}, the cookie's ${half} half is ${hex(wanted)}: ${causes[index]}.`,
  );
  const names = wrong.map(({ name }) => upper(name)).join(' and ');
  const which = wrong.length === 2 ? 'the cookie' : `the cookie's ${wrong[0]?.half} half`;
  return {
    title: `${names} ${wrong.length === 2 ? 'do' : 'does'} not hold ${which}: ${[...new Set(causes)].join('; ')}`,
    explanation: `${sentences.join(' ')} It was ${FORMS[form]}, on channel ${id}.`,
  };
}

/** Whether the registers are laid out as for another form; null: not. */
export function otherLayout(
  form: CookieForm,
  cookieHigh: number,
  cookieLow: number,
  registers: RegisterFrame,
): Violation | null {
  for (const other of ['low', 'highOut', 'highIn'] as const) {
    const [high, low] = COOKIES[other];
    if (other === form || registers[high] !== cookieHigh || registers[low] !== cookieLow) continue;
    return {
      title: `${upper(high)} and ${upper(low)} hold the cookie, as for ${FORMS[other]}; this is ${FORMS[form]}`,
      explanation: `${COOKIES[form].map(upper).join(' and ')} carry the cookie here: ${hex(cookieHigh)} and ${hex(cookieLow)}. ${upper(COOKIES[form][0])} holds ${hex(registers[COOKIES[form][0]])}, ${upper(COOKIES[form][1])} holds ${hex(registers[COOKIES[form][1]])}.`,
    };
  }
  return null;
}
