import { createHash } from 'node:crypto';
import { INVARIANTS, type InvariantName } from '../../judge/index.ts';
import { ruleOf } from './causes.ts';
import type { CheckFinding } from './finding.ts';

/** A SARIF 2.1.0 (OASIS) file: code hosts show its results beside the source lines. @param version of vmtbench. */
export function sarifOf(object: string, version: string, findings: readonly CheckFinding[]): object {
  const rules = [...new Set(findings.map(ruleOf))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'vmtbench',
            version,
            rules: rules.map((id) => ({ id, shortDescription: { text: meaningOf(id) } })),
          },
        },
        results: findings.map((finding) => resultOf(object, finding)),
      },
    ],
  };
}

const meaningOf = (rule: string): string =>
  Object.hasOwn(INVARIANTS, rule) ? INVARIANTS[rule as InvariantName].meaning : rule;

function resultOf(object: string, finding: CheckFinding): object {
  const { title, explanation, repeat, cause, symptom } = finding;
  return {
    ruleId: ruleOf(finding),
    level: 'error',
    message: { text: `${title}. ${explanation}\nRepeat: ${repeat}` },
    locations: [{ physicalLocation: placeOf(object, finding) }],
    partialFingerprints: { cause: createHash('sha256').update(`${cause}\n${symptom}`).digest('hex') },
    properties: { cause },
  };
}

/** The source line, `vmt_tclo.c:123`, if the object has debug information; else the object. */
function placeOf(object: string, { line }: CheckFinding): object {
  const [, file, number] = /^(.+?):(\d+)/.exec(line ?? '') ?? [];
  if (file === undefined) return { artifactLocation: { uri: uriOf(object) } };
  return { artifactLocation: { uri: uriOf(file) }, region: { startLine: Math.max(1, Number(number)) } };
}

const uriOf = (path: string): string => path.split('/').map(encodeURIComponent).join('/');
