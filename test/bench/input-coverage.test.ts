import { describe, expect, it } from 'vitest';
import { Bench, type HostInput, InputCoverage, run } from '../../src/bench/index.ts';
import { parseEvent, parseFault } from '../../src/plan/index.ts';
import { objectOf } from '../../src/scenario/index.ts';

/** What the unpatched driver is given, over runs with these faults. */
function inputs(...runs: readonly (readonly string[])[]): HostInput[] {
  const observer = new InputCoverage();
  for (const faults of runs) {
    const bench = new Bench({
      object: objectOf('fixtures/kernels/vmt-unpatched-amd64.o'),
      events: [parseEvent('at=3s tclo.send ping')],
      faults: faults.map(parseFault),
      observer,
    });
    run(bench, { until: 6e9 });
    bench.close();
  }
  return observer.inputs;
}

const field = (all: readonly HostInput[], call: string, name: string): HostInput | undefined =>
  all.find((input) => input.call === call && input.field === name);

describe('the host inputs of a driver', () => {
  it('are the fields of each call at each site, with their cases', () => {
    const all = inputs([]);
    expect(field(all, 'RPCI RECVPAYLOAD', 'message')?.cases).toEqual([{ value: '"1"', executions: 11, changed: null }]);
    expect(
      field(all, 'TCLO RECVSIZE', 'message waits')
        ?.cases.map(({ value }) => value)
        .sort(),
    ).toEqual(['no', 'yes']);
    expect(field(all, 'RPCI SENDSIZE', 'status')).toMatchObject({ register: 'ecx', read: true, untried: ['refused'] });
    expect(field(all, 'TCLO RECVPAYLOAD', 'status')?.untried).toEqual(['refused', 'checkpoint']);
    expect(field(all, 'GETMHZ', 'eax')?.place).toMatch(/vm_probe\+0x\w+ \(vmt_rpc\.c:/);
  });

  it('say which cases changed what the driver did', () => {
    const all = inputs([], ['rpci.receive nth=3 checkpoint'], ['rpci.receive nth=3 garbageRegisters']);
    const status = field(all, 'RPCI RECVPAYLOAD', 'status');
    expect(status?.cases.find(({ value }) => value === 'checkpoint')).toMatchObject({ changed: true });
    expect(status?.untried).toEqual(['refused']);
    const waits = field(all, 'TCLO RECVSIZE', 'message waits');
    expect(waits?.cases.some(({ changed }) => changed === true)).toBe(true);
  });
});
