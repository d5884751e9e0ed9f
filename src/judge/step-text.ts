import type { HostCall } from '../tclo-host/index.ts';

/** The step of a message call for people: `tclo.sendsize`, or `CLOSE of an unknown channel`. */
export function stepText({ protocol, step }: Pick<HostCall, 'protocol' | 'step'>): string {
  if (protocol !== null) return `${protocol}.${step}`;
  return `${step.toUpperCase()} of an unknown ${step === 'open' ? 'protocol' : 'channel'}`;
}
