import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordArtifact, type TestContext } from 'vitest';

/** A trace, attached to the test that failed. */
export interface TraceArtifact {
  readonly type: 'vmtbench:trace';
  readonly attachments: { readonly path?: string; readonly contentType: string }[];
}

/**
 * Stores the traces of a failed test's guests, attaches them for reporters and viewers, and prints the command that
 * reads them.
 * @param traces as `--trace` stores them.
 */
export async function attachTraces(task: TestContext['task'], traces: readonly Uint8Array[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vmtbench-'));
  for (const [index, trace] of traces.entries()) {
    const path = join(folder, `${nameOf(task.name)}${index === 0 ? '' : `-${index + 1}`}.vmtrace`);
    writeFileSync(path, trace);
    const artifact: TraceArtifact = {
      type: 'vmtbench:trace',
      attachments: [{ path, contentType: 'application/msgpack' }],
    };
    const { attachments } = await recordArtifact(task, artifact);
    console.error(`read the guest's trace: npx vmtbench trace ${attachments[0]?.path ?? path}`);
  }
}

const nameOf = (test: string): string => test.replaceAll(/[^a-zA-Z0-9]+/g, '-').slice(0, 60) || 'guest';
