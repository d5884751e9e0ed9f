import { CallDecoder, type CallView, commandWords, type DecodedCall, type MessageCall } from '../protocol/index.ts';
import { ChannelLeft } from './channel-left.ts';

/** What a call says to the host, by name. Registers that the host does not read for it are not in it. */
type Said = Readonly<Record<string, number | string | boolean | null>>;

/**
 * Whether two guests say the same, access by access. Addresses, times and registers that a call does not read may
 * differ: they change with every build.
 */
export class SameCall {
  readonly #decoders = [new CallDecoder(), new CallDecoder()] as const;
  readonly #left = [new ChannelLeft(), new ChannelLeft()] as const;

  /** The names of what differs between the next access of the one and of the other; empty: they say the same. */
  difference(one: CallView, other: CallView): string[] {
    const first = this.#said(0, one);
    const second = this.#said(1, other);
    return Object.keys({ ...first, ...second }).filter((key) => first[key] !== second[key]);
  }

  #said(side: 0 | 1, view: CallView): Said {
    const call = this.#decoders[side].decode(view);
    return { port: view.port, direction: view.direction, string: view.string, ...saidBy(call, view, this.#left[side]) };
  }
}

function saidBy(call: DecodedCall, view: CallView, left: ChannelLeft): Said {
  const { eax, ebx, ecx, esi, edi } = view.registers;
  switch (call.kind) {
    case 'message':
      return messageSaid(call, left);
    case 'command': {
      const inputs = commandWords(call.number)?.inputs ?? 'EBX';
      return {
        command: call.number,
        ecxHigh: call.subCommand,
        ...(inputs.includes('EBX =') || inputs === 'EBX' ? { ebx } : {}),
        ...(inputs.includes('ESI') ? { esi, edi } : {}),
      };
    }
    case 'missed':
      return { missed: call.why, width: view.width, eax, ecxLow: ecx & 0xffff };
    case 'port':
      if (view.direction === 'in') return { width: view.width, count: view.count };
      return { width: view.width, value: view.string ? textOf(view.data) : eax % 2 ** (8 * view.width) };
  }
}

function messageSaid(call: MessageCall, left: ChannelLeft): Said {
  const { step, form, channel, cookieHigh, cookieLow, protocolNumber, cookies, length, status } = call;
  const cookie = channel === null ? {} : { channel, cookieHigh, cookieLow };
  const said = { step, form, ...cookie };
  left.announce(call);
  switch (step) {
    case 'open':
      return { ...said, protocolNumber, cookies };
    case 'sendsize':
      return { ...said, length };
    case 'send':
      return { ...said, data: textOf(left.take(call)), status: form === 'high' ? status : 0 };
    case 'receive':
      return { ...said, status, length };
    case 'status':
      return { ...said, status };
    default:
      return said;
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
