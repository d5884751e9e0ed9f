import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { comparable } from '../check/support.ts';
import { spawnVmtbench } from '../support/cli.ts';

/**
 * Every fixture that attaches: a check that shares finds what a check finds that executes each test case whole, and the
 * report does not depend on the number of workers.
 */

const BUDGET = '300';
const PLAN = ['--for', '1500ms', '--event', 'at=500ms suspend', '--event', 'at=5s backup', '--budget', BUDGET];
const FIXTURES = ['', 'planted/'].flatMap((folder) =>
  readdirSync(`fixtures/kernels/${folder}`).flatMap((file) => {
    const [, name] = /^(?!bare|loop)(.*)\.o$/.exec(file) ?? [];
    return name === undefined ? [] : [`${folder}${name}`];
  }),
);

async function check(name: string, ...flags: string[]): Promise<{ report: object; status: number }> {
  const args = ['check', `fixtures/kernels/${name}.o`, ...PLAN, '--json', ...flags];
  const { status, stdout, stderr } = await spawnVmtbench(...args);
  if (status > 1) throw new Error(`${args.join(' ')}: ${stderr}`);
  return { report: comparable(JSON.parse(stdout)), status };
}

describe.each(FIXTURES)('%s', (name) => {
  const flags = name.includes('preempted') ? ['--interleavings'] : [];

  it('sharing changes no finding, nor does the number of workers', async () => {
    const one = await check(name, ...flags, '--workers', '1');
    expect(await check(name, ...flags, '--no-sharing')).toEqual(one);
    for (const workers of ['2', '3']) expect(await check(name, ...flags, '--workers', workers)).toEqual(one);
  });

  it('sharing changes no finding of pairs', async () => {
    const pairs = [...flags, '--depth', '2', '--for', '1ms'];
    expect(await check(name, ...pairs, '--no-sharing')).toEqual(await check(name, ...pairs, '--workers', '2'));
  });
});
