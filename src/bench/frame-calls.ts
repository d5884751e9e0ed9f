import type { Guest, GuestOutcome } from '../guest/index.ts';
import { debugInfoOf } from '../object/index.ts';
import {
  BDOOR_CMD_GETVERSION,
  BDOOR_CMD_MESSAGE,
  BDOOR_MAGIC,
  BDOOR_PORT,
  BDOORHB_PORT,
  bytesOf,
  GUESTMSG_FLAG_COOKIE,
  MESSAGE_TYPE_CLOSE,
  MESSAGE_TYPE_OPEN,
  MESSAGE_TYPE_RECVSIZE,
  MESSAGE_TYPE_RECVSTATUS,
  MESSAGE_TYPE_SENDSIZE,
  type RegisterFrame,
  RPCI_PROTOCOL_NUM,
} from '../protocol/index.ts';
import type { VmwareHost } from '../tclo-host/index.ts';

type Values = Partial<Record<'ebx' | 'ecx' | 'edx' | 'esi' | 'edi' | 'ebp', number>>;

/** Seven words, in the order of the frame that vmt(4) drivers have: ax, bx, cx, dx, si, di, bp. */
const ORDER = ['ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp'] as const;

/** Bytes for a channel of the driver's. */
const ROOM = 64;

/** A request that every host answers. */
const REQUEST = bytesOf('log vmtbench');

interface Parts {
  readonly guest: Guest;
  readonly host: VmwareHost;
}

/** How a function is called that holds a backdoor sequence of its own. */
type Call = (parts: Parts, target: string) => GuestOutcome | null;

const plain: Call = ({ guest }, target) => guest.call(target, []).outcome;

/** With the driver's own structure. */
const own: Call = ({ guest }, target) => guest.call(target, [guest.symbol('self') ?? 0n]).outcome;

/** GETVERSION: a frame that is right for `in`. Arguments behind the frame are the command. */
const version: Call = ({ guest }, target) => {
  const frame = placeFrame(guest, { ebx: ~BDOOR_MAGIC >>> 0, ecx: BDOOR_CMD_GETVERSION, edx: BDOOR_PORT });
  return guest.call(target, [frame, BigInt(BDOOR_CMD_GETVERSION)]).outcome;
};

/** The request is announced for the guest, which then sends its bytes. */
const send: Call = ({ guest, host }, target) =>
  onChannel(host, ({ edx, high, low, step }) => {
    step(MESSAGE_TYPE_SENDSIZE, REQUEST.length);
    const data = guest.place(REQUEST);
    const values = { ebx: 0x10000, ecx: REQUEST.length, edx: edx | BDOORHB_PORT, edi: low, ebp: high };
    return guest.call(target, [placeFrame(guest, values, { esi: data })]).outcome;
  });

/** A request is sent for the guest, which then fetches the answer. */
const receive: Call = ({ guest, host }, target) =>
  onChannel(host, (channel) => {
    const { edx, high, low, step } = channel;
    const size = answered(host, channel);
    const values = { ebx: 0x10000, ecx: size, edx: edx | BDOORHB_PORT, esi: high, ebp: low };
    const outcome = guest.call(target, [placeFrame(guest, values, { edi: guest.place(size) })]).outcome;
    step(MESSAGE_TYPE_RECVSTATUS, 1);
    return outcome;
  });

/** As {@link receive}, of a function that fetches and acknowledges: `data`, `length` and RECVSIZE's id. */
const answer: Call = ({ guest, host }, target) =>
  onChannel(host, (channel) => {
    const size = answered(host, channel);
    const args = [guest.symbol('self') ?? 0n, placeChannel(guest, channel), guest.place(size + 1), BigInt(size), 1n];
    return guest.call(target, args).outcome;
  });

/** CLOSE, by a function that takes the driver's structure, or a frame, before the channel. */
const closeOwn: Call = ({ guest, host }, target) =>
  onChannel(
    host,
    (channel) => guest.call(target, [guest.symbol('self') ?? 0n, placeChannel(guest, channel)]).outcome,
    false,
  );
const closeStep: Call = ({ guest, host }, target) =>
  onChannel(
    host,
    (channel) => {
      const args = [placeFrame(guest, {}), placeChannel(guest, channel), BigInt(MESSAGE_TYPE_CLOSE), 0n];
      return guest.call(target, args).outcome;
    },
    false,
  );

/**
 * Functions of vmt(4) drivers that hold a backdoor sequence and that nothing else may call: compilers keep them beside the
 * copies that they inline.
 */
export const FRAME_CALLS: Readonly<Record<string, Call>> = {
  vm_cmd: version,
  vm_ins: receive,
  vm_outs: send,
  vmt_probe_cmd: version,
  vmt_get_time: version,
  vm_ask: version,
  vm_probe: plain,
  vmt_probe: plain,
  vmware_tsc_freq: plain,
  vm_rpc_step: closeStep,
  vm_rpci_finish: closeOwn,
  vm_rpci_answer: answer,
  vmt_goodbye: own,
  vmt_shutdown: own,
};

/** Those of them that end what the driver does: nothing can be called behind them. */
export const LAST_CALLS: readonly string[] = ['vmt_goodbye', 'vmt_shutdown'];

/** Sends the request for the guest. @returns bytes of the answer that is up */
function answered(host: VmwareHost, { edx, high, low, step }: OpenChannel): number {
  step(MESSAGE_TYPE_SENDSIZE, REQUEST.length);
  const sent = frameOf({ ebx: 0x10000, ecx: REQUEST.length, edx: edx | BDOORHB_PORT, edi: low, ebp: high });
  host.sendHighBandwidth(sent, REQUEST);
  return step(MESSAGE_TYPE_RECVSIZE, 0).ebx;
}

/** What a step on an open channel needs. */
interface OpenChannel {
  /** The channel in EDX's high half. */
  readonly edx: number;
  readonly high: number;
  readonly low: number;
  readonly step: (sub: number, argument: number) => RegisterFrame;
}

/** Opens an RPCI channel at the host for one call of the guest. @param closes the guest does not close it */
function onChannel(
  host: VmwareHost,
  use: (channel: OpenChannel) => GuestOutcome | null,
  closes = true,
): GuestOutcome | null {
  const ask = (sub: number, values: Values): RegisterFrame => {
    const frame = frameOf({ ecx: sub * 0x10000 + BDOOR_CMD_MESSAGE, ...values });
    host.call(frame);
    return frame;
  };
  const opened = ask(MESSAGE_TYPE_OPEN, { ebx: (RPCI_PROTOCOL_NUM | GUESTMSG_FLAG_COOKIE) >>> 0, edx: BDOOR_PORT });
  const { edx, esi: high, edi: low } = opened;
  const step = (sub: number, argument: number): RegisterFrame =>
    ask(sub, { ebx: argument, edx: edx | BDOOR_PORT, esi: high, edi: low });
  const outcome = use({ edx, high, low, step });
  if (closes) step(MESSAGE_TYPE_CLOSE, 0);
  return outcome;
}

/** Registers without a processor. No message step looks at the 64-bit names. */
function frameOf(values: Values): RegisterFrame {
  const none = { ebx: 0, ecx: 0, edx: 0, esi: 0, edi: 0, ebp: 0 };
  const wide = { rax: 0n, rbx: 0n, rcx: 0n, rdx: 0n, rsi: 0n, rdi: 0n, rbp: 0n };
  return { eax: BDOOR_MAGIC, ...none, ...values, ...wide };
}

/** The frame in the guest's memory. @param pointers registers that hold an address */
function placeFrame(guest: Guest, values: Values, pointers: Partial<Record<keyof Values, bigint>> = {}): bigint {
  const word = guest.object.bits / 8;
  const address = guest.place((ORDER.length + 1) * word);
  const put = (index: number, value: bigint): void => {
    guest.machine.writeUint(address + BigInt(index * word), word as 4 | 8, value);
  };
  put(0, BigInt(BDOOR_MAGIC));
  for (const [index, name] of ORDER.entries()) put(index + 1, pointers[name] ?? BigInt(values[name] ?? 0));
  return address;
}

/** struct vm_rpc of vmt(4): the channel in 16 bits, then two cookies of 32; or as the object has it. */
function placeChannel(guest: Guest, { edx, high, low }: OpenChannel): bigint {
  const layout = debugInfoOf(guest.object).layoutOf('vm_rpc');
  const at = (field: string, otherwise: number): number => Math.min(layout?.offsetOf(field) ?? otherwise, ROOM - 4);
  const view = new DataView(new ArrayBuffer(ROOM));
  if ((layout?.offsetOf('open') ?? null) !== null) view.setUint32(at('open', 0), 1, true);
  view.setUint16(at('channel', 0), edx >>> 16, true);
  view.setUint32(at('cookie1', 4), high, true);
  view.setUint32(at('cookie2', 8), low, true);
  return guest.place(new Uint8Array(view.buffer));
}
