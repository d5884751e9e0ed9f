import { VmtbenchError } from '../errors.ts';
import { differences, HOST_OPTIONS, type HostOptions } from './options.ts';

/** The options of a running host: records which of them it has read, and can exchange them. */
export class WatchedOptions {
  /** The current options, for the host to read. */
  readonly view: HostOptions;
  /**
   * The options read since the owner last emptied the set: a host that differs only in others would have behaved the
   * same.
   */
  readonly optionsRead: Set<keyof HostOptions> = new Set();
  #current: HostOptions;
  /** The options that the host was built with. */
  #fixed: ReadonlySet<keyof HostOptions> = new Set();

  constructor(options: HostOptions) {
    this.#current = options;
    this.view = Object.defineProperties({} as HostOptions, this.#getters());
  }

  /** From now on the options read so far, and these, cannot be exchanged. */
  fix(more: readonly (keyof HostOptions)[]): void {
    this.#fixed = new Set([...this.optionsRead, ...more]);
    this.optionsRead.clear();
  }

  /** An option that forbids the exchange for `options`; null: none does. */
  obstacle(options: HostOptions): keyof HostOptions | null {
    return differences(this.#current, options).find((option) => this.#fixed.has(option)) ?? null;
  }

  /**
   * Exchanges the options: the host reads the new ones from now on.
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
