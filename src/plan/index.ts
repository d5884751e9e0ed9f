/**
 * The plan of a run: events, faults, preemptions, their grammar and schedule. It must not know a guest or a processor.
 */
export { type PlannedEvent, parseEvent, type When } from './event.ts';
export { faultWords, type PlannedFault, parseFault } from './fault.ts';
export { FaultPlan, type PlanState } from './fault-plan.ts';
export {
  GUEST_EVENTS,
  type GuestEvent,
  type GuestEventName,
  interfaceAndAddresses,
  isGuestEvent,
} from './guest-events.ts';
export { type PlannedPreemption, parsePreemption } from './preemption.ts';
export { PreemptionPlan, type PreemptionPoint, type PreemptionState } from './preemption-plan.ts';
export { Schedule, type ScheduleState } from './schedule.ts';
export { formatSeconds, parseTime } from './time.ts';
