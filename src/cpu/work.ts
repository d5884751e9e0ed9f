/** How many blocks' work a port access, CPUID or RDTSC is: about as much of the bench's own time. */
export const ACCESS_WORK = 100;

/** A guest that does the work of this many blocks without coming back is taken to hang. */
export const DEFAULT_WORK = 50_000_000;
