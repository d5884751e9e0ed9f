import { VmtbenchError } from '../errors.ts';
import { type Guest, MORE_ADDRESSES, parseAddress } from '../guest/index.ts';
import type { MachineDescription } from './machine.ts';

/** Something that happens to the guest's own system because a run's plan says so. */
export interface GuestEvent {
  readonly name: GuestEventName;
  readonly text: string;
}

export type GuestEventName = 'guest.address';

/** One event: what text it takes, what it does, and what it can be done to. */
interface GuestEventRow {
  readonly text: string;
  readonly meaning: string;
  /** @throws VmtbenchError `event.text` for a text that cannot be read. */
  readonly check: (text: string) => void;
  /** @throws VmtbenchError `event.text` for a text that means nothing on that machine. */
  readonly fit: (text: string, machine: MachineDescription) => void;
  readonly run: (guest: Guest, text: string) => void;
}

/** Every event of the guest's. */
export const GUEST_EVENTS: Readonly<Record<GuestEventName, GuestEventRow>> = {
  'guest.address': {
    text: 'IFACE ADDR...',
    meaning: 'the network interface has these addresses from now on, or none; nothing tells the driver',
    check: (text) => {
      const { name, addresses } = interfaceAndAddresses(text);
      if (name === '') throw wrong(`guest.address names no interface`, 'Such as guest.address vio0 10.0.0.9/24.');
      for (const address of addresses) parseAddress(address);
    },
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
};

export const isGuestEvent = (event: { readonly name: string }): event is GuestEvent =>
  Object.hasOwn(GUEST_EVENTS, event.name);

function interfaceAndAddresses(text: string): { name: string; addresses: string[] } {
  const [name = '', ...addresses] = text.trim().split(/\s+/);
  return { name, addresses };
}

const wrong = (message: string, hint: string): VmtbenchError => new VmtbenchError('event.text', message, hint);
