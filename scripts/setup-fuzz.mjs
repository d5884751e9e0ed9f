// @ts-check
// Makes fuzzing ready: the addon with libFuzzer, and AFL++. Nothing else needs them.

import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAddon, fetchAfl, hasAfl, isAddonBuilt } from './setup/fuzz.mjs';
import { SetupError } from './setup/terminal.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const logs = join(root, 'build/setup');
const stamp = join(logs, 'fuzz.stamp');

try {
  mkdirSync(logs, { recursive: true });
  const done = isAddonBuilt(root, stamp) && hasAfl(root);
  if (!isAddonBuilt(root, stamp)) await buildAddon({ root, logs }, stamp);
  if (!hasAfl(root)) await fetchAfl({ root, logs });
  if (done) process.stderr.write('Fuzzing: everything is in place.\n');
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
