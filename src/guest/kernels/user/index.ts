import type { Image } from '../../load/image.ts';
import type { GuestOutcome } from '../../outcome.ts';
import { formatting } from '../common/formatting.ts';
import { bytes, strings } from '../common/strings.ts';
import type { Personality, Services } from '../personality.ts';
import { bindStubs } from '../stub.ts';
import { memory } from './memory.ts';
import { printing } from './printing.ts';
import { UserProcess } from './process.ts';
import { locks, processes, time } from './system.ts';

/** Functions of a constructor array that are believed. */
const CONSTRUCTOR_LIMIT = 1024;

/** A process around a shared library: the parts of libc and glib that code near the backdoor uses. */
export function createUser(services: Services): Personality {
  const user = new UserProcess(services);
  let loaded: Image | null = null;
  const stream = { size: 16 };
  return {
    name: 'user',
    stubs: bindStubs<UserProcess>(user, strings, bytes, formatting, memory, printing, processes, time, locks),
    data: { stdin: stream, stdout: stream, stderr: stream },
    names: new Map(),
    takeShutdown: () => null,
    loaded: (image) => {
      loaded = image;
      user.createThread(image);
    },
    boot: () => (loaded === null ? null : runConstructors(user, loaded)),
    step: () => null,
    nextDeadline: () => null,
    snapshot: () => ({ random: user.random.state }),
    restore: (state) => {
      user.random.state = (state as { random: number }).random;
    },
  };
}

/** What the dynamic linker calls before anybody uses the library: DT_INIT, then the array in its order. */
function runConstructors(user: UserProcess, { object, base }: Image): GuestOutcome | null {
  const { dynamic } = object;
  if (dynamic === null) return null;
  const { address, size } = dynamic.initArray;
  const count = Math.min(CONSTRUCTOR_LIMIT, Math.floor(size / user.wordSize));
  const array = Array.from({ length: count }, (_, i) => user.readWord(base + address + BigInt(i * user.wordSize)));
  for (const first of dynamic.init === null ? array : [base + dynamic.init, ...array]) {
    const { outcome } = user.services.call(first, []);
    if (outcome !== null) return outcome;
  }
  return null;
}
