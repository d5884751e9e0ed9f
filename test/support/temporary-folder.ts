import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One folder for everything that the tests write beside the tree; it goes when they are over, however they end. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'vmtbench-tests-'));
  // Some tests act as another user.
  chmodSync(folder, 0o755);
  process.env.TMPDIR = folder;
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  return remove;
}
