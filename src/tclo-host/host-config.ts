import type { HostIdentity } from './identity.ts';
import type { HostOptions } from './options.ts';

/** How a host is built. */
export interface HostConfig {
  readonly options?: Partial<HostOptions>;
  readonly identity?: Partial<HostIdentity>;
  /** Virtual time in nanoseconds; without, time stands still at 0. */
  readonly now?: () => number;
  /** Seed of the cookies and of random fault data; the same seed gives the same host. */
  readonly seed?: number;
}
