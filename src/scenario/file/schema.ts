import type { z } from 'zod';
import {
  ETHERNET_ADDRESS,
  HOSTNAME,
  INTERFACE_NAME,
  isTextFact,
  MACHINE_FACTS,
  type MachineDescription,
  type TextFact,
} from '../../bench/index.ts';
import { VmtbenchError } from '../../errors.ts';
import { type NetworkInterfaceOptions, parseAddress } from '../../guest/index.ts';
import { type Budget, parseExpectation } from '../../judge/index.ts';
import { KERNELS } from '../../kernels/index.ts';
import { lazy } from '../../lazy.ts';
import { parseEvent, parseFault, parsePreemption, parseTime } from '../../plan/index.ts';
import { HOST_OPTIONS, type HostOptionRow, type HostOptions } from '../../tclo-host/index.ts';
import type { Scenario, ScenarioInput } from './scenario.ts';

const zod = lazy<{ readonly z: typeof z }>('zod');

/**
 * Text in a grammar of its own: the problem is the error of its reader.
 * @param example for the error where the value is no text.
 */
function words<T>(read: (text: string) => T, meaning: string, example?: string): z.ZodType<T, string> {
  const { z } = zod();
  const error = example === undefined ? undefined : `expected text such as ${example}`;
  const parsed = z.string(error).transform((text, context): T => {
    try {
      return read(text);
    } catch (error) {
      if (!(error instanceof VmtbenchError)) throw error;
      const hint = `${error.hint.charAt(0).toUpperCase()}${error.hint.slice(1)}`;
      context.addIssue({ code: 'custom', message: `${error.message}. ${hint}` });
      return z.NEVER;
    }
  });
  return parsed.describe(meaning);
}

const fitting = ({ pattern, example, meaning }: TextFact): z.ZodType<string, string> =>
  zod()
    .z.string()
    .regex(pattern, { error: `cannot be that. Such as ${example}` })
    .describe(meaning);

const whole = (least: number, most: number): z.ZodInt => zod().z.int().min(least).max(most);

/** A map of optional keys, from a table; the table's own type says what each holds. */
function mapOf<T extends object>(rows: Readonly<Record<string, z.ZodType>>, meaning: string): z.ZodType<T, T> {
  const { z } = zod();
  const keys = Object.entries(rows).map(([key, schema]) => [key, z.exactOptional(schema)]);
  return z.strictObject(Object.fromEntries(keys)).describe(meaning) as unknown as z.ZodType<T, T>;
}

const hostOption = ({ values = [], range, meaning }: HostOptionRow): z.ZodType =>
  (range === undefined ? zod().z.literal([...values]) : whole(range.least, range.most)).describe(meaning);

const host = (): z.ZodType<Partial<HostOptions>, Partial<HostOptions>> =>
  mapOf(
    Object.fromEntries(Object.entries(HOST_OPTIONS).map(([key, row]) => [key, hostOption(row)])),
    'how the host behaves: the options of --host',
  );

const facts = (): [string, z.ZodType][] =>
  Object.entries(MACHINE_FACTS).map(([key, fact]) => [
    key,
    isTextFact(fact) ? fitting(fact) : whole(fact.least, fact.most).describe(fact.meaning),
  ]);

function checkAddress(text: string): string {
  parseAddress(text);
  return text;
}

function networkInterface(): z.ZodType<NetworkInterfaceOptions, NetworkInterfaceOptions> {
  const { z } = zod();
  return z.strictObject({
    name: fitting({ pattern: INTERFACE_NAME, example: 'vio0', meaning: 'its name, 15 characters at most' }),
    mac: z.exactOptional(
      fitting({
        pattern: ETHERNET_ADDRESS,
        example: '00:50:56:00:00:01',
        meaning: 'its Ethernet address, if it has one',
      }),
    ),
    addresses: z
      .array(words(checkAddress, 'such as 10.0.0.5/24 or 2001:db8::5/64'))
      .describe('its addresses, IPv4 and IPv6, with their prefix lengths'),
  });
}

const machine = (): z.ZodType<MachineDescription, MachineDescription> =>
  mapOf(
    {
      hostname: fitting(HOSTNAME),
      interfaces: zod().z.array(networkInterface()).max(64).describe("the guest's network interfaces"),
      ...Object.fromEntries(facts()),
    },
    'the virtual machine',
  );

const budget = (): z.ZodType<Budget, Budget> =>
  mapOf(
    {
      call: whole(1, 1e12).describe('blocks of code that one call into the guest may run'),
      accesses: whole(1, 1e12).describe('port accesses of the whole run'),
    },
    'how much a guest may do before it counts as one that hangs',
  );

/** Entries of a list at most: more are a mistake or an attack. */
const MOST = 1000;

const lines = <T>(read: (text: string) => T, meaning: string): z.ZodDefault<z.ZodArray<z.ZodType<T, string>>> =>
  zod().z.array(words(read, meaning)).max(MOST).default([]);

/** A checked time keeps its text: findings show it and repeat it. */
function checkTime(text: string): string {
  parseTime(text);
  return text;
}

function makeSchema(): z.ZodType<Scenario, ScenarioInput> {
  const { z } = zod();
  return z.strictObject({
    title: z.exactOptional(z.string().max(200).describe('one line that says what it is about')),
    kernel: z.exactOptional(
      z.enum(KERNELS).describe('the system around the object; by default guessed from its imports'),
    ),
    host: z.exactOptional(host()),
    machine: z.exactOptional(machine()),
    for: z.exactOptional(words(checkTime, 'virtual time to run, such as 60s; 60s by default', '60s')),
    seed: z.exactOptional(whole(0, Number.MAX_SAFE_INTEGER).describe('seed of everything random at the host')),
    events: lines(parseEvent, "what happens when, such as 'at=5s tclo.break'").describe('what happens when'),
    faults: lines(parseFault, "a failing step, such as 'rpci.receive nth=2 checkpoint'").describe('which steps fail'),
    preemptions: lines(parsePreemption, "such as 'nth=17' or 'rpci.sendsize every'").describe(
      'where soft interrupts preempt the guest',
    ),
    expect: lines(parseExpectation, "such as 'recovers' or 'console /resetting/'").describe('what the run shows'),
    budget: z.exactOptional(budget()),
  });
}

let schema: z.ZodType<Scenario, ScenarioInput> | undefined;

/** Every key of a scenario, in the order in which the documents list them. Made at its first use. */
export function scenarioSchema(): z.ZodType<Scenario, ScenarioInput> {
  schema ??= makeSchema();
  return schema;
}

/** A JSON schema, as far as readers here need it. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly additionalProperties?: boolean;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

/** The schema of scenario files, for editors: JSON schema, draft 2020-12. */
export function scenarioJsonSchema(): JsonSchema {
  const json = zod().z.toJSONSchema(scenarioSchema(), { io: 'input' });
  return { ...json, title: 'A scenario of vmtbench' } as JsonSchema;
}
