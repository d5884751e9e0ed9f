import { hex } from '../../hex.ts';
import { BDOOR_MAGIC, BDOOR_PORT, BDOORHB_PORT, type Notice } from '../../protocol/index.ts';
import { causeOf, halvesExchanged, type Violation } from './violation.ts';

const PORTS: readonly number[] = [BDOOR_PORT, BDOORHB_PORT];

/**
 * What is wrong with an access that did nothing though a call was meant; null: nobody meant one.
 * @param lostFrame why the code before it says that one was meant, where it says so.
 */
export function nearMissViolation(notice: Notice, lostFrame: string | null): Violation | null {
  const { kind } = notice;
  if (kind === 'wrongPort') return wrongPort(notice);
  if (kind === 'wrongForm') return wrongForm(notice);
  if (kind === 'noMagic' && PORTS.includes(notice.port)) return noMagic(notice);
  if (lostFrame === null) return null;
  return { title: 'the registers of a call were lost', explanation: lostFrame };
}

function noMagic({ registers }: Notice): Violation {
  const { eax } = registers;
  const cause = causeOf('eax', eax, BDOOR_MAGIC, registers);
  return {
    title: `EAX does not hold the magic: ${cause}`,
    explanation: `EAX holds ${hex(eax)}, the magic is ${hex(BDOOR_MAGIC)}: ${cause}. The access read a plain port.`,
  };
}

function wrongPort({ port, registers, string }: Notice): Violation {
  const { edx } = registers;
  const wanted = string ? BDOORHB_PORT : BDOOR_PORT;
  const cause = PORTS.includes(halvesExchanged(edx) & 0xffff) ? 'its halves are exchanged' : 'it was not loaded';
  return {
    title: `EDX has no port in its low half: ${cause}`,
    explanation: `EDX holds ${hex(edx)}: the access was to port ${hex(port)}. A call has ${hex(wanted)} in the low half: ${cause}.`,
  };
}

function wrongForm({ port, string }: Notice): Violation {
  const [title, there] = string
    ? ['a transfer by string I/O on a port that has none', `Port ${hex(BDOORHB_PORT)} is the one for transfers`]
    : ['a plain IN or OUT on the port for transfers', `Port ${hex(BDOOR_PORT)} is the one for commands`];
  return { title: `EDX has the wrong port: ${title}`, explanation: `The access was to port ${hex(port)}. ${there}.` };
}
