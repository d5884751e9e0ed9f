import {
  type Notice,
  notice,
  type PortAccess,
  type PortDevice,
  type RegisterFrame,
  readOnes,
} from '../../protocol/index.ts';

/** "omlE" in eax (Linux drivers/misc/vmw_balloon.c, like all numbers here). */
const VMW_BALLOON_HV_MAGIC = 0x456c6d6f;
const VMW_BALLOON_HV_PORT = 0x5670;

const VMW_BALLOON_SUCCESS = 0;
const VMW_BALLOON_ERROR_CMD_INVALID = 1;
const VMW_BALLOON_SUCCESS_WITH_CAPABILITIES = 0x03000000;

/** Basic commands, batched commands, batched 2 MiB pages. */
const CAPABILITIES = 0x2 | 0x4 | 0x8;

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

/** VMware's memory balloon: another device than the backdoor, with its own port and its own magic. */
export class BalloonDevice implements PortDevice {
  readonly ports: readonly number[] = [VMW_BALLOON_HV_PORT];
  onNotice: ((notice: Notice) => void) | null = null;
  /** How many pages the host wants to have. */
  targetPages = 0;

  access(access: PortAccess): void {
    const { registers } = access;
    if (registers.eax !== VMW_BALLOON_HV_MAGIC || access.string) {
      this.onNotice?.(notice(access.string ? 'wrongForm' : 'noMagic', access));
      readOnes(access);
      return;
    }
    const command = COMMANDS.get(registers.ecx);
    registers.eax = command === undefined ? VMW_BALLOON_ERROR_CMD_INVALID : command[1](registers, this);
  }

  snapshot(): unknown {
    return { targetPages: this.targetPages };
  }

  restore(state: unknown): void {
    this.targetPages = (state as { targetPages: number }).targetPages;
  }
}
