import { z } from 'zod';
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
import { parseEvent, parseFault, parsePreemption, parseTime } from '../../plan/index.ts';
import { HOST_OPTIONS, type HostOptionRow, type HostOptions } from '../../tclo-host/index.ts';
import type { Scenario, ScenarioInput } from './scenario.ts';

/**
 * Text in a grammar of its own: what its reader has against it is the problem.
 * @param example what to write instead of something that is no text.
 */
function words<T>(read: (text: string) => T, meaning: string, example?: string): z.ZodType<T, string> {
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
  z
    .string()
    .regex(pattern, { error: `cannot be that. Such as ${example}` })
    .describe(meaning);

const whole = (least: number, most: number): z.ZodInt => z.int().min(least).max(most);

/** A map whose keys may all be left out, from a table; the table's own type says what each holds. */
function mapOf<T extends object>(rows: Readonly<Record<string, z.ZodType>>, meaning: string): z.ZodType<T, T> {
  const keys = Object.entries(rows).map(([key, schema]) => [key, z.exactOptional(schema)]);
  return z.strictObject(Object.fromEntries(keys)).describe(meaning) as unknown as z.ZodType<T, T>;
}

const hostOption = ({ values = [], range, meaning }: HostOptionRow): z.ZodType =>
  (range === undefined ? z.literal([...values]) : whole(range.least, range.most)).describe(meaning);

const host = mapOf<Partial<HostOptions>>(
  Object.fromEntries(Object.entries(HOST_OPTIONS).map(([key, row]) => [key, hostOption(row)])),
  'how the host behaves: the options of --host',
);

const facts = Object.entries(MACHINE_FACTS).map(([key, fact]): [string, z.ZodType] => [
  key,
  isTextFact(fact) ? fitting(fact) : whole(fact.least, fact.most).describe(fact.meaning),
]);

function checkAddress(text: string): string {
  parseAddress(text);
  return text;
}

const networkInterface: z.ZodType<NetworkInterfaceOptions, NetworkInterfaceOptions> = z.strictObject({
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

const machine = mapOf<MachineDescription>(
  {
    hostname: fitting(HOSTNAME),
    interfaces: z.array(networkInterface).max(64).describe("the guest's network interfaces"),
    ...Object.fromEntries(facts),
  },
  'the virtual machine',
);

const budget = mapOf<Budget>(
  {
    call: whole(1, 1e12).describe('blocks of code that one call into the guest may run'),
    accesses: whole(1, 1e12).describe('port accesses of the whole run'),
  },
  'how much a guest may do before it counts as one that hangs',
);

/** Entries of a list: more are a mistake, or somebody who is up to something. */
const MOST = 1000;

const lines = <T>(read: (text: string) => T, meaning: string): z.ZodDefault<z.ZodArray<z.ZodType<T, string>>> =>
  z.array(words(read, meaning)).max(MOST).default([]);

/** A time that was read goes on as it was written: it is shown, and repeated. */
function checkTime(text: string): string {
  parseTime(text);
  return text;
}

/** Every key of a scenario, in the order in which the documents list them. */
export const SCENARIO: z.ZodType<Scenario, ScenarioInput> = z.strictObject({
  title: z.exactOptional(z.string().max(200).describe('one line that says what it is about')),
  kernel: z.exactOptional(
    z.enum(KERNELS).describe('the system around the object; by default guessed from its imports'),
  ),
  host: z.exactOptional(host),
  machine: z.exactOptional(machine),
  for: z.exactOptional(words(checkTime, 'virtual time to run, such as 60s; 60s by default', '60s')),
  seed: z.exactOptional(whole(0, Number.MAX_SAFE_INTEGER).describe('seed of everything random at the host')),
  events: lines(parseEvent, "what happens when, such as 'at=5s tclo.break'").describe('what happens when'),
  faults: lines(parseFault, "a failing step, such as 'rpci.receive nth=2 checkpoint'").describe('which steps fail'),
  preemptions: lines(parsePreemption, "such as 'nth=17' or 'rpci.sendsize every'").describe(
    'where soft interrupts come in between',
  ),
  expect: lines(parseExpectation, "such as 'recovers' or 'console /resetting/'").describe('what the run shows'),
  budget: z.exactOptional(budget),
});

/** A JSON schema, as far as somebody who walks it asks. */
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
  const schema = z.toJSONSchema(SCENARIO, { io: 'input' });
  return { ...schema, title: 'A scenario of vmtbench' } as JsonSchema;
}
