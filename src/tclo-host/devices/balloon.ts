import {
  type Notice,
  notice,
  type OutputRegister,
  type PortAccess,
  type PortDevice,
  type RegisterFrame,
  readOnes,
} from '../../protocol/index.ts';
import { type HasRandom, Random } from '../../random.ts';
import { type StateCell, States } from '../../state.ts';
import { disturbOutputs } from '../channel/calls.ts';
import { activate, faultApplies, type HostFault } from '../faults.ts';

/** "omlE" in eax (Linux drivers/misc/vmw_balloon.c, like all numbers here). */
const VMW_BALLOON_HV_MAGIC = 0x456c6d6f;
const VMW_BALLOON_HV_PORT = 0x5670;

const VMW_BALLOON_SUCCESS = 0;
const VMW_BALLOON_ERROR_CMD_INVALID = 1;
const VMW_BALLOON_SUCCESS_WITH_CAPABILITIES = 0x03000000;

/** Basic commands, batched commands, batched 2 MiB pages. */
const CAPABILITIES = 0x2 | 0x4 | 0x8;

/** The registers that a command may return. */
const OUTPUTS: readonly OutputRegister[] = ['eax', 'ebx', 'ecx'];

const FAULT_SEED = 0x6f6d6c45;

type Command = (registers: RegisterFrame, balloon: { readonly targetPages: number }) => number;

const target: Command = (registers, { targetPages }) => {
  registers.ebx = targetPages;
  return VMW_BALLOON_SUCCESS;
};
const accept: Command = () => VMW_BALLOON_SUCCESS;

/** By number in ecx. The answer is the status in eax. */
const COMMANDS: ReadonlyMap<number, readonly [name: string, run: Command]> = new Map([
  [
    0,
    [
      'START',
      (registers: RegisterFrame) => {
        registers.ecx = registers.ebx & CAPABILITIES;
        return registers.ecx === 0 ? VMW_BALLOON_SUCCESS : VMW_BALLOON_SUCCESS_WITH_CAPABILITIES;
      },
    ],
  ],
  [1, ['GET_TARGET', target]],
  [2, ['LOCK', target]],
  [3, ['UNLOCK', target]],
  [4, ['GUEST_ID', accept]],
  [6, ['BATCHED_LOCK', target]],
  [7, ['BATCHED_UNLOCK', target]],
  [8, ['BATCHED_2M_LOCK', target]],
  [9, ['BATCHED_2M_UNLOCK', target]],
  [10, ['VMCI_DOORBELL_SET', accept]],
]);

/**
 * VMware's memory balloon: another device than the backdoor, with its own port and its own magic. A refused command is
 * one that the host does not know.
 */
export class BalloonDevice implements PortDevice<HostFault> {
  readonly ports: readonly number[] = [VMW_BALLOON_HV_PORT];
  onNotice: ((notice: Notice) => void) | null = null;
  readonly #states = new States();
  readonly #state: StateCell<{ targetPages: number }> = this.#states.cell('balloon', { targetPages: 0 });
  readonly #faults: Random = new Random(this.#states.cell<HasRandom>('balloon faults', { random: FAULT_SEED }));

  /** How many pages the host wants to have. */
  get targetPages(): number {
    return this.#state.now.targetPages;
  }

  set targetPages(count: number) {
    this.#state.change.targetPages = count;
  }

  access(access: PortAccess, fault: HostFault | null = null): void {
    const { registers } = access;
    if (registers.eax !== VMW_BALLOON_HV_MAGIC || access.string) {
      this.onNotice?.(notice(access.string ? 'wrongForm' : 'noMagic', access));
      readOnes(access);
      return;
    }
    const active = fault !== null && faultApplies(fault.kind, null) ? activate(fault, this.#faults, 0) : null;
    const refused = active?.row.status !== undefined;
    const command = refused ? undefined : COMMANDS.get(registers.ecx);
    registers.eax = command === undefined ? VMW_BALLOON_ERROR_CMD_INVALID : command[1](registers, this);
    if (active !== null) disturbOutputs(registers, OUTPUTS, active);
  }

  snapshot(): unknown {
    return this.#states.snapshot();
  }

  restore(state: unknown): void {
    this.#states.restore(state);
  }
}
