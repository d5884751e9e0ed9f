import { stringIoAt } from '../cpu/index.ts';
import type { GuestOutcome } from '../guest/index.ts';
import type { Violation } from '../tclo-host/index.ts';
import type { Bench } from './bench.ts';

/** How an execution ended before its time; null: it did not. */
export type Ending = (GuestOutcome & { readonly violation?: Violation }) | null;

/** An ending with what the protocol knows of it: a page fault of INS or OUTS comes from the registers of a transfer. */
export function explained({ guest: { machine }, host }: Bench, ending: GuestOutcome | null): Ending {
  if (ending?.kind !== 'fault' || ending.fault.address === null) return ending;
  const direction = stringIoAt(machine, ending.pc);
  if (direction === null) return ending;
  const memory = {
    wide: machine.bits === 64,
    known: machine.registers.rsp,
    isMapped: (address: bigint) => machine.isMapped(address, 1),
  };
  const violation = host.conformity.transferFault(direction, machine.registers, memory);
  return violation === null ? ending : { ...ending, violation };
}
