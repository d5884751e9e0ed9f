import { type Stub, type StubTable, stub } from '../../guest/index.ts';
import { argumentsAt } from '../common/formatting.ts';
import type { FreeBsdKernel } from './kernel.ts';

/** printf(9), log(9), device_printf(9) and what ends in panic(9). Log lines go to the console too. */
export const printing: StubTable<FreeBsdKernel> = {
  printf: stub('int', ['ptr'], (k, [text], call) => printed(k, k.format(text, call.rest))),
  vprintf: stub('int', ['ptr', 'ptr'], (k, [text, list]) => printed(k, k.format(text, argumentsAt(k, list)))),
  uprintf: stub('int', ['ptr'], (k, [text], call) => printed(k, k.format(text, call.rest))),
  log: stub('void', ['int', 'ptr'], (k, [, text], call) => k.print(k.format(text, call.rest))),
  vlog: stub('void', ['int', 'ptr', 'ptr'], (k, [, text, list]) => k.print(k.format(text, argumentsAt(k, list)))),
  device_printf: stub('int', ['ptr', 'ptr'], (k, [address, text], call) => {
    const device = k.device(address);
    return device === null ? 0 : printed(k, `${device.driver}${device.unit}: ${k.format(text, call.rest)}`);
  }),
  device_print_prettyname: stub('int', ['ptr'], (k, [address]) => {
    const device = k.device(address);
    return device === null ? 0 : printed(k, `${device.driver}${device.unit}: `);
  }),
  panic: fatal(),
  kassert_panic: fatal(),
  __stack_chk_fail: stub('void', [], (k) => k.panic('stack overflow detected; backtrace may be corrupted')),
};

function fatal(): Stub<FreeBsdKernel> {
  return stub('void', ['ptr'], (k, [text], call) => k.panic(k.format(text, call.rest)));
}

function printed(k: FreeBsdKernel, text: string): number {
  k.print(text);
  return text.length;
}
