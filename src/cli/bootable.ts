import { VmtbenchError } from '../errors.ts';
import type { Guest } from '../guest/index.ts';

/**
 * Kernels that bring nothing up by themselves: in a run only the time would pass.
 * @throws VmtbenchError `run.kernel`
 */
export function refuseIdle({ kernel, kernelFacts, object }: Guest): void {
  if (kernelFacts.boots) return;
  const hint =
    object.symbols.length === 0
      ? 'The file has no symbols, which a kernel would attach it by: take it as it was built; `strip -g` leaves them.'
      : 'Call its functions one by one with vmtbench call, or name the kernel with --kernel.';
  throw new VmtbenchError('run.kernel', `there is nothing to boot under the kernel ${kernel}`, hint);
}
