import type { MessageStep } from '../../src/protocol/index.ts';
import { type HostConfig, type HostFault, VmwareHost } from '../../src/tclo-host/index.ts';
import { Frame } from './frame.ts';
import { bytes, COOKIE, type Handle, MAGIC, RPCI, SECOND, TCLO, text } from './guest.ts';

const hex = (value: number): string => value.toString(16).padStart(8, '0');
const CLOSED: Handle = { id: 0, high: 0, low: 0 };

/** A fault of a run: the nth time that the step comes up on the protocol. */
export interface PlannedFault {
  readonly protocol: 'rpci' | 'tclo';
  readonly step: MessageStep;
  readonly nth: number;
  readonly fault: HostFault;
}

/**
 * The tick loop of the vmt driver as a model: it knows nothing but registers. Unpatched, it closes TCLO only when a
 * "reset" finds its error flag set, and greets a reopened channel unasked; patched, it closes whenever the flag is
 * set and greets only when asked.
 */
export class VmtModel {
  now = 0;
  readonly console: string[] = [];
  readonly host: VmwareHost;
  attached = false;
  readonly #patched: boolean;
  readonly #faults: readonly PlannedFault[];
  readonly #seen: Map<string, number> = new Map();
  #tclo = CLOSED;
  #error = false;
  #ping = true;
  #answer = '';

  constructor(patched: boolean, config: Omit<HostConfig, 'now'> = {}, faults: readonly PlannedFault[] = []) {
    this.#patched = patched;
    this.#faults = faults;
    this.host = new VmwareHost({ ...config, now: () => this.now });
  }

  attach(): void {
    if (!this.#patched) this.#tclo = this.#open(TCLO) ?? CLOSED;
    if (!this.#rpci('tools.capability.hgfs_server toolbox 1')) {
      this.#print(': failed to set HGFS server capability');
      return;
    }
    this.attached = true;
  }

  /** Ticks until `end` seconds; `events` are done at their seconds. */
  run(end: number, events: Readonly<Record<number, () => void>> = {}): this {
    const due = Object.entries(events).map(([second, event]) => ({ at: Number(second) * SECOND, event }));
    if (this.now === 0) this.attach();
    let next = this.now + SECOND;
    while (this.attached && next <= end * SECOND) {
      for (const event of due.filter(({ at }) => at > this.now && at <= next)) {
        this.now = event.at;
        event.event();
      }
      this.now = next;
      next = this.now + Math.max(this.#tick() * SECOND, SECOND / 100);
    }
    return this;
  }

  /** Seconds until the next tick. */
  #tick(): number {
    if (!this.#alive()) {
      const opened = this.#open(TCLO);
      if (opened === null) return 15;
      this.#tclo = opened;
      if (this.#patched) {
        this.#error = false;
        this.#ping = true;
      } else if (!this.#send(this.#tclo, 'OK ATR toolbox')) {
        return this.#failed('vmt0: failed to send reset reply');
      } else this.#error = false;
    }
    if (this.#ping && !this.#send(this.#tclo, '')) return this.#failed('vmt0: failed to send TCLO outgoing ping');
    const size = this.#length(this.#tclo);
    if (size === null) return this.#failed('vmt0: failed to get length of incoming TCLO data');
    if (size === 0) {
      this.#ping = true;
      return this.#leave(1);
    }
    const message = this.#data(this.#tclo, Math.min(size, 4095));
    if (message === null) return this.#failed('vmt0: failed to get incoming TCLO data');
    this.#ping = false;
    this.#dispatch(message);
    return this.#leave(this.#error ? 1 : 0);
  }

  #dispatch(message: string): void {
    if (message === 'reset') this.#reset();
    else if (message === 'ping') this.#reply('OK ', 'error sending ping response');
    else if (message === 'Capabilities_Register') this.#capabilities();
    else if (message === 'Set_Option broadcastIP 1') {
      this.#reply('ERROR Unable to find guest IP address', 'error sending broadcastIP error response');
    } else if (message.startsWith('OS_')) this.#state(message);
    else this.#reply('ERROR Unknown command', 'error sending unknown command reply');
  }

  #reset(): void {
    if (!this.#patched && this.#error) {
      this.#print('vmt0: resetting rpc');
      this.#close();
      return;
    }
    this.#reply('OK ATR toolbox', 'failed to send reset reply');
  }

  #capabilities(): void {
    for (const command of [
      'vmx.capability.unified_loop toolbox',
      'tools.capability.statechange ',
      'tools.set.version 2147483647',
    ]) {
      if (!this.#rpci(command)) this.#error = true;
      if (!this.#answer.startsWith('1 ')) this.#print(`vmt0: host rejected ${command}`);
    }
    this.#reply('OK ', 'error sending capabilities_register response');
  }

  #state(message: string): void {
    if (message === 'OS_Suspend') this.#print('VMware guest entering suspended state');
    if (message === 'OS_Resume') this.#print('VMware guest resuming from suspended state');
    const state = ['', 'OS_Halt', 'OS_Reboot', 'OS_PowerOn', 'OS_Resume', 'OS_Suspend'].indexOf(message);
    if (!this.#rpci(`tools.os.statechange.status 1 ${state}`)) {
      this.#print('vmt0: unable to send state change result');
      this.#error = true;
    }
    this.#reply('OK ', `error sending ${message} response`);
  }

  #reply(reply: string, complaint: string): void {
    if (this.#send(this.#tclo, reply)) return;
    this.#print(`vmt0: ${complaint}`);
    this.#error = true;
  }

  #failed(line: string): number {
    this.#print(line);
    this.#error = true;
    return this.#leave(1);
  }

  #leave(delay: number): number {
    if (!this.#patched || !this.#error) return delay;
    this.#print('vmt0: resetting rpc');
    this.#close();
    return 1;
  }

  #alive(): boolean {
    return this.#tclo.id !== 0 || this.#tclo.high !== 0 || this.#tclo.low !== 0;
  }

  #print(line: string): void {
    this.console.push(line);
  }

  #rpci(command: string): boolean {
    this.#answer = '';
    const handle = this.#open(RPCI);
    if (handle === null) {
      this.#print('vmt0: rpci channel open failed');
      return false;
    }
    const ok = this.#exchange(handle, command);
    const frame = this.#low(6, handle, 0, 'rpci');
    if (frame.ecx >>> 16 === 0) this.#print('vmt0: unable to close rpci channel');
    return ok;
  }

  #exchange(handle: Handle, command: string): boolean {
    if (!this.#send(handle, command, 'rpci')) {
      this.#print('vmt0: unable to send rpci command');
      return false;
    }
    const size = this.#length(handle, 'rpci');
    if (size === null) {
      this.#print('vmt0: failed to get length of rpci response data');
      return false;
    }
    if (size === 0) return true;
    const answer = this.#data(handle, size, 'rpci');
    if (answer === null) {
      this.#print('vmt0: failed to get rpci response data');
      return false;
    }
    this.#answer = answer;
    return true;
  }

  #fault(protocol: 'rpci' | 'tclo', step: MessageStep): HostFault | null {
    const key = `${protocol}.${step}`;
    const nth = (this.#seen.get(key) ?? 0) + 1;
    this.#seen.set(key, nth);
    const hit = this.#faults.find((plan) => plan.protocol === protocol && plan.step === step && plan.nth === nth);
    return hit?.fault ?? null;
  }

  #low(sub: number, { id, high, low }: Handle, ebx: number, protocol: 'rpci' | 'tclo'): Frame {
    const steps: readonly MessageStep[] = ['open', 'sendsize', 'send', 'recvsize', 'receive', 'status', 'close'];
    const edx = id * 0x10000 + 0x5658;
    const frame = Frame.of({ eax: MAGIC, ebx, ecx: sub * 0x10000 + 0x1e, edx, esi: high, edi: low });
    this.host.call(frame, this.#fault(protocol, steps[sub] ?? 'open'));
    return frame;
  }

  #open(protocol: number): Handle | null {
    const frame = this.#low(0, CLOSED, protocol + COOKIE, protocol === RPCI ? 'rpci' : 'tclo');
    if (frame.ecx >>> 16 !== 1 || (frame.edx & 0xffff) !== 0) {
      this.#print(`vmware: open failed, eax=${hex(frame.eax)}, ecx=${hex(frame.ecx)}, edx=${hex(frame.edx)}`);
      return null;
    }
    return { id: frame.edx >>> 16, high: frame.esi, low: frame.edi };
  }

  #close(): void {
    const frame = this.#low(6, this.#tclo, 0, 'tclo');
    if (frame.ecx >>> 16 === 0 || (frame.ecx & 0xffff) !== 0) {
      this.#print(`vmware: close failed, eax=${hex(frame.eax)}, ecx=${hex(frame.ecx)}`);
      return;
    }
    this.#tclo = CLOSED;
  }

  #send(handle: Handle, message: string, protocol: 'rpci' | 'tclo' = 'tclo'): boolean {
    const frame = this.#low(1, handle, message.length, protocol);
    if ((frame.ecx & 0x10000) === 0) {
      this.#print(`vmware: sending length failed, eax=${hex(frame.eax)}, ecx=${hex(frame.ecx)}`);
      return false;
    }
    if (message.length === 0) return true;
    const edx = handle.id * 0x10000 + 0x5659;
    const out = Frame.of({ eax: MAGIC, ebx: 0x10000, ecx: message.length, edx, ebp: handle.high, edi: handle.low });
    this.host.sendHighBandwidth(out, bytes(message), this.#fault(protocol, 'send'));
    if (out.ebx !== 0x10000) this.#print(`vmware: send failed, ebx=${hex(out.ebx)}`);
    return out.ebx === 0x10000;
  }

  #length(handle: Handle, protocol: 'rpci' | 'tclo' = 'tclo'): number | null {
    const frame = this.#low(3, handle, 0, protocol);
    if ((frame.ecx & 0x10000) === 0) {
      this.#print(`vmware: get length failed, eax=${hex(frame.eax)}, ecx=${hex(frame.ecx)}`);
      return null;
    }
    return (frame.ecx & 0x20000) === 0 ? 0 : frame.ebx;
  }

  #data(handle: Handle, count: number, protocol: 'rpci' | 'tclo' = 'tclo'): string | null {
    const edx = handle.id * 0x10000 + 0x5659;
    const frame = Frame.of({ eax: MAGIC, ebx: 0x10000, ecx: count, edx, esi: handle.high, ebp: handle.low });
    const data = this.host.receiveHighBandwidth(frame, count, this.#fault(protocol, 'receive'));
    if (frame.ebx !== 0x10000 || data === null) {
      this.#print(`vmware: get data failed, ebx=${hex(frame.ebx)}`);
      return null;
    }
    // The acknowledgement passes on any status but 0: the driver never looks at the bits.
    if (this.#low(5, handle, 1, protocol).ecx >>> 16 !== 0) return text(data);
    this.#print('vmware: ack data failed');
    return null;
  }
}
