import { isIP } from 'node:net';
import { VmtbenchError } from '../errors.ts';

/** A planned event that happens to the guest's own system. */
export interface GuestEvent {
  readonly name: GuestEventName;
  readonly text: string;
}

export type GuestEventName =
  | 'guest.address'
  | 'guest.kv'
  | 'guest.sysctl'
  | 'guest.file'
  | 'guest.shutdown'
  | 'guest.unload'
  | 'guest.frame';

/** One event: what text it takes. The bench knows what it does. */
interface GuestEventRow {
  readonly text: string;
  readonly meaning: string;
  /** Leaves the guest nothing to recover from. */
  readonly ordinary?: true;
  /** @throws VmtbenchError `event.text` for a text that cannot be read. */
  readonly check: (text: string) => void;
}

/** Every event of the guest's. */
export const GUEST_EVENTS: Readonly<Record<GuestEventName, GuestEventRow>> = {
  'guest.address': {
    text: 'IFACE ADDR...',
    meaning: 'the network interface has these addresses from now on, or none; the driver gets no notice',
    check: (text) => {
      const { name, addresses } = interfaceAndAddresses(text);
      if (name === '') throw wrong('guest.address names no interface', 'Such as guest.address vio0 10.0.0.9/24.');
      for (const address of addresses) {
        if (!isNetworkAddress(address)) throw wrong(`${address} is no address`, 'Write 10.0.0.5/24 or 2001:db8::5/64.');
      }
    },
  },
  'guest.kv': {
    text: 'read KEY, write KEY VALUE',
    meaning: 'OpenBSD: a user reads or writes a key through the driver, as hostctl(8) does',
    ordinary: true,
    check: (text) => {
      const usage = 'Write guest.kv read guestinfo.x, or guest.kv write guestinfo.x 5.';
      if (!/^(?:read \S+|write \S+ .+)$/.test(text)) throw wrong(`guest.kv does not know "${text}"`, usage);
    },
  },
  'guest.sysctl': {
    text: '',
    meaning: 'NetBSD: a user reads each sysctl(9) node that the driver answers itself',
    ordinary: true,
    check: (text) => refuseText('guest.sysctl', text),
  },
  'guest.file': {
    text: 'read BYTES, write TEXT',
    meaning: 'Linux: a user reads, with so many bytes of room, or writes each file of debugfs that the module made',
    ordinary: true,
    check: (text) => {
      if (!/^(?:read \d{1,7}|write .+)$/.test(text))
        throw wrong(`guest.file does not know "${text}"`, 'Write guest.file read 4096, or guest.file write on.');
    },
  },
  'guest.shutdown': {
    text: '',
    meaning: 'OpenBSD, NetBSD, FreeBSD: a user shuts the machine down, which calls the driver',
    ordinary: true,
    check: (text) => refuseText('guest.shutdown', text),
  },
  'guest.unload': {
    text: '',
    meaning: "Linux: the module's exit; NetBSD, FreeBSD: the driver's detach; nothing of it may stay",
    ordinary: true,
    check: (text) => refuseText('guest.unload', text),
  },
  'guest.frame': {
    text: 'FUNCTION',
    meaning: 'calls a function of a vmt(4) driver that holds a backdoor sequence, such as vm_cmd',
    ordinary: true,
    check: (text) => {
      if (!/^\w+$/.test(text))
        throw wrong(`guest.frame calls no ${text}`, 'Name one function, such as guest.frame vm_cmd.');
    },
  },
};

function refuseText(name: string, text: string): void {
  if (text !== '') throw wrong(`${name} does not take the text "${text}"`, 'Leave the text out.');
}

export const isGuestEvent = (event: { readonly name: string }): event is GuestEvent =>
  Object.hasOwn(GUEST_EVENTS, event.name);

/** The two parts of the text of `guest.address`. */
export function interfaceAndAddresses(text: string): { name: string; addresses: string[] } {
  const [name = '', ...addresses] = text.trim().split(/\s+/);
  return { name, addresses };
}

/** An address with its prefix length: `10.0.0.5/24`. */
function isNetworkAddress(text: string): boolean {
  const [, address = '', prefix = ''] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(prefix) <= (version === 4 ? 32 : 128);
}

const wrong = (message: string, hint: string): VmtbenchError => new VmtbenchError('event.text', message, hint);
