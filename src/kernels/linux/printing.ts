import { type ArgumentSource, type Stub, type StubTable, stub, variadic } from '../../guest/index.ts';
import { argumentsAt, storeFormatted } from '../common/formatting.ts';
import type { LinuxKernel } from './kernel.ts';

function print(k: LinuxKernel, text: bigint, args: ArgumentSource): number {
  const printed = k.format(text, args);
  k.log(printed);
  return printed.length;
}

/** printk of a device: its name is a field that no module tells the place of, so the text stands alone. */
const deviceLine = (): Stub<LinuxKernel> =>
  variadic('void', ['ptr', 'ptr'], (k, [, text], call) => {
    print(k, text, call.rest);
  });

/** snprintf that tells how much it stored. */
function stored(room: number, length: number): number {
  return room === 0 ? 0 : Math.min(length, room - 1);
}

/** printk(9), what ends the kernel, and the formatting functions that are Linux's own. */
export const printing: StubTable<LinuxKernel> = {
  _printk: variadic('int', ['ptr'], (k, [text], call) => print(k, text, call.rest)),
  printk: variadic('int', ['ptr'], (k, [text], call) => print(k, text, call.rest)),
  vprintk: stub('int', ['ptr', 'ptr'], (k, [text, list]) => print(k, text, argumentsAt(k, list))),
  __warn_printk: variadic('void', ['ptr'], (k, [text], call) => {
    print(k, text, call.rest);
  }),
  _dev_emerg: deviceLine(),
  _dev_alert: deviceLine(),
  _dev_crit: deviceLine(),
  _dev_err: deviceLine(),
  _dev_warn: deviceLine(),
  _dev_notice: deviceLine(),
  _dev_info: deviceLine(),
  _dev_printk: variadic('void', ['ptr', 'ptr', 'ptr'], (k, [, , text], call) => {
    print(k, text, call.rest);
  }),
  __drm_err: variadic('void', ['ptr'], (k, [text], call) => {
    print(k, text, call.rest);
  }),
  drm_dev_printk: variadic('void', ['ptr', 'ptr', 'ptr'], (k, [, , text], call) => {
    print(k, text, call.rest);
  }),
  scnprintf: variadic('int', ['ptr', 'size', 'ptr'], (k, [to, room, text], call) => {
    return stored(room, storeFormatted(k, to, room, text, call.rest));
  }),
  vscnprintf: stub('int', ['ptr', 'size', 'ptr', 'ptr'], (k, [to, room, text, list]) => {
    return stored(room, storeFormatted(k, to, room, text, argumentsAt(k, list)));
  }),
  panic: variadic('void', ['ptr'], (k, [text], call) => k.panic(k.format(text, call.rest))),
  __stack_chk_fail: stub('void', [], (k) => k.panic('stack-protector: Kernel stack is corrupted')),
  fortify_panic: stub('void', ['ptr'], (k, [name]) => k.panic(`detected buffer overflow in ${k.readText(name)}`)),
  refcount_warn_saturate: stub('void', ['ptr', 'int'], (k) => k.log('refcount_t: saturated or used after free\n')),
};
