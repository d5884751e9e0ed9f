import { type HostConfig, type HostEvent, type HostFault, VmwareHost } from '../../src/tclo-host/index.ts';
import { Frame } from './frame.ts';

export const MAGIC = 0x564d5868;
export const RPCI = 0x49435052;
export const TCLO = 0x4f4c4354;
export const COOKIE = 0x80000000;
export const SECOND = 1_000_000_000;

export const OPEN = 0;
export const SENDSIZE = 1;
export const SENDPAYLOAD = 2;
export const RECVSIZE = 3;
export const RECVPAYLOAD = 4;
export const RECVSTATUS = 5;
export const CLOSE = 6;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (data: Uint8Array): string => new TextDecoder().decode(data);

/** A channel as a guest keeps it. */
export interface Handle {
  readonly id: number;
  readonly high: number;
  readonly low: number;
}

/** A host and the means to call it: each method is one access, and returns the registers after it. */
export class Guest {
  now = 0;
  readonly host: VmwareHost;
  readonly hostEvents: HostEvent[] = [];

  constructor(config: Omit<HostConfig, 'now'> = {}) {
    this.host = new VmwareHost({ ...config, now: () => this.now });
    this.host.onEvent = (hostEvent) => this.hostEvents.push(hostEvent);
  }

  get log(): string[] {
    return this.hostEvents.filter(({ kind }) => kind === 'log').map((hostEvent) => hostEvent.text);
  }

  command(number: number, ebx = 0, fault: HostFault | null = null): Frame {
    const frame = Frame.of({ eax: MAGIC, ebx, ecx: number, edx: 0x5658 });
    this.host.call(frame, fault);
    return frame;
  }

  low(sub: number, handle: Handle | null, ebx = 0, fault: HostFault | null = null): Frame {
    const { id = 0, high = 0, low = 0 } = handle ?? {};
    const edx = id * 0x10000 + 0x5658;
    const frame = Frame.of({ eax: MAGIC, ebx, ecx: sub * 0x10000 + 0x1e, edx, esi: high, edi: low });
    this.host.call(frame, fault);
    return frame;
  }

  highOut(handle: Handle, data: Uint8Array, fault: HostFault | null = null, ebx = 0x10000): Frame {
    const edx = handle.id * 0x10000 + 0x5659;
    const frame = Frame.of({ eax: MAGIC, ebx, ecx: data.length, edx, ebp: handle.high, edi: handle.low });
    this.host.sendHighBandwidth(frame, data, fault);
    return frame;
  }

  highIn(handle: Handle, count: number, fault: HostFault | null = null, ebx = 0x10000): [Frame, Uint8Array | null] {
    const edx = handle.id * 0x10000 + 0x5659;
    const frame = Frame.of({ eax: MAGIC, ebx, ecx: count, edx, esi: handle.high, ebp: handle.low });
    return [frame, this.host.receiveHighBandwidth(frame, count, fault)];
  }

  open(protocol: number, flag = COOKIE): Handle {
    const frame = this.low(OPEN, null, protocol + flag);
    if (frame.ecx !== 0x10000) throw new Error(`open refused: ecx=${frame.ecx.toString(16)}`);
    return { id: frame.edx >>> 16, high: frame.esi, low: frame.edi };
  }

  /** Sends a whole message, by one high-bandwidth transfer or by words. */
  send(handle: Handle, data: Uint8Array, by: 'high' | 'low' = 'high'): void {
    expectStatus(this.low(SENDSIZE, handle, data.length).ecx, 0x81, 0x01);
    if (by === 'high') {
      if (data.length > 0) expectStatus(this.highOut(handle, data).ebx, 0x01);
      return;
    }
    for (let at = 0; at < data.length; at += 4) {
      const word = [0, 1, 2, 3].reduce((sum, byte) => sum + (data[at + byte] ?? 0) * 256 ** byte, 0);
      expectStatus(this.low(SENDPAYLOAD, handle, word).ecx, 0x01);
    }
  }

  /** Fetches a whole message; null when none is up. */
  receive(handle: Handle, by: 'high' | 'low' = 'high'): Uint8Array | null {
    const size = this.low(RECVSIZE, handle);
    expectStatus(size.ecx, 0x83, 0x81, 0x03, 0x01);
    if ((size.ecx & 0x20000) === 0) return null;
    const data = by === 'high' ? this.highIn(handle, size.ebx)[1] : this.#words(handle, size.ebx);
    if (data === null) throw new Error('receive refused');
    expectStatus(this.low(RECVSTATUS, handle, 1).ecx, 0x01);
    return data;
  }

  #words(handle: Handle, size: number): Uint8Array {
    const data = new Uint8Array(size);
    for (let at = 0; at < size; at += 4) {
      const frame = this.low(RECVPAYLOAD, handle, 1);
      expectStatus(frame.ecx, 0x01);
      for (let byte = 0; byte < 4 && at + byte < size; byte += 1) data[at + byte] = frame.ebx >>> (8 * byte);
    }
    return data;
  }

  /** One RPCI request over a channel of its own; the answer as text. */
  rpci(request: string | Uint8Array, by: 'high' | 'low' = 'high'): string | null {
    const handle = this.open(RPCI);
    this.send(handle, typeof request === 'string' ? bytes(request) : request, by);
    const answer = this.receive(handle, by);
    expectStatus(this.low(CLOSE, handle).ecx, 0x01);
    return answer === null ? null : text(answer);
  }

  /** Opens TCLO and greets: the empty send, "reset", "OK ATR app". */
  greet(app = 'toolbox'): Handle {
    const handle = this.open(TCLO);
    this.send(handle, bytes(''));
    const reset = this.receive(handle);
    if (reset === null || text(reset) !== 'reset') throw new Error('no reset');
    this.send(handle, bytes(`OK ATR ${app}`));
    return handle;
  }

  /** Fetches and answers with "OK " until nothing is up; what was fetched. */
  drain(handle: Handle): string[] {
    const fetched: string[] = [];
    for (let message = this.receive(handle); message !== null; message = this.receive(handle)) {
      fetched.push(text(message));
      this.send(handle, bytes(text(message) === 'reset' ? 'OK ATR toolbox' : 'OK '));
    }
    return fetched;
  }
}

function expectStatus(word: number, ...allowed: readonly number[]): void {
  if (!allowed.includes(word / 0x10000)) throw new Error(`status word ${word.toString(16)}`);
}
