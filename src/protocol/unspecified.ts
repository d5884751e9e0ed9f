import type { MessageStep } from './constants.ts';
import type { OutputRegister } from './registers.ts';

/** What a low-bandwidth message step came to. `empty`: RECVSIZE, and there is no message. */
export type StepResult = 'done' | 'empty' | 'refused';

/** Bits of an output that have no meaning: hosts may differ in them, and a guest must not depend on them. */
export interface UnspecifiedOutput {
  readonly steps: readonly MessageStep[];
  readonly result: StepResult;
  readonly register: OutputRegister;
  /** The bits that are open. */
  readonly bits: number;
}

const ALL = 0xffff_ffff;
const LOW_HALF = 0xffff;

/**
 * The outputs that the protocol leaves open. ASSUMED: that VMware sets them to anything at all; what is known is that no
 * public guest looks at them.
 */
export const UNSPECIFIED_OUTPUTS: readonly UnspecifiedOutput[] = [
  {
    steps: ['sendsize', 'send', 'recvsize', 'receive', 'status', 'close'],
    result: 'done',
    register: 'eax',
    bits: ALL,
  },
  { steps: ['recvsize'], result: 'empty', register: 'eax', bits: ALL },
  { steps: ['recvsize'], result: 'empty', register: 'ebx', bits: ALL },
  { steps: ['recvsize'], result: 'empty', register: 'edx', bits: ALL },
  { steps: ['recvsize', 'receive'], result: 'done', register: 'edx', bits: LOW_HALF },
  { steps: ['recvsize', 'receive'], result: 'refused', register: 'ebx', bits: ALL },
  { steps: ['recvsize', 'receive'], result: 'refused', register: 'edx', bits: ALL },
];

/** A part of an answer that looks open and is not. */
export interface SpecifiedOutput {
  readonly output: string;
  readonly value: string;
  /** Who depends on it. */
  readonly source: string;
}

/** What guests depend on beyond the meaning of an answer. */
export const SPECIFIED_OUTPUTS: readonly SpecifiedOutput[] = [
  {
    output: 'all 32 bits of ECX',
    value: 'status << 16: 0x00010000, 0x00810000 after SENDSIZE, 0x00830000 after RECVSIZE with a message',
    source: 'iPXE, guestrpc.c, compares the whole register',
  },
  {
    output: 'the low half of ECX after OPEN and CLOSE',
    value: '0',
    source: "OpenBSD's and NetBSD's vmt(4), vm_rpc_open and vm_rpc_close, compare it",
  },
  {
    output: 'the low half of EDX after OPEN',
    value: '0',
    source: "OpenBSD's and NetBSD's vmt(4), vm_rpc_open, compare it",
  },
  {
    output: 'EAX after OPEN',
    value: '0',
    source: 'an early vmt(4), in aerieBSD, fails unless it is 0. ASSUMED: that it ran on VMware',
  },
  {
    output: 'EAX after a refused step',
    value: '0',
    source: "the console of NetBSD's vmt(4) on VMware: eax=00000000 ecx=00000000",
  },
  {
    output: 'the high half of EDX after RECVSIZE with a message, and after RECVPAYLOAD',
    value: '1, and 2',
    source: 'open-vm-tools, message.c, gives up at any other type',
  },
  {
    output: 'all 32 bits of EBX after high bandwidth',
    value: '0x00010000',
    source: "OpenBSD's and NetBSD's vmt(4), vm_rpc_send and vm_rpc_get_data, compare the whole register",
  },
  {
    output: 'the upper halves of outputs of 64 bits',
    value: '0',
    source: 'Linux: vmwgfx takes a length from RBX, vmw_balloon compares RAX and takes RBX and RCX',
  },
  {
    output: 'registers that a call does not return',
    value: 'all 64 bits as they were',
    source: 'open-vm-tools, backdoorGcc64.c, keeps its own values in them across the instruction',
  },
];
