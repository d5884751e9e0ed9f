import { describe, expect, it } from 'vitest';
import { XdrReader } from '../../src/tclo-host/guest-info/xdr.ts';
import { VmwareHost } from '../../src/tclo-host/index.ts';
import { GUESTLIB_STATISTICS } from '../../src/tclo-host/rpci/guestlib.ts';
import { parseRequest } from '../../src/tclo-host/rpci/service.ts';

const host = new VmwareHost({ now: () => 2_500_000_000, identity: { memoryMegabytes: 2048 } });
const ask = (text: string): Uint8Array => host.rpci.answer(parseRequest(new TextEncoder().encode(text)));

describe('guestlib.info.get', () => {
  it('version 2: packed, 32-bit statistics in 8 bytes, 64-bit ones in 12, a path of 512', () => {
    const answer = ask('guestlib.info.get 2');
    const view = new DataView(answer.buffer, answer.byteOffset + 2);
    // Header, 15 statistics of 32 bits, 2 of 64, and the path: VMGuestLibDataV2.
    expect(answer.length - 2).toBe(12 + 15 * 8 + 2 * 12 + 513);
    expect([view.getUint32(0, true), view.getBigUint64(4, true) === 0n]).toEqual([2, false]);
    // cpuShares, cpuUsedMs.
    expect([view.getUint8(28), view.getUint32(32, true)]).toEqual([1, 1000]);
    expect([view.getUint8(36), view.getBigUint64(40, true)]).toEqual([1, 2500n]);
    expect(new TextDecoder().decode(answer.subarray(-512)).replace(/\0+$/, '')).toBe('host/user');
  });

  it('version 3: every statistic there is, in the order of its number', () => {
    const answer = ask('guestlib.info.get 3');
    const view = new DataView(answer.buffer, answer.byteOffset + 2);
    expect([view.getUint32(0, true), view.getUint32(12, true)]).toEqual([3, answer.length - 2 - 16]);
    const xdr = new XdrReader(answer.subarray(18));
    expect(xdr.word()).toBe(38);
    const values = GUESTLIB_STATISTICS.map(({ name, type }, index) => {
      expect([name, xdr.word()]).toEqual([name, index + 1]);
      const valid = xdr.boolean();
      if (type === 'string') return [name, valid, xdr.string(512)];
      return [name, valid, type === 'uint64' ? xdr.word() * 2 ** 32 + xdr.word() : xdr.word()];
    });
    expect(() => xdr.word()).toThrow();
    expect(values).toContainEqual(['elapsedMs', true, 2500]);
    expect(values).toContainEqual(['memUsedMB', true, 2048]);
    expect(values).toContainEqual(['hostMemPhysMB', false, 0]);
    expect(values).toContainEqual(['resourcePoolPathLong', true, 'host/user']);
  });

  it.each(['1', '4', '', '-1', '2 3', 'x'])('refuses version %j and names the highest', (version) => {
    expect(new TextDecoder().decode(ask(`guestlib.info.get ${version}`))).toBe('0 3:Unsupported version');
  });
});
