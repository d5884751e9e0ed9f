import type { InjectionSite, PlannedInjection, TestCase } from './test-case.ts';

/** A test case before it gets its number. */
export type PlannedCase = Omit<TestCase, 'order'>;

/** The baseline run at each host, then each injection alone at each site. @param sites by host. */
export function singleInjections(sites: readonly (readonly InjectionSite[])[]): PlannedCase[] {
  return [
    ...sites.map((_, variant) => ({ variant, injections: [] })),
    ...sites.flatMap((list, variant) => injectionsAt(list).map((injection) => ({ variant, injections: [injection] }))),
  ];
}

/** Each test case with each injection that can follow it. @param followers the sites by test case. */
export function pairsOf(
  testCases: readonly TestCase[],
  followers: readonly (readonly InjectionSite[])[],
): PlannedCase[] {
  return testCases.flatMap(({ variant, injections }, index) =>
    injectionsAt(followers[index] ?? []).map((injection) => ({ variant, injections: [...injections, injection] })),
  );
}

/** Numbers test cases. @param from the first number. */
export const numbered = (testCases: readonly PlannedCase[], from: number): TestCase[] =>
  testCases.map((testCase, index) => ({ ...testCase, order: from + index }));

/** Picks `count` entries of a list, evenly spread; all of them if there are no more. */
export function spread<T>(list: readonly T[], count: number): T[] {
  if (count >= list.length) return [...list];
  return Array.from({ length: Math.max(count, 0) }, (_, index) => list[Math.floor((index * list.length) / count)] as T);
}

const injectionsAt = (sites: readonly InjectionSite[]): PlannedInjection[] =>
  sites.flatMap(({ access, kinds }) => kinds.map((kind) => ({ access, kind })));
