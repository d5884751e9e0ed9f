import type { ArgumentSource } from './format/arguments.ts';
import type { StubCall } from './stub.ts';

/** A call of the guest's while a stub serves it. */
export class ServedCall implements StubCall {
  readonly name: string;
  readonly returnAddress: bigint;
  readonly rest: ArgumentSource;
  readonly #registers: { rdx: bigint };

  constructor(name: string, returnAddress: bigint, rest: ArgumentSource, registers: { rdx: bigint }) {
    this.name = name;
    this.returnAddress = returnAddress;
    this.rest = rest;
    this.#registers = registers;
  }

  setHigh(value: bigint): void {
    this.#registers.rdx = value;
  }
}
