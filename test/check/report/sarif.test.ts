import { expect, it } from 'vitest';
import { sarifOf } from '../../../src/check/index.ts';
import { INVARIANTS } from '../../../src/judge/index.ts';
import { checkFinding } from '../support.ts';

interface Sarif {
  readonly version: string;
  readonly runs: [
    {
      readonly tool: { readonly driver: { readonly rules: { id: string; shortDescription: { text: string } }[] } };
      readonly results: {
        readonly ruleId: string;
        readonly message: { readonly text: string };
        readonly locations: [{ readonly physicalLocation: object }];
        readonly partialFingerprints: { readonly cause: string };
      }[];
    },
  ];
}

const sarif = (...findings: Parameters<typeof sarifOf>[2]): Sarif['runs'][0] =>
  (sarifOf('build/vmt driver.o', '0.1.0', findings) as Sarif).runs[0];

it('has each rule once, with its meaning', () => {
  const { tool } = sarif(checkFinding(), checkFinding(), checkFinding({ invariant: 'own rule' }));
  expect(tool.driver.rules).toEqual([
    { id: 'own rule', shortDescription: { text: 'own rule' } },
    { id: 'recovers', shortDescription: { text: INVARIANTS.recovers.meaning } },
  ]);
});

it('places a result at its source line, or at the object without one', () => {
  const { line: _, ...without } = checkFinding();
  const { results } = sarif(
    checkFinding({ line: 'sys/vmt rpc.c:7 in vm_cmd, vmt.c:9' }),
    without,
    checkFinding({ line: 'a.c:0' }),
  );
  expect(results.map(({ locations }) => locations[0].physicalLocation)).toEqual([
    { artifactLocation: { uri: 'sys/vmt%20rpc.c' }, region: { startLine: 7 } },
    { artifactLocation: { uri: 'build/vmt%20driver.o' } },
    { artifactLocation: { uri: 'a.c' }, region: { startLine: 1 } },
  ]);
});

it('says what happened and how to repeat it, and fingerprints the cause', () => {
  const { results } = sarif(checkFinding(), checkFinding({ title: 'other' }), checkFinding({ cause: 'other' }));
  expect(results[0]?.message.text).toBe(
    'the guest never recovers. It polls no more.\nRepeat: vmtbench run vmt.o --for 60s',
  );
  const [one, same, other] = results.map(({ partialFingerprints }) => partialFingerprints.cause);
  expect([one === same, one === other, one]).toEqual([true, false, expect.stringMatching(/^[0-9a-f]{64}$/)]);
});

/** A URI reference (RFC 3986): no blanks, no control characters, escapes whole. */
const URI = /^(?:[\w.~!$&'()*+,;=:@/?#-]|%[0-9a-f]{2})+$/i;

it('has what the SARIF 2.1.0 schema demands, and no more than it allows', () => {
  const log = sarifOf('build/vmt driver%.o', '0.1.0', [
    checkFinding(),
    checkFinding({ kind: 'fault', line: 'sys/a b.c:12' }),
  ]) as Sarif;
  expect(Object.keys(log).sort()).toEqual(['$schema', 'runs', 'version']);
  expect(log.version).toBe('2.1.0');
  const [run] = log.runs;
  expect(Object.keys(run).sort()).toEqual(['results', 'tool']);
  expect(Object.keys(run.tool.driver).sort()).toEqual(['name', 'rules', 'version']);
  const ids = run.tool.driver.rules.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const result of run.results) {
    expect(Object.keys(result).sort()).toEqual([
      'level',
      'locations',
      'message',
      'partialFingerprints',
      'properties',
      'ruleId',
    ]);
    expect(result).toMatchObject({ level: 'error', message: { text: expect.stringMatching(/./) } });
    expect(ids).toContain(result.ruleId);
    const place = result.locations[0].physicalLocation as { artifactLocation: { uri: string }; region?: object };
    expect(place.artifactLocation.uri).toMatch(URI);
    for (const value of Object.values(result.partialFingerprints)) expect(value).toMatch(/^[0-9a-f]{64}$/);
    if (place.region !== undefined) expect(place.region).toEqual({ startLine: expect.any(Number) });
  }
});
