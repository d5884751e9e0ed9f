import type { ParameterType, ResultType, ValueOf } from './abi/types.ts';
import type { ArgumentSource } from './format/arguments.ts';

/** The call that a stub serves. */
export interface StubCall {
  readonly name: string;
  /** Where it returns to. */
  readonly returnAddress: bigint;
  /** The arguments after the declared ones. */
  readonly rest: ArgumentSource;
  /** The second register of a result of two: rdx. */
  setHigh?(value: bigint): void;
}

type Values<P extends readonly ParameterType[]> = { readonly [I in keyof P]: ValueOf<P[I]> };

/** What a stub of type void gives is not looked at. */
type ResultOf<R extends ResultType> = R extends 'void' ? unknown : number | bigint;

/** A function of the kernel or library around the object, written in TypeScript. `K`: what it works on. */
export interface Stub<K> {
  readonly result: ResultType;
  readonly parameters: readonly ParameterType[];
  /** Its prototype ends with `...`: on i386 it takes everything from the stack, whatever the kernel's convention. */
  readonly variadic?: boolean;
  /** On i386 it takes its arguments in registers, whatever the kernel's convention. */
  readonly regparm?: boolean;
  /** undefined: there is no result, and the register keeps what it had. */
  run(kernel: K, args: readonly (number | bigint)[], call: StubCall): number | bigint | undefined;
}

/** Functions by symbol name. */
export type StubTable<K> = Readonly<Record<string, Stub<K>>>;

/** One row of a table: the prototype's result and parameter types and what the function does. */
export function stub<K, const P extends readonly ParameterType[], const R extends ResultType>(
  result: R,
  parameters: P,
  run: (kernel: K, args: Values<P>, call: StubCall) => ResultOf<R>,
): Stub<K> {
  return {
    result,
    parameters,
    run: (kernel, args, call) => {
      const value = run(kernel, args as unknown as Values<P>, call);
      return result === 'void' ? undefined : (value as number | bigint);
    },
  };
}

/** A row for a function whose prototype ends with `...`. */
export function variadic<K, const P extends readonly ParameterType[], const R extends ResultType>(
  result: R,
  parameters: P,
  run: (kernel: K, args: Values<P>, call: StubCall) => ResultOf<R>,
): Stub<K> {
  return { ...stub(result, parameters, run), variadic: true };
}

/** A stub together with what it works on. */
export interface BoundStub {
  readonly name: string;
  readonly result: ResultType;
  readonly parameters: readonly ParameterType[];
  readonly variadic?: boolean;
  readonly regparm?: boolean;
  run(args: readonly (number | bigint)[], call: StubCall): number | bigint | undefined;
}

/** The tables of a kernel, bound to it. A name in a later table takes the place of the earlier one. */
export function bindStubs<K>(kernel: K, ...tables: readonly StubTable<K>[]): Map<string, BoundStub> {
  const bound = new Map<string, BoundStub>();
  for (const table of tables) {
    for (const [name, { result, parameters, variadic = false, regparm = false, run }] of Object.entries(table)) {
      bound.set(name, { name, result, parameters, variadic, regparm, run: (args, call) => run(kernel, args, call) });
    }
  }
  return bound;
}

/**
 * A function of your own for `GuestOptions.stubs`: its name, the types of its result and parameters, and what it does.
 * It takes the place of the kernel's, or of the object's own function of that name.
 */
export function defineStub<const P extends readonly ParameterType[], const R extends ResultType>(
  name: string,
  result: R,
  parameters: P,
  run: (args: Values<P>, call: StubCall) => ResultOf<R>,
): BoundStub {
  const row = stub<null, P, R>(result, parameters, (_, args, call) => run(args, call));
  return { name, result, parameters, run: (args, call) => row.run(null, args, call) };
}
