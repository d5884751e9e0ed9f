import { PlainRegisters } from '../../src/protocol/index.ts';

/** The registers of a call, as words too; every test's guest is made of these. */
export class Frame extends PlainRegisters {
  readonly narrow: Uint32Array<ArrayBuffer> = new Uint32Array(this.wide.buffer);

  static of(values: Partial<Record<`e${'ax' | 'bx' | 'cx' | 'dx' | 'si' | 'di' | 'bp'}`, number>>): Frame {
    return new Frame(values);
  }
}
