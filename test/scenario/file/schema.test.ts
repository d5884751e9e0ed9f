import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { MACHINE_FACTS } from '../../../src/bench/index.ts';
import { type JsonSchema, scenarioJsonSchema, shippedScenarios } from '../../../src/scenario/index.ts';
import { HOST_OPTIONS } from '../../../src/tclo-host/index.ts';

const schema = scenarioJsonSchema();

/** What is wrong with a value, by the words of JSON schema that the schema has. */
function violations(value: unknown, at: JsonSchema, path = ''): string[] {
  const wrong: string[] = [];
  const say = (what: string): void => void wrong.push(`${path}: ${what}`);
  const type = Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
  if (at.type !== undefined && at.type !== type) say(`is ${type}, not ${at.type}`);
  if (at.enum !== undefined && !at.enum.includes(value)) say(`is none of ${at.enum.join(' ')}`);
  if (typeof value === 'number' && (value < (at.minimum ?? value) || value > (at.maximum ?? value)))
    say('out of range');
  if (typeof value === 'string' && at.pattern !== undefined && !new RegExp(at.pattern, 'i').test(value)) {
    say('does not match');
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) wrong.push(...violations(item, at.items ?? {}, `${path}/${index}`));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      const property = at.properties?.[key];
      if (property === undefined && at.additionalProperties === false) wrong.push(`${path}/${key}: is not known`);
      else wrong.push(...violations(item, property ?? {}, `${path}/${key}`));
    }
  }
  return wrong;
}

describe('the JSON schema', () => {
  it.each(shippedScenarios())('takes scenarios/%s.yaml', (name) => {
    expect(violations(parse(readFileSync(`scenarios/${name}.yaml`, 'utf8')), schema)).toEqual([]);
  });

  it.each([
    [{ evnts: [] }, '/evnts: is not known'],
    [{ for: 60 }, '/for: is integer, not string'],
    [{ kernel: 'beos' }, /^\/kernel: is none of openbsd /],
    [{ host: { closeBroken: 'maybe' } }, '/host/closeBroken: is none of accept refuse'],
    [{ host: { maxChannels: 0 } }, '/host/maxChannels: out of range'],
    [{ machine: { memory: 1.5 } }, '/machine/memory: is number, not integer'],
    [{ machine: { interfaces: [{ name: 'a', addresses: [], mtu: 1 }] } }, '/machine/interfaces/0/mtu: is not known'],
    [{ events: 'at=5s ping' }, '/events: is string, not array'],
  ])('does not take %j', (value, violation) => {
    expect(violations(value, schema)).toEqual([
      typeof violation === 'string' ? violation : expect.stringMatching(violation),
    ]);
  });

  it('is one of draft 2020-12, and every key of it says what it is', () => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    const undescribed = (at: JsonSchema): string[] =>
      Object.entries(at.properties ?? {}).flatMap(([key, property]) => [
        ...(property.description === undefined ? [key] : []),
        ...undescribed(property),
      ]);
    expect(undescribed(schema)).toEqual([]);
  });

  it('has every host option and every fact of the machine, in the words of their tables', () => {
    const { host, machine } = schema.properties ?? {};
    const meanings = (at: JsonSchema | undefined): (string | undefined)[][] =>
      Object.entries(at?.properties ?? {}).map(([key, { description }]) => [key, description]);
    expect(meanings(host)).toEqual(Object.entries(HOST_OPTIONS).map(([key, { meaning }]) => [key, meaning]));
    expect(meanings(machine).slice(2)).toEqual(
      Object.entries(MACHINE_FACTS).map(([key, { meaning }]) => [key, meaning]),
    );
  });
});
