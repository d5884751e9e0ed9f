import {
  BDOOR_CMD_MESSAGE,
  type CallView,
  commandWords,
  type DecodedCall,
  type MessageCall,
  type MissedCall,
} from '../protocol/index.ts';
import { preview } from './preview.ts';
import { hexOrZero, plural } from './text.ts';

/** The steps by the names of the public headers, with what each says. */
const STEPS: { readonly [S in MessageCall['step']]: (call: MessageCall) => string } = {
  open: ({ protocol, protocolNumber, cookies }) =>
    `OPEN of ${protocol?.toUpperCase() ?? `protocol ${hexOrZero(protocolNumber)}`}${cookies ? '' : ' without cookies'}`,
  sendsize: ({ length }) => `SENDSIZE ${plural(length, 'byte')}`,
  send: ({ data }) => `SENDPAYLOAD ${preview(data)}`,
  recvsize: () => 'RECVSIZE',
  receive: ({ length, form }) => `RECVPAYLOAD${form === 'high' ? ` ${plural(length, 'byte')}` : ''}`,
  status: () => 'RECVSTATUS',
  close: () => 'CLOSE',
};

const MISSED: { readonly [W in MissedCall['why']]: string } = {
  noMagic: 'without the magic',
  wrongForm: 'in a form that the port does not have',
  notAMessage: 'that is no command of this port',
};

type PortView = Pick<CallView, 'port' | 'direction' | 'string'>;

/** A call in the words of the protocol: `SENDSIZE 5 bytes on channel #0`, `GETVERSION`, `in from port 0x3f8`. */
export function callWords(call: DecodedCall, { port, direction, string }: PortView): string {
  switch (call.kind) {
    case 'message': {
      const where = call.channel === null ? '' : ` on channel #${call.channel}`;
      return `${STEPS[call.step](call)}${where}`;
    }
    case 'command': {
      const name = commandWords(call.number)?.name ?? `command ${hexOrZero(call.number)}`;
      return call.number === BDOOR_CMD_MESSAGE ? `${name} sub command ${call.subCommand}` : name;
    }
    case 'missed':
      return `${portWords(port, direction, string)} ${MISSED[call.why]}`;
    case 'port':
      return portWords(port, direction, string);
  }
}

const portWords = (port: number, direction: 'in' | 'out', string: boolean): string =>
  `${direction}${string ? 's' : ''} ${direction === 'in' ? 'from' : 'to'} port ${hexOrZero(port)}`;
