import { expect, it } from 'vitest';
import { junitOf } from '../../../src/check/index.ts';
import { checkFinding } from '../support.ts';

it('has one failed test case for each finding', () => {
  const { line: _, ...without } = checkFinding({
    kind: 'hang',
    invariant: 'hang',
    cause: 'it hangs',
    symptom: 'hang: N blocks',
  });
  expect(junitOf('vmt.o', [checkFinding(), without], 1.5)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="vmtbench check vmt.o" tests="2" failures="2" time="1.5">
  <testcase classname="vmtbench.check.recovers" name="recovers: it is silent">
    <failure message="the guest never recovers">It polls no more.
at vmt_rpc.c:7
1.000000s tclo.sendsize #0: refused
repeat: vmtbench run vmt.o --for 60s</failure>
  </testcase>
  <testcase classname="vmtbench.check.hang" name="it hangs: hang: N blocks">
    <failure message="the guest never recovers">It polls no more.
at 0x1000
1.000000s tclo.sendsize #0: refused
repeat: vmtbench run vmt.o --for 60s</failure>
  </testcase>
</testsuite>
`);
});

it('has one passed test case without findings', () => {
  const xml = junitOf('vmt.o', [], 2);
  expect(xml).toContain('tests="1" failures="0" time="2"');
  expect(xml.match(/<testcase [^>]*\/>/g)).toHaveLength(1);
});

it('escapes what the guest printed', () => {
  const xml = junitOf('a&b.o', [checkFinding({ title: '<"\u0000\u001b">', explanation: 'a < b\n\tc & d' })], 0);
  expect(xml).toContain('name="vmtbench check a&amp;b.o"');
  expect(xml).toContain('message="&lt;&quot;??&quot;&gt;"');
  expect(xml).toContain('a &lt; b\n\tc &amp; d');
});
