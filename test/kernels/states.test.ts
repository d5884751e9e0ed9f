import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const ROOM = 'src/kernels';

/** Fields that are set while an object is linked, and by no run: everything else that changes is in the kernel's state. */
const LINKED = [
  'Kernel.network',
  'FreeBsdKernel.uptimeAt',
  'FreeBsdKernel.secondAt',
  'LinuxKernel.bugTable',
  'LinuxKernel.copiedCode',
  'NetBsdKernel.uptimeAt',
  'NetBsdKernel.secondAt',
  'UserProcess.tlsBlock',
];

/** A field of a class, at its two blanks: `readonly` or not, its name, and what it begins with. */
const FIELD = /^ {2}(?!get |set |static |declare )(readonly )?(#?\w+)(?:\??: [^=]*(?:=>[^=]*)*)?(?: = (.*))?;$/;
const COLLECTION = /^(new (Map|Set)\b|\[)/;

/** Fields that can be changed, or that hold what can be. */
function changeableFields(text: string): string[] {
  const found: string[] = [];
  let name = '';
  for (const line of text.split('\n')) {
    name = /^(?:export )?class (\w+)/.exec(line)?.[1] ?? (line === '}' ? '' : name);
    const [whole, readonly, field, value = ''] = FIELD.exec(line) ?? [];
    if (whole !== undefined && name !== '' && (readonly === undefined || COLLECTION.test(value)))
      found.push(`${name}.${field}`);
  }
  return found;
}

it('no class of a kernel keeps what a run changes outside its state', () => {
  const files = readdirSync(ROOM, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const fields = files.flatMap((name) => changeableFields(readFileSync(`${ROOM}/${name}`, 'utf8')));
  expect(fields.sort()).toEqual([...LINKED].sort());
});

it('such a field is seen', () => {
  const text =
    'class A {\n  queued: bigint[] = [];\n  readonly locks: Map<bigint, number> = new Map();\n  readonly n = 1;\n  #x = 0n;\n}\n';
  expect(changeableFields(text)).toEqual(['A.queued', 'A.locks', 'A.#x']);
});
