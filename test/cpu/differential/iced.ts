/** iced-x86's tables and types, as the differential test uses them. */
import type * as Iced from 'iced-x86';
import { iced, type RegisterName } from '../../../src/cpu/index.ts';

export const {
  Code,
  CodeExt,
  CpuidFeature,
  EncodingKind,
  Encoder,
  FlowControl,
  Instruction,
  Mnemonic,
  OpCodeOperandKind,
  OpKind,
  Register,
  RegisterExt,
  RflagsBits,
}: typeof Iced = iced();

export type Code = Iced.Code;
export type Register = Iced.Register;
export type OpKind = Iced.OpKind;
export type Instruction = Iced.Instruction;
export type OpCodeInfo = Iced.OpCodeInfo;

/** Modes that compiled code runs in. */
export type CodeBits = 32 | 64;

export const nameOf = (code: Iced.Code): string => Code[code] ?? `code ${code}`;
export const mnemonicOf = (instruction: Instruction): string => Mnemonic[instruction.mnemonic] ?? '';

/** By iced-x86's number of a register. */
export const REGISTER_NAMES: readonly RegisterName[] = [
  ...(['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'] as const),
  ...(['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'] as const),
];

const HIGH_BYTES: readonly Register[] = [Register.AH, Register.CH, Register.DH, Register.BH];

/** Whether it is ah, ch, dh or bh. */
export const isHighByte = (register: Register): boolean => HIGH_BYTES.includes(register);

/** The whole register that it is a part of. */
export const nameOfRegister = (register: Register): RegisterName =>
  REGISTER_NAMES[RegisterExt.number(RegisterExt.fullRegister(register))] as RegisterName;
