import { isGuestEvent, parseEvent, parseFault } from '../plan/index.ts';
import { MESSAGE_STEPS, type Protocol } from '../protocol/index.ts';
import {
  EVENT_EVIDENCE,
  type Evidence,
  type FaultPlace,
  farther,
  faultEvidence,
  type HostFault,
  type HostOptions,
  optionEvidence,
} from '../tclo-host/index.ts';
import type { Plan } from './finding.ts';

/** The parts of a plan that say how near to a real host it is. What the guest's own system does, real ones do. */
type Evident = Pick<Plan, 'host' | 'events' | 'faults'>;

/** The class of a plan: that of its farthest part. */
export function evidenceOf({ host, events, faults }: Evident): Evidence {
  const parts = [
    ...Object.entries(host).map(([option, value]) => optionEvidence(option as keyof HostOptions, value).evidence),
    ...events.map(ofEvent),
    ...faults.map(ofFault),
  ];
  return parts.reduce(farther, 'seen');
}

function ofEvent(line: string): Evidence {
  const { event } = parseEvent(line);
  return isGuestEvent(event) ? 'seen' : EVENT_EVIDENCE[event.name].evidence;
}

const PROTOCOLS: readonly Protocol[] = ['tclo', 'rpci'];

/** A step that is open counts as the nearest place that it names. */
function ofFault(line: string): Evidence {
  const { protocol, step, fault } = parseFault(line);
  const protocols = PROTOCOLS.filter((name) => protocol === 'any' || protocol === name);
  const steps = MESSAGE_STEPS.filter((name) => step === 'any' || step === name);
  const places = protocols.flatMap((name) => steps.map((one): FaultPlace => `${name}.${one}`));
  return nearest(fault, protocol === 'port' ? ['command'] : places);
}

function nearest(fault: HostFault, places: readonly FaultPlace[]): Evidence {
  const classes = places.map((place) => faultEvidence(fault, place).evidence);
  return (['seen', 'plausible'] as const).find((evidence) => classes.includes(evidence)) ?? 'hostile';
}
