import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { connect } from '../bench/index.ts';
import { addon, knownWrongForms, Machine } from '../cpu/index.ts';
import { VmtbenchError } from '../errors.ts';
import { VmwareHost } from '../tclo-host/index.ts';
import { pc, print } from './terminal.ts';

/** One check: returns what it found, throws where something is missing. */
type Check = readonly [name: string, check: () => string];

const CHECKS: readonly Check[] = [
  ['platform', () => `${process.platform}-${process.arch}, Node ${process.versions.node}`],
  ['cpu addon', () => `loaded, Unicorn ${addon().unicornVersion}`],
  ['known wrong forms of it', () => knownWrongForms(addon().unicornVersion)],
  ['processor and host', askVersion],
  [
    'fixtures',
    () => (existsSync(fixture()) ? 'there' : fail('fixtures/kernels is missing', 'Install the package again.')),
  ],
];

const fixture = (): string => fileURLToPath(new URL('../../fixtures/kernels/vmt-unpatched-amd64.o', import.meta.url));

function fail(message: string, hint: string): never {
  throw new VmtbenchError('doctor', message, hint);
}

/** GETVERSION by a real IN on the engine: `mov` of the four registers, `in (%dx),%eax`, HLT. */
function askVersion(): string {
  const machine = new Machine({ bits: 32 });
  machine.map(0x1000n, 0x1000, 'rx');
  machine.write(0x1000n, Uint8Array.of(0xed, 0xf4));
  connect(machine, new VmwareHost({ now: () => machine.now }), () => {});
  const { registers } = machine;
  registers.eax = 0x564d5868;
  registers.ecx = 0x0a;
  registers.edx = 0x5658;
  machine.run(0x1000n);
  const version = registers.eax;
  const answered = registers.ebx === 0x564d5868;
  machine.close();
  return answered ? `GETVERSION answers ${version}` : fail('GETVERSION was not answered', 'Run the tests: npm test.');
}

/** `vmtbench doctor`: checks that everything is there that a run needs. */
export function doctorCommand(): Command {
  return new Command('doctor').description('check that everything is there that a run needs').action(() => {
    for (const [name, check] of CHECKS) {
      try {
        print(`${pc.green('ok')}   ${name}: ${check()}`);
      } catch (error) {
        process.exitCode = 2;
        const hint = error instanceof VmtbenchError ? `\n     ${error.hint}` : '';
        print(`${pc.red('bad')}  ${name}: ${(error as Error).message}${hint}`);
      }
    }
  });
}
