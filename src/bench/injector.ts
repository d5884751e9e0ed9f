import type { PreemptionPoint } from '../plan/index.ts';
import type { HostCall, HostFault } from '../tclo-host/index.ts';

/** Disturbs a run besides its plan. A bench asks it once for each port access and once for each preemption point. */
export interface Injector {
  /**
   * The fault to inject into a port access. A planned fault at the same access comes first.
   * @param call the message call that the access makes; null for any other access.
   * @param access the number of the access, from 0.
   * @returns null to inject none.
   */
  faultAt(call: HostCall | null, access: number): HostFault | null;
  /** Whether the soft interrupt of this preemption point preempts the guest here. */
  preempts(point: PreemptionPoint): boolean;
}
