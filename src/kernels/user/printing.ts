import { type ArgumentSource, format, type StubTable, stub } from '../../guest/index.ts';
import { argumentsAt, formatText, storeFormatted } from '../common/formatting.ts';
import { terminated } from './memory.ts';
import type { UserProcess } from './process.ts';

/** stdio(3) and its fortified forms: what goes to any stream goes to the console. */
export const printing: StubTable<UserProcess> = {
  printf: stub('int', ['ptr'], (p, [text], call) => print(p, text, call.rest)),
  fprintf: stub('int', ['ptr', 'ptr'], (p, [, text], call) => print(p, text, call.rest)),
  vfprintf: stub('int', ['ptr', 'ptr', 'ptr'], (p, [, text, list]) => print(p, text, argumentsAt(p, list))),
  __printf_chk: stub('int', ['int', 'ptr'], (p, [, text], call) => print(p, text, call.rest)),
  __fprintf_chk: stub('int', ['ptr', 'int', 'ptr'], (p, [, , text], call) => print(p, text, call.rest)),
  g_fprintf: stub('int', ['ptr', 'ptr'], (p, [, text], call) => print(p, text, call.rest)),
  __snprintf_chk: stub('int', ['ptr', 'size', 'int', 'size', 'ptr'], (p, [to, room, , , text], call) => {
    return storeFormatted(p, to, room, text, call.rest);
  }),
  __vsnprintf_chk: stub('int', ['ptr', 'size', 'int', 'size', 'ptr', 'ptr'], (p, [to, room, , , text, list]) => {
    return storeFormatted(p, to, room, text, argumentsAt(p, list));
  }),
  g_snprintf: stub('int', ['ptr', 'ulong', 'ptr'], (p, [to, room, text], call) => {
    return storeFormatted(p, to, Number(room), text, call.rest);
  }),
  g_vsnprintf: stub('int', ['ptr', 'ulong', 'ptr', 'ptr'], (p, [to, room, text, list]) => {
    return storeFormatted(p, to, Number(room), text, argumentsAt(p, list));
  }),
  asprintf: stub('int', ['ptr', 'ptr'], (p, [to, text], call) => allocateText(p, to, text, call.rest)),
  vasprintf: stub('int', ['ptr', 'ptr', 'ptr'], (p, [to, text, list]) => {
    return allocateText(p, to, text, argumentsAt(p, list));
  }),
  g_vasprintf: stub('int', ['ptr', 'ptr', 'ptr'], (p, [to, text, list]) => {
    return allocateText(p, to, text, argumentsAt(p, list));
  }),
  g_strdup_printf: stub('ptr', ['ptr'], (p, [text], call) => {
    return p.copyOf(terminated(format(p.memory, text, call.rest).bytes));
  }),
  puts: stub('int', ['ptr'], (p, [text]) => {
    p.print(`${p.readText(text)}\n`);
    return 1;
  }),
  fputs: stub('int', ['ptr', 'ptr'], (p, [text]) => {
    p.print(p.readText(text));
    return 1;
  }),
  fwrite: stub('size', ['ptr', 'size', 'size', 'ptr'], (p, [from, size, count]) => {
    p.print(Buffer.from(p.memory.read(from, size * count)).toString('latin1'));
    return count;
  }),
  perror: stub('void', ['ptr'], (p, [text]) => p.print(`${p.readText(text)}: error\n`)),
  g_log: stub('void', ['ptr', 'int', 'ptr'], (p, [domain, , text], call) => {
    p.print(`${p.readText(domain)}: ${formatText(p, text, call.rest)}\n`);
  }),
  g_return_if_fail_warning: stub('void', ['ptr', 'ptr', 'ptr'], (p, [domain, name, what]) => {
    p.print(`${p.readText(domain)}: ${p.readText(name)}: assertion '${p.readText(what)}' failed\n`);
  }),
};

function print(p: UserProcess, text: bigint, args: ArgumentSource): number {
  const printed = formatText(p, text, args);
  p.print(printed);
  return printed.length;
}

/** asprintf: the text in an allocation of its own, its address stored at `to`. */
function allocateText(p: UserProcess, to: bigint, text: bigint, args: ArgumentSource): number {
  const { bytes } = format(p.memory, text, args);
  const address = p.copyOf(terminated(bytes));
  p.writeWord(to, address);
  return address === 0n ? -1 : bytes.length;
}
