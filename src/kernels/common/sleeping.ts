import type { Stub, StubTable } from '../../guest/index.ts';

/** A kernel that knows where nothing may sleep. */
interface HasContexts {
  /** Why nothing may sleep now: `in a soft interrupt`; null: all may. */
  readonly noSleep: string | null;
  panic(message: string): void;
}

/**
 * Ends the guest that asks for what may sleep where nothing may: whether it sleeps this time is luck, and every kernel
 * with its checks on says so. @returns false where it ended.
 */
export function maySleep(k: HasContexts, caller: string): boolean {
  const why = k.noSleep;
  if (why !== null) k.panic(`${caller}: may sleep, ${why}`);
  return why === null;
}

/** Functions that may sleep whatever their arguments are. */
export function sleeping<K extends HasContexts>(table: StubTable<K>): StubTable<K> {
  const rows = Object.entries(table).map(([name, row]): [string, Stub<K>] => [name, { ...row, run: checked(row) }]);
  return Object.fromEntries(rows);
}

function checked<K extends HasContexts>({ run }: Stub<K>): Stub<K>['run'] {
  return (k, args, call) => (maySleep(k, call.name) ? run(k, args, call) : 0);
}
