// @ts-check
// The list of known bugs, read from test/known-bugs/bugs.yaml and checked: an entry that lacks something is refused.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const FOLDER = join(ROOT, 'test/known-bugs');
export const GUESTS = join(FOLDER, 'guests');

const text = z.string().trim().min(1);

const entry = z
  .strictObject({
    bug: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
    file: z.string().endsWith('.c').optional(),
    define: z.int().min(1).default(1),
    kernel: z.enum(['linux', 'openbsd', 'netbsd', 'freebsd', 'user']),
    call: text.optional(),
    kind: text,
    system: text,
    year: z.int().min(1995).max(2100).nullable(),
    known: z.enum(['fixed', 'reported', 'standing', 'shape']),
    source: text,
    cost: text,
  })
  .refine(({ year, known }) => year !== null || known === 'shape', 'only a shape may be without a year')
  .refine(({ kernel, call }) => (kernel === 'user') === (call !== undefined), 'call goes with the kernel user');

/** @typedef {z.infer<typeof entry> & { path: string }} KnownBug */

/** @returns {KnownBug[]} all entries, in the file's order */
export function knownBugs() {
  const entries = z.array(entry).parse(parse(readFileSync(join(FOLDER, 'bugs.yaml'), 'utf8')));
  const names = new Set(entries.map(({ bug }) => bug));
  if (names.size < entries.length) throw new Error('bugs.yaml: two bugs have one name');
  return entries.map((found) => {
    const path = join(GUESTS, found.file ?? `${found.bug}.c`);
    if (!existsSync(path)) throw new Error(`bugs.yaml: ${found.bug} has no ${path}`);
    return { ...found, path };
  });
}
