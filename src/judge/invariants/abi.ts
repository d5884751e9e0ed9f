import type { AbiBreakFact, CodeBreach, SiteCode } from '../execution.ts';
import type { Verdict } from '../finding.ts';
import type { Invariant, Judgement, RunContext, RunEnd } from './invariant.ts';

/** What is wrong, and what is right, by what is not kept. */
const WORDS: Readonly<
  Record<CodeBreach['kind'], { readonly title: (what: string) => string; readonly right: string }>
> = {
  register: {
    title: (what) => `does not keep ${what}`,
    right: 'The caller owns it: a sequence that changes it lists it as clobbered, or pushes and pops it.',
  },
  stack: {
    title: (what) => `returns with the stack pointer off by ${what} bytes`,
    right: 'What a sequence pushes it must pop.',
  },
  direction: {
    title: () => 'leaves the direction flag set',
    right: 'The next copy of the kernel runs backwards: a sequence that sets the flag clears it.',
  },
  interrupts: {
    title: () => 'leaves interrupts off',
    right: 'Interrupts are to be as they were: pushf and popf around cli.',
  },
  lost: {
    title: (what) => `uses ${what} behind a sequence that overwrites it`,
    right: 'The compiler was not told: list the register as clobbered, or push and pop it.',
  },
  redZone: {
    title: () => 'pushes over its red zone',
    right:
      'Memory below the stack pointer is its own there: compile with -mno-red-zone, or step over it before the push.',
  },
};

/**
 * The guest meets its kernel as the ABI says: the direction flag is clear, interrupts are as they were, the stack pointer
 * and the registers of the caller are kept. Functions that hold an executed backdoor instruction are judged by their
 * code; the others where the kernel sees it.
 */
export function abi(context: RunContext): Invariant {
  /** What was seen at the kernel, by what it is. */
  const seen = new Map<string, Verdict>();
  return {
    abiBreak(fact: AbiBreakFact): void {
      const key = keyOf(fact);
      if (!seen.has(key)) seen.set(key, atKernel(fact, context));
    },
    judge({ code }: RunEnd): Judgement {
      const inCode = new Map<string, Verdict>();
      for (const site of code?.(seen.size > 0) ?? []) {
        for (const breach of site.breaches) {
          const key = keyOf(breach);
          if (!inCode.has(key)) inCode.set(key, ofCode(breach, site, context));
        }
      }
      // The code explains what the kernel saw.
      const others = [...seen].filter(([key]) => !inCode.has(key));
      return { verdicts: [...inCode.values(), ...others.map(([, verdict]) => verdict)] };
    },
  };
}

/** The same of another function is no other finding. */
const keyOf = ({ kind, what }: Pick<CodeBreach, 'kind' | 'what'>): string =>
  kind === 'register' || kind === 'lost' ? `register ${what}` : kind;

const found = (title: string, explanation: string, address: bigint): Verdict => ({
  kind: 'invariant',
  invariant: 'abi',
  title,
  explanation,
  address,
  stack: [],
});

/** What a finding says of the two places of a breach. */
const PLACES: Readonly<Record<CodeBreach['kind'], readonly [by: string, shows: string]>> = {
  register: ['It is changed', 'the function returns'],
  lost: ['It is loaded', 'the function uses it'],
  stack: ['', 'It returns'],
  direction: ['It is set', 'the function returns'],
  interrupts: ['They are cleared', 'the function returns'],
  redZone: ['The push is', 'the function uses that memory'],
};

function ofCode({ kind, what, by, shows }: CodeBreach, site: SiteCode, context: RunContext): Verdict {
  const { title, right } = WORDS[kind];
  const [did, then] = PLACES[kind];
  const inSequence = by >= site.from && by < site.to;
  const where = inSequence ? `, in the backdoor sequence at ${context.where(site.pc)}` : '';
  const first = did === '' ? '' : `${did} at ${context.where(by)}${where}; `;
  const address = inSequence || kind === 'stack' ? site.pc : by;
  const explanation = `${first}${then} at ${context.where(shows)}. ${right}`;
  return { ...found(`${site.function} ${title(what)}`, explanation, address), accesses: [] };
}

/** Seen where the guest met its kernel: the last backdoor sequence before may have done it. */
function atKernel({ kind, what, pc, called }: AbiBreakFact, context: RunContext): Verdict {
  const { title, right } = WORDS[kind];
  const accesses = context.lastAccesses();
  const last = accesses.at(-1) ?? null;
  const how = called === null ? `the call of ${context.where(pc)}` : `the call of ${called}`;
  const before = last === null ? '' : ` The last backdoor sequence before is at ${context.where(last.pc)}.`;
  const from = called === null ? '' : ` from ${context.where(pc)}`;
  const explanation = `The kernel saw it${from}.${before} ${right}`;
  return { ...found(`${how} ${title(what)}`, explanation, last?.pc ?? pc), accesses };
}
