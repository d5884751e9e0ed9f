import { type ArgumentSource, type Stub, type StubTable, stub } from '../../guest/index.ts';
import { argumentsAt } from '../common/formatting.ts';
import type { NetBsdKernel } from './kernel.ts';

/**
 * printf(9), log(9), device_printf(9), aprint(9) and what ends in panic(9). The console is what dmesg(8) shows: log
 * lines and verbose lines are in it, the naive ones and the debug ones are not.
 */
export const printing: StubTable<NetBsdKernel> = {
  printf: stub('int', ['ptr'], (k, [text], call) => printed(k, k.format(text, call.rest))),
  printf_nolog: stub('void', ['ptr'], (k, [text], call) => k.print(k.format(text, call.rest))),
  uprintf: stub('void', ['ptr'], (k, [text], call) => k.print(k.format(text, call.rest))),
  vprintf: stub('int', ['ptr', 'ptr'], (k, [text, list]) => printed(k, k.format(text, argumentsAt(k, list)))),
  log: stub('void', ['int', 'ptr'], (k, [, text], call) => k.print(k.format(text, call.rest))),
  vlog: stub('void', ['int', 'ptr', 'ptr'], (k, [, text, list]) => k.print(k.format(text, argumentsAt(k, list)))),
  addlog: stub('void', ['ptr'], (k, [text], call) => k.print(k.format(text, call.rest))),
  device_printf: forDevice(),
  aprint_error: plain(),
  aprint_normal: plain(),
  aprint_verbose: plain(),
  aprint_error_dev: forDevice(),
  aprint_normal_dev: forDevice(),
  aprint_verbose_dev: forDevice(),
  aprint_naive: stub('void', ['ptr'], () => {}),
  aprint_naive_dev: stub('void', ['ptr', 'ptr'], () => {}),
  aprint_debug: stub('void', ['ptr'], () => {}),
  aprint_debug_dev: stub('void', ['ptr', 'ptr'], () => {}),
  panic: stub('void', ['ptr'], (k, [text], call) => k.panic(k.format(text, call.rest))),
  vpanic: stub('void', ['ptr', 'ptr'], (k, [text, list]) => k.panic(k.format(text, argumentsAt(k, list)))),
  kern_assert: stub('void', ['ptr'], (k, [text], call) => k.panic(k.format(text, call.rest))),
  __stack_chk_fail: stub('void', [], (k) => k.panic('stack overflow detected; terminated')),
  uuid_snprintf: stub('int', ['ptr', 'size', 'ptr'], (k, [to, room, uuid]) => {
    const text = uuidText(k.memory.read(uuid, 16));
    if (room > 0) k.memory.write(to, Buffer.from(`${text.slice(0, room - 1)}\0`, 'latin1'));
    return text.length;
  }),
};

function plain(): Stub<NetBsdKernel> {
  return stub('void', ['ptr'], (k, [text], call) => k.print(k.format(text, call.rest)));
}

function forDevice(): Stub<NetBsdKernel> {
  return stub('void', ['ptr', 'ptr'], (k, [device, text], call) => printFor(k, device, text, call.rest));
}

function printFor(k: NetBsdKernel, device: bigint, text: bigint, args: ArgumentSource): void {
  const name = k.device(device)?.name;
  if (name !== undefined) k.print(`${name}: ${k.format(text, args)}`);
}

function printed(k: NetBsdKernel, text: string): number {
  k.print(text);
  return text.length;
}

/** sys/uuid.h: three numbers in the machine's byte order, then bytes. */
function uuidText(uuid: Uint8Array): string {
  const view = new DataView(uuid.buffer, uuid.byteOffset, uuid.byteLength);
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const bytes = Array.from(uuid.subarray(8), (byte) => hex(byte, 2));
  const numbers = [hex(view.getUint32(0, true), 8), hex(view.getUint16(4, true), 4), hex(view.getUint16(6, true), 4)];
  return [...numbers, bytes.slice(0, 2).join(''), bytes.slice(2).join('')].join('-');
}
