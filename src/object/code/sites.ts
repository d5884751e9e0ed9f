import type { ObjectFile } from '../elf/object.ts';
import { iced } from '../iced.ts';
import { type CodeReference, isReferred, relocatedReferences } from './references.ts';
import { codePieces, sweep } from './sweep.ts';

/** An instruction that can be a backdoor call. Offsets count from the start of its section. */
export interface CodeSite {
  /** Index in the object. */
  readonly section: number;
  readonly offset: number;
  readonly instruction: 'in' | 'out' | 'ins' | 'outs' | 'vmcall' | 'vmmcall';
  /** Nothing in the object calls its function, or knows its address. */
  readonly uncalled: boolean;
}

const known = new WeakMap<ObjectFile, readonly CodeSite[]>();

/**
 * Every IN and OUT by DX, INS, OUTS, VMCALL and VMMCALL of an object, in the order of the file. An IN or OUT with the port
 * in the instruction cannot reach the backdoor's ports.
 */
export function codeSitesOf(object: ObjectFile): readonly CodeSite[] {
  let sites = known.get(object);
  if (sites === undefined) {
    sites = findSites(object);
    known.set(object, sites);
  }
  return sites;
}

function findSites(object: ObjectFile): CodeSite[] {
  const { FlowControl, OpKind } = iced();
  const kinds = siteKinds();
  const branches = [FlowControl.Call, FlowControl.UnconditionalBranch, FlowControl.ConditionalBranch];
  const references: CodeReference[] = relocatedReferences(object);
  const found = codePieces(object).map((piece) => {
    const sites: { offset: number; instruction: CodeSite['instruction'] }[] = [];
    sweep(object.bits, piece, (instruction, offset) => {
      const kind = kinds.get(instruction.mnemonic);
      if (kind !== undefined) {
        const byDx = instruction.op0Kind !== OpKind.Immediate8 && instruction.op1Kind !== OpKind.Immediate8;
        if (byDx) sites.push({ offset, instruction: kind });
      } else if (branches.includes(instruction.flowControl)) {
        const target = Number(BigInt.asIntN(64, instruction.nearBranchTarget));
        const section = piece.section.index;
        if (target < piece.start || target >= piece.end) {
          references.push({ to: { section, offset: target }, from: { section, offset } });
        }
      }
    });
    return { piece, sites };
  });
  return found.flatMap(({ piece, sites }) => {
    if (sites.length === 0) return [];
    const uncalled = object.type === 'relocatable' && piece.name !== null && !isReferred(piece, references);
    return sites.map((site) => ({ section: piece.section.index, uncalled, ...site }));
  });
}

function siteKinds(): ReadonlyMap<number, CodeSite['instruction']> {
  const { Mnemonic } = iced();
  return new Map([
    [Mnemonic.In, 'in'],
    [Mnemonic.Out, 'out'],
    [Mnemonic.Insb, 'ins'],
    [Mnemonic.Insw, 'ins'],
    [Mnemonic.Insd, 'ins'],
    [Mnemonic.Outsb, 'outs'],
    [Mnemonic.Outsw, 'outs'],
    [Mnemonic.Outsd, 'outs'],
    [Mnemonic.Vmcall, 'vmcall'],
    [Mnemonic.Vmmcall, 'vmmcall'],
  ]);
}
