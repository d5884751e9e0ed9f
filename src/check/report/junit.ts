import { ruleOf } from './causes.ts';
import type { CheckFinding } from './finding.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Escapes text for XML 1.0, which allows no control characters. */
const inXml = (text: string): string =>
  text.replaceAll(/(?![\n\t])\p{Cc}/gu, '?').replaceAll(/[&<>"]/g, (character) => ESCAPES[character] ?? '');

/** A JUnit file with one failed test case for each finding, or with one that passed. @param seconds of the check. */
export function junitOf(object: string, findings: readonly CheckFinding[], seconds: number): string {
  const cases = findings.map(caseOf);
  const clean = '  <testcase classname="vmtbench.check" name="every fault at every access"/>';
  const suite = `name="vmtbench check ${inXml(object)}" tests="${Math.max(findings.length, 1)}" failures="${findings.length}" time="${seconds}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite ${suite}>`,
    ...(cases.length === 0 ? [clean] : cases),
    '</testsuite>',
    '',
  ].join('\n');
}

function caseOf(finding: CheckFinding): string {
  const { title, explanation, line, address, repeat, lastAccesses, cause, symptom } = finding;
  // Findings of one cause have names of their own.
  const name = [...new Set([cause, symptom])].join(': ');
  const body = [explanation, `at ${line ?? address}`, ...lastAccesses, `repeat: ${repeat}`].join('\n');
  return [
    `  <testcase classname="vmtbench.check.${inXml(ruleOf(finding))}" name="${inXml(name)}">`,
    `    <failure message="${inXml(title)}">${inXml(body)}</failure>`,
    '  </testcase>',
  ].join('\n');
}
