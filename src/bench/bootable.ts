import { VmtbenchError } from '../errors.ts';
import type { Guest } from '../guest/index.ts';

/**
 * Refuses kernels that attach nothing by themselves: in a run only time would pass.
 * @throws VmtbenchError `run.kernel`
 */
export function refuseIdle({ kernel, kernelFacts, object }: Guest): void {
  if (kernelFacts.boots) return;
  const hint =
    object.symbols.length === 0
      ? 'A kernel attaches a driver by its symbols, and the file has none. Give the object as built; `strip -g` keeps them.'
      : 'Call its functions one by one with vmtbench call, or name the kernel with --kernel.';
  throw new VmtbenchError('run.kernel', `there is nothing to boot under the kernel ${kernel}`, hint);
}
