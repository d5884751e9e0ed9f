import { VmtbenchError } from '../errors.ts';
import { differences, HOST_OPTIONS, type HostOptions } from './options.ts';

/** The options of a host as it goes by them: they know which of them were read, and can be exchanged. */
export class WatchedOptions {
  /** What is read: always as the options are now. */
  readonly view: HostOptions;
  /**
   * The options that were read since their owner last emptied the set: a host that differs only in others would have
   * behaved the same.
   */
  readonly optionsRead: Set<keyof HostOptions> = new Set();
  #current: HostOptions;
  /** What the host was built by. */
  #fixed: ReadonlySet<keyof HostOptions> = new Set();

  constructor(options: HostOptions) {
    this.#current = options;
    this.view = Object.defineProperties({} as HostOptions, this.#getters());
  }

  /** What was read up to now, and these, can be exchanged no more. */
  fix(more: readonly (keyof HostOptions)[]): void {
    this.#fixed = new Set([...this.optionsRead, ...more]);
    this.optionsRead.clear();
  }

  /** The option that keeps the host from going by others; null: nothing does. */
  obstacle(options: HostOptions): keyof HostOptions | null {
    return differences(this.#current, options).find((option) => this.#fixed.has(option)) ?? null;
  }

  /**
   * Lets the host go by others from now on.
   * @throws VmtbenchError `host.option` where there is an {@link obstacle}.
   */
  exchange(options: HostOptions): void {
    const obstacle = this.obstacle(options);
    if (obstacle !== null) throw new VmtbenchError('host.option', `a host keeps its ${obstacle}`, 'Make another host.');
    this.#current = options;
  }

  #getters(): PropertyDescriptorMap {
    const getters: PropertyDescriptorMap = {};
    for (const key of Object.keys(HOST_OPTIONS) as (keyof HostOptions)[]) {
      const get = (): unknown => {
        this.optionsRead.add(key);
        return this.#current[key];
      };
      getters[key] = { get, enumerable: true };
    }
    return getters;
  }
}
