/**
 * How many blocks' work it is to serve a port access, a CPUID, an RDTSC, a hypercall, or a function that the owner of
 * the machine does in the guest's place: about as much of the bench's own time.
 */
export const SERVICE_WORK = 25;

/** A guest that does the work of this many blocks without coming back is taken to hang. */
export const DEFAULT_WORK = 50_000_000;
