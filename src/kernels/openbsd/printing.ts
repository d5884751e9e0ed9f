import { type StubTable, stub } from '../../guest/index.ts';
import { argumentsAt } from '../common/formatting.ts';
import type { OpenBsdKernel } from './kernel.ts';

/** printf(9), log(9) and what ends in panic(9). Log lines go to the console too, where a person looks for them. */
export const printing: StubTable<OpenBsdKernel> = {
  printf: stub('int', ['ptr'], (k, [text], call) => printed(k, k.format(text, call.rest))),
  uprintf: stub('void', ['ptr'], (k, [text], call) => k.print(k.format(text, call.rest))),
  vprintf: stub('int', ['ptr', 'ptr'], (k, [text, list]) => printed(k, k.format(text, argumentsAt(k, list)))),
  log: stub('void', ['int', 'ptr'], (k, [, text], call) => k.print(k.format(text, call.rest))),
  addlog: stub('int', ['ptr'], (k, [text], call) => printed(k, k.format(text, call.rest))),
  puts: stub('int', ['ptr'], (k, [text]) => printed(k, `${k.readText(text)}\n`)),
  putchar: stub('int', ['int'], (k, [character]) => {
    k.print(String.fromCharCode(character & 0xff));
    return character;
  }),
  panic: stub('void', ['ptr'], (k, [text], call) => k.panic(k.format(text, call.rest))),
  __assert: stub('void', ['ptr', 'ptr', 'int', 'ptr'], (k, [kind, file, line, what]) => {
    const where = `file "${k.readText(file)}", line ${line}`;
    k.panic(`kernel ${k.readText(kind)}assertion "${k.readText(what)}" failed: ${where}`);
  }),
  __stack_smash_handler: stub('void', ['ptr', 'int'], (k, [name]) => {
    k.panic(`smashed stack in ${k.readText(name)}`);
  }),
  // The compilers' own name for it, where they were not told OpenBSD's.
  __stack_chk_fail: stub('void', [], (k) => k.panic('smashed stack')),
  splassert_fail: stub('void', ['int', 'int', 'ptr'], (k, [want, have, name]) => {
    k.print(`splassert: ${k.readText(name)}: want ${want} have ${have}\n`);
  }),
};

function printed(k: OpenBsdKernel, text: string): number {
  k.print(text);
  return text.length;
}
