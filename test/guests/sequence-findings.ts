/** What `run` says of each form of the small driver with a wrong sequence: rule and title of its findings. */
export interface SequenceFinding {
  readonly rule: string;
  readonly title: RegExp;
}

const conforms = (title: RegExp): SequenceFinding => ({ rule: 'conforms', title });
const MATCH = { rule: 'attaches', title: /: its match function found no device$/ };
const ATTACH = { rule: 'attaches', title: /: its attach gave up$/ };
const NOT_LOADED = /it was not loaded$/;
const LOW_BITS = /only its low 16 bits were loaded$/;
const with32 = (register: string): RegExp =>
  new RegExp(`^R${register} does not point at the data of a transfer: its upper half was lost$`);
const both = (register: string, why: RegExp): RegExp => new RegExp(`^${register} (?:does|do) not hold .*${why.source}`);

/** The finding of each that matters most. */
export const SEQUENCE_FINDINGS: Readonly<Record<string, SequenceFinding>> = {
  'load-ax': conforms(both('EAX', NOT_LOADED)),
  'load-bx': conforms(both('EBX', NOT_LOADED)),
  'load-cx': conforms(/^ECX's low half is no command: it was not loaded$/),
  'load-dx': conforms(/^EDX has /),
  'load-si': conforms(both('ESI', NOT_LOADED)),
  'load-di': conforms(both('EDI', NOT_LOADED)),
  'load-bp': conforms(both('EBP', NOT_LOADED)),
  'load-si-32': conforms(with32('SI')),
  'load-di-32': conforms(with32('DI')),
  'load-bx-16': conforms(both('EBX', LOW_BITS)),
  'load-cx-16': conforms(/^ECX's high half has no step: it was lost$/),
  'load-dx-16': conforms(/^EDX's high half is not the channel that the cookie belongs to$/),
  'load-si-16': conforms(both('ESI', LOW_BITS)),
  'load-di-16': conforms(both('EDI', LOW_BITS)),
  'load-bp-16': conforms(both('EBP', LOW_BITS)),
  'swap-si-di': conforms(/^ESI and EDI are exchanged$/),
  'swap-bx-cx': conforms(/^ECX's low half is no command: EBX looks like one, the two are exchanged$/),
  'swap-si-bp': conforms(/^EBP and EDI hold the cookie, as for a send/),
  'store-si': conforms(both('ESI', NOT_LOADED)),
  'store-di': conforms(both('EDI', NOT_LOADED)),
  'store-si-16': conforms(both('ESI', LOW_BITS)),
  'store-di-16': conforms(both('EDI', LOW_BITS)),
  'store-dx-16': conforms(/^EBX of RECVSTATUS says that the guest failed/),
  'store-swap-si-di': conforms(/^ESI and EDI are exchanged$/),
  'sub-command-low': conforms(/^ECX's low half is no command: its halves are exchanged$/),
  'channel-low': conforms(/^EDX has no port in its low half: its halves are exchanged$/),
  'no-port': conforms(/^EDX has no port in its low half: it was not loaded$/),
  'command-port-only': conforms(/^EDX has the wrong port: a transfer by string I\/O/),
  'payload-port-only': conforms(/^EDX has the wrong port: a plain IN/),
  'magic-reversed': conforms(/^EAX does not hold the magic: its bytes are reversed$/),
  'success-low': conforms(/^EBX does not ask for a transfer of a message: its halves are exchanged$/),
  'one-more': conforms(/^the length is 1 more than was announced by SENDSIZE$/),
  'one-less': conforms(/^a message was not sent whole: the length was 1 less than was announced$/),
  'cookies-exchanged': conforms(/^ESI and EDI are exchanged$/),
  'send-as-receive': conforms(/^ESI and EBP hold the cookie, as for a receive/),
  'receive-as-send': conforms(/^EBP and EDI hold the cookie, as for a send/),
  'in-byte': conforms(/^a call is made by an IN or OUT of 1 byte$/),
  'in-word': conforms(/^a call is made by an IN or OUT of 2 bytes$/),
  'no-rep': conforms(/^a transfer moves one byte: it has no REP$/),
  words: conforms(/^a transfer goes by words instead of bytes$/),
  'no-cld-direction-set': conforms(/^a transfer runs backwards: the direction flag is set$/),
  'clobber-memory': conforms(/^a message was not sent whole/),
  'operands-si-in': conforms(both('ESI', NOT_LOADED)),
  'operands-di-in': conforms(both('EDI', NOT_LOADED)),
  'operands-bp-moved': conforms(both('EBP', NOT_LOADED)),
  'store-ax': MATCH,
  'store-bx': MATCH,
  'store-bx-16': MATCH,
  'store-cx': ATTACH,
  'store-cx-16': ATTACH,
  'store-dx': ATTACH,
  'store-swap-cx-dx': ATTACH,
  'operands-bx-in': MATCH,
  'operands-cx-in': ATTACH,
  'operands-dx-in': ATTACH,
};
