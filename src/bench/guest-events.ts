import { VmtbenchError } from '../errors.ts';
import type { Guest } from '../guest/index.ts';
import { MORE_ADDRESSES } from '../kernels/index.ts';
import { type GuestEventName, interfaceAndAddresses } from '../plan/index.ts';
import type { MachineDescription } from './machine.ts';

/** What one event of the guest's does, and what it can be done to. */
interface GuestEventEffect {
  /** @throws VmtbenchError `event.text` for a text that means nothing on that machine. */
  readonly fit: (text: string, machine: MachineDescription) => void;
  readonly run: (guest: Guest, text: string) => void;
}

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
};

const wrong = (message: string, hint: string): VmtbenchError => new VmtbenchError('event.text', message, hint);
