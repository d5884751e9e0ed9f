import {
  BDOOR_PORT,
  BDOORHB_PORT,
  type DecodedCall,
  type Notice,
  notice,
  type PortAccess,
  type PortDevice,
  readOnes,
} from '../../protocol/index.ts';
import type { HostFault } from '../faults.ts';
import type { VmwareHost } from '../host.ts';

const NOTHING = new Uint8Array(0);

/**
 * The VMware backdoor: calls on port 0x5658, high-bandwidth transfers by string I/O on 0x5659. Without the magic in
 * eax it is a port like any other and reads all ones (QEMU hw/i386/vmport.c).
 */
export class BackdoorDevice implements PortDevice<HostFault> {
  readonly ports: readonly number[] = [BDOOR_PORT, BDOORHB_PORT];
  onNotice: ((notice: Notice) => void) | null = null;

  readonly #host: VmwareHost;
  readonly #lowBandwidth: boolean;
  readonly #highBandwidth: boolean;

  constructor(host: VmwareHost) {
    this.#host = host;
    this.#lowBandwidth = host.owns(BDOOR_PORT);
    this.#highBandwidth = host.owns(BDOORHB_PORT);
  }

  access(access: PortAccess, fault: HostFault | null, call: DecodedCall): void {
    // A machine without the port: an access is no near miss.
    if (access.port === BDOOR_PORT ? !this.#lowBandwidth : !this.#highBandwidth) {
      readOnes(access);
      return;
    }
    if (call.kind === 'missed' && call.why !== 'notAMessage') {
      this.onNotice?.(notice(call.why, access));
      readOnes(access);
      return;
    }
    // ASSUMED: 1- and 2-byte INs run the call, and al or ax takes what fits. OUT is answered in eax as IN is.
    const bytes = this.#host.answer(call, access.registers, fault);
    if (access.string && access.direction === 'in') access.data = bytes ?? NOTHING;
  }

  snapshot(): unknown {
    return this.#host.snapshot();
  }

  restore(state: unknown): void {
    this.#host.restore(state);
  }
}
