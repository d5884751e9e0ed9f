import { describe, expect, test } from 'vitest';
import { compareForms } from '../cpu/differential/differential.ts';
import { allForms, type Form } from '../cpu/differential/forms.ts';
import { hasNative, runs32BitCode } from '../cpu/differential/native.ts';
import { occurringIn } from '../cpu/differential/objects.ts';
import { debianFile } from '../guest/support/debian.ts';
import { debianModules } from '../guest/support/modules.ts';

const MODULES = ['vmwgfx', 'ptp_vmw', 'psmouse', 'vmw_balloon'];
const LIBRARIES = [/libvmtools\.so\.0\.0\.0$/, /libguestlib\.so\.0\.0\.0$/];

/** Every way to give a form operands, alone and in a block. */
const EXTENT = { variants: 20, cases: 120, seed: Date.now() >>> 0 } as const;

const isDefined = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;

describe.skipIf(!hasNative())('the bench computes what the real processor computes', () => {
  test.each([64, 32] as const)('%i-bit code', (bits) => {
    const forms = allForms(bits);
    const found = compareForms(forms, { ...EXTENT, variants: EXTENT.variants });
    const names = (list: readonly Form[]): string => list.map(({ name }) => name).join(', ');
    const how = bits === 32 && !runs32BitCode() ? ' (answered by 64-bit code: this system runs no other)' : '';
    console.log(
      `${bits}-bit code${how}, seed ${EXTENT.seed}: ${found.compared.length} of ${forms.length} forms compared, ` +
        `${found.cases} cases, ${found.wrong.length} forms wrong\n` +
        `wrong: ${names(found.wrong.map(({ form }) => form))}\nnot comparable here: ${names(found.notComparable)}`,
    );
    expect(found.wrong.map(({ form, example }) => `${form.name}: ${example}`)).toEqual([]);
  });
});

const objects = [
  ...(['amd64', 'i386'] as const).flatMap((machine) => [...(debianModules(machine, MODULES)?.values() ?? [])]),
  ...LIBRARIES.map((pattern) => debianFile('open-vm-tools', pattern)).filter(isDefined),
];

test.skipIf(objects.length === 0)(
  "every instruction of Debian's modules and libraries is compared, or left out",
  () => {
    const { forms, leftOut, unknown } = occurringIn(objects);
    const known = new Set([...allForms(64), ...allForms(32)].map(({ name }) => name));
    const reasons = [...leftOut].map(([reason, opcodes]) => `left out, ${reason}: ${[...opcodes].sort().join(', ')}`);
    console.log(`${forms.size} forms in ${objects.length} objects\n${reasons.join('\n')}`);
    expect([...unknown, ...[...forms].filter((name) => !known.has(name))]).toEqual([]);
  },
);
