import type { Alarm, GuestOutcome, Interrupts, KernelServices, PendingCall } from '../../guest/index.ts';

/** What a kernel says of the soft interrupts that its clock brings. */
export interface ClockInterrupts {
  /** Whether they are let in now. */
  open(): boolean;
  /** Whether this one could begin, too; by default it could. */
  admits?(alarm: Alarm<PendingCall>): boolean;
  /** By default just calls it. */
  perform?(alarm: Alarm<PendingCall>): GuestOutcome | null;
}

/** The clock's soft interrupts, which preempt processes. One that arms itself again is due at a later clock tick. */
export function clockInterrupts({ clock, perform }: KernelServices, kernel: ClockInterrupts): Interrupts {
  const admits = (alarm: Alarm<PendingCall>): boolean =>
    alarm.payload.context === 'softint' && (kernel.admits?.(alarm) ?? true);
  return {
    next: () => {
      const alarm = kernel.open() ? clock.next(admits) : null;
      return alarm === null ? null : { at: alarm.at, function: alarm.payload.function };
    },
    run: () => {
      const until = clock.now;
      for (;;) {
        const alarm = clock.takeDue((alarm) => alarm.at <= until && admits(alarm));
        if (alarm === null) return null;
        const outcome = kernel.perform === undefined ? perform(alarm.payload) : kernel.perform(alarm);
        if (outcome !== null) return outcome;
      }
    },
  };
}
