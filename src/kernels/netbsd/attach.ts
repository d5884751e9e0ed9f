import { VmtbenchError } from '../../errors.ts';
import type { GuestOutcome } from '../../guest/index.ts';
import type { NetBsdKernel } from './kernel.ts';
import { ROOM } from './offsets.ts';

/** machine/cpu.h: bits of ci_flags that a driver of the boot processor asks for. */
const CPUF_BSP_SP_PRIMARY = 0x1 | 0x4 | 0x8;

/** What autoconf(9) knows of a driver: its struct cfattach, or the two functions of a vmt_subr.o alone. */
type Driver =
  | { readonly name: string; readonly kind: 'cfattach'; readonly size: number; match: bigint; attach: bigint }
  | { readonly name: string; readonly kind: 'common'; probe: bigint; attach: bigint };

/** From 2020 on vmt(4)'s own part and what it shares with aarch64 are two objects: the second has no cfattach. */
function findDriver(k: NetBsdKernel): Driver | null {
  const { object } = k.services;
  const attachment = object.symbols.find((s) => /^[a-z]\w*_ca$/.test(s.name) && s.home !== 'undefined');
  if (attachment !== undefined) {
    const address = k.services.symbol(attachment.name) ?? 0n;
    const { devsize, match, attach } = k.offsets.cfattach;
    const word = (offset: number): bigint => k.readWord(address + BigInt(offset));
    const driver = { size: Number(word(devsize)), match: word(match), attach: word(attach) };
    return { name: attachment.name.slice(0, -3), kind: 'cfattach', ...driver };
  }
  const attach = object.symbols.find((s) => /^[a-z]\w*_common_attach$/.test(s.name) && s.home !== 'undefined');
  const name = attach?.name.replace(/_common_attach$/, '');
  const [probe, common] = [k.services.symbol(`${name}_probe`), k.services.symbol(`${name}_common_attach`)];
  if (name === undefined || probe === null || common === null) return null;
  return { name, kind: 'common', probe, attach: common };
}

/** The driver's detach; null: it has none. */
export function detachOf(k: NetBsdKernel): bigint | null {
  const attachment = k.services.object.symbols.find((s) => /^[a-z]\w*_ca$/.test(s.name) && s.home !== 'undefined');
  const address = attachment === undefined ? null : k.services.symbol(attachment.name);
  const detach = address === null ? 0n : k.readWord(address + BigInt(k.offsets.cfattach.detach));
  return detach === 0n ? null : detach;
}

/**
 * What autoconf(9) does with a driver at cpu(4): match, "vmt0 at cpu0", attach. The names `self`, `device`, `parent`
 * and `aux` are then the addresses of its own structure, its device_t, its parent's and its attach arguments.
 */
export function attachDriver(k: NetBsdKernel): GuestOutcome | null {
  const driver = findDriver(k);
  if (driver === null) {
    const hint =
      'A driver has a struct cfattach NAME_ca, or NAME_probe and NAME_common_attach; single functions: call.';
    throw new VmtbenchError('netbsd.driver', `${k.services.object.name}: no driver to attach`, hint);
  }
  const { services } = k;
  const parent = k.makeDevice('cpu0', 0n);
  const softc = services.reserve(driver.kind === 'cfattach' ? Math.max(16, driver.size) : ROOM.softc);
  const device = k.makeDevice(`${driver.name}0`, softc);
  const aux = makeArguments(k);
  for (const [name, address] of Object.entries({ self: softc, device, parent, aux })) k.names.set(name, address);

  const common = driver.kind === 'common';
  const match = common ? driver.probe : driver.match;
  const matched = services.call(match, common ? [] : [parent, 0n, aux]);
  if (matched.outcome !== null) return matched.outcome;
  // A bool comes back in al alone.
  const value = common ? BigInt.asUintN(8, matched.value) : BigInt.asIntN(32, matched.value);
  if (value <= 0n) return { kind: 'notAttached', driver: driver.name, pc: match, stack: [] };

  k.print(`${driver.name}0 at cpu0`);
  if (common) {
    services.console.endLine();
    k.writeWord(softc + BigInt(k.offsets.scDev), device);
  }
  const { outcome } = services.call(driver.attach, common ? [softc] : [parent, device, aux]);
  services.console.endLine();
  if (outcome !== null) return outcome;
  return k.runDeferred();
}

/**
 * struct cpufeature_attach_args: the processor and the feature's name, "vm". Where ci_flags lies in a
 * struct cpu_info depends on the release, so every word of this one has the flags of the boot processor.
 */
function makeArguments(k: NetBsdKernel): bigint {
  const cpu = k.services.reserve(ROOM.cpu);
  const flags = Buffer.alloc(ROOM.cpu);
  for (let at = 0; at < ROOM.cpu; at += 4) flags.writeUInt32LE(CPUF_BSP_SP_PRIMARY, at);
  k.memory.write(cpu, flags);
  const { ci, name } = k.offsets.attachArgs;
  const aux = k.services.reserve(ROOM.args);
  k.writeWord(aux + BigInt(ci), cpu);
  k.writeWord(aux + BigInt(name), k.placeText('vm'));
  return aux;
}
