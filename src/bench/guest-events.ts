import { VmtbenchError } from '../errors.ts';
import type { Guest, GuestOutcome } from '../guest/index.ts';
import { MORE_ADDRESSES } from '../kernels/index.ts';
import {
  type GuestEvent,
  type GuestEventName,
  interfaceAndAddresses,
  isGuestEvent,
  type PlannedEvent,
} from '../plan/index.ts';
import type { StateCell, States } from '../state.ts';
import type { VmwareHost } from '../tclo-host/index.ts';
import { FRAME_CALLS } from './frame-calls.ts';
import type { MachineDescription } from './machine.ts';

/** What event calls work on. */
interface Parts {
  readonly guest: Guest;
  readonly host: VmwareHost;
}

/** Carries out one event of the guest's system. */
interface GuestEventEffect {
  /** @throws VmtbenchError `event.text` for a text that means nothing on that machine. */
  readonly fit?: (text: string, machine: MachineDescription) => void;
  /** Whether that guest has what the event needs. */
  readonly possible?: (guest: Guest, text: string) => boolean;
  /** Changes the guest's system at once. */
  readonly run?: (guest: Guest, text: string) => void;
  /** Calls the guest: between two other calls. */
  readonly call?: (parts: Parts, text: string) => GuestOutcome | null;
}

const entry = (name: string): GuestEventEffect => ({
  possible: (guest) => guest.entryPoints.has(name),
  call: ({ guest }, text) => guest.enter(name, text),
});

export const GUEST_EVENT_EFFECTS: Readonly<Record<GuestEventName, GuestEventEffect>> = {
  'guest.address': {
    fit: (text, { interfaces = [] }) => {
      const { name, addresses } = interfaceAndAddresses(text);
      const known = interfaces.find((other) => other.name === name);
      if (known === undefined) {
        const names = interfaces.map((other) => other.name).join(', ');
        const hint = names === '' ? 'Give it one, by machine.interfaces or --interface.' : `It has ${names}.`;
        throw wrong(`the machine has no interface ${name}`, hint);
      }
      const most = known.addresses.length + MORE_ADDRESSES;
      if (addresses.length <= most) return;
      throw wrong(`${name} cannot have ${addresses.length} addresses`, `It has room for ${most}.`);
    },
    run: (guest, text) => {
      const { name, addresses } = interfaceAndAddresses(text);
      guest.setAddresses(name, addresses);
    },
  },
  'guest.kv': entry('kv'),
  'guest.sysctl': entry('sysctl'),
  'guest.file': entry('file'),
  'guest.shutdown': entry('shutdown'),
  'guest.unload': entry('unload'),
  'guest.frame': {
    possible: (guest, text) => Object.hasOwn(FRAME_CALLS, text) && guest.symbol(text) !== null,
    call: (parts, text) => FRAME_CALLS[text]?.(parts, text) ?? null,
  },
};

/** Whether a guest has what an event needs. */
export const isPossible = (guest: Guest, { name, text }: GuestEvent): boolean =>
  GUEST_EVENT_EFFECTS[name].possible?.(guest, text) ?? true;

/**
 * Closes a guest that a plan does not fit.
 * @throws VmtbenchError `event.guest` for an event that needs what the guest does not have.
 */
export function refuseImpossible(guest: Guest, events: readonly PlannedEvent[]): void {
  const planned = events.find(({ event }) => isGuestEvent(event) && !isPossible(guest, event));
  if (planned === undefined) return;
  guest.close();
  throw impossible(guest, planned.event as GuestEvent, planned.where);
}

function impossible(guest: Guest, { name, text }: GuestEvent, where: string | undefined): VmtbenchError {
  const place = where === undefined ? '' : `${where}: `;
  const message = `${place}${name}${text === '' ? '' : ` ${text}`} is not possible with this guest`;
  const hint =
    name === 'guest.frame'
      ? `It calls one of ${Object.keys(FRAME_CALLS).join(', ')}, if the object has it.`
      : `The kernel around the guest is ${guest.kernel}; docs/words.md says which kernels have the event.`;
  return new VmtbenchError('event.guest', message, hint);
}

/** Calls of the guest that events have requested. They wait until no other call runs. */
export class EventCalls {
  readonly #parts: Parts;
  readonly #state: StateCell<{ waiting: GuestEvent[] }>;

  constructor(parts: Parts, states: States) {
    this.#parts = parts;
    this.#state = states.cell('eventCalls', { waiting: [] as GuestEvent[] });
  }

  get waits(): boolean {
    return this.#state.now.waiting.length > 0;
  }

  /** Everything that its future depends on. */
  future(): unknown {
    return this.#state.now.waiting.map(({ name, text }) => `${name} ${text}`);
  }

  /** Does what an event says, or has it wait. */
  take({ name, text }: GuestEvent): void {
    const { run, call } = GUEST_EVENT_EFFECTS[name];
    run?.(this.#parts.guest, text);
    if (call !== undefined) this.#state.change.waiting.push({ name, text });
  }

  /** Performs the next of them. */
  step(): GuestOutcome | null {
    const event = this.#state.change.waiting.shift();
    return event === undefined ? null : (GUEST_EVENT_EFFECTS[event.name].call?.(this.#parts, event.text) ?? null);
  }
}

const wrong = (message: string, hint: string): VmtbenchError => new VmtbenchError('event.text', message, hint);
