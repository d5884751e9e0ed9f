import { type Guest, siteCodeAt } from '../guest/index.ts';
import { hex } from '../hex.ts';
import type { AccessFact, SiteCode, Watcher } from '../judge/index.ts';
import { type CodeSite, codeSitesOf } from '../object/index.ts';

/** An instruction that can be a backdoor call and was not executed. */
export interface MissedSite {
  readonly instruction: CodeSite['instruction'];
  /** `0x` and hex digits. */
  readonly address: string;
  readonly function?: string;
  /** `vmt_rpc.c:7`, where the object has debug information. */
  readonly line?: string;
  /** Nothing in the object calls its function, or knows its address. */
  readonly uncalled: boolean;
}

/** Which of the object's backdoor instructions were executed. */
export interface SitesReport {
  readonly executed: number;
  readonly total: number;
  readonly missed: readonly MissedSite[];
}

/** @param executed addresses of instructions that made a port access or a hypercall */
export function sitesReport(guest: Guest, executed: ReadonlySet<bigint>): SitesReport {
  const sites = codeSitesOf(guest.object).map((site) => ({ site, address: addressOf(guest, site) }));
  const missed = sites.filter(({ address }) => address === null || !wasExecuted(guest, address, executed));
  return {
    executed: sites.length - missed.length,
    total: sites.length,
    missed: missed.map(({ site, address }) => describe(guest, site, address)),
  };
}

/** Where the system copied code over the site, it is not there; where it copied the site, the copy stands for it. */
function wasExecuted({ copiedCode }: Guest, address: bigint, executed: ReadonlySet<bigint>): boolean {
  const within = (start: bigint, size: number): boolean => address >= start && address < start + BigInt(size);
  if (copiedCode.some(({ from, length, to }) => within(from, length) && executed.has(address - from + to))) return true;
  return executed.has(address) && !copiedCode.some(({ to, replaced }) => within(to, replaced));
}

/** Where a site lies in the guest; null: its section is not in memory. */
function addressOf(guest: Guest, { section, offset }: CodeSite): bigint | null {
  const start = guest.places.sectionAddress(section);
  return start === null ? null : start + BigInt(offset);
}

function describe(guest: Guest, { instruction, uncalled }: CodeSite, address: bigint | null): MissedSite {
  const place = address === null ? null : guest.symbolAt(address);
  const line = address === null ? null : guest.lineAt(address);
  return {
    instruction,
    address: hex(address ?? 0n),
    ...(place === null ? {} : { function: place.name }),
    ...(line === null ? {} : { line: line.text }),
    uncalled,
  };
}

/** Functions that hold a backdoor instruction, and that nothing in the object calls or knows the address of. */
export function uncalledFunctions(guest: Guest): string[] {
  const { missed } = sitesReport(guest, new Set());
  return [...new Set(missed.flatMap(({ uncalled, function: name }) => (uncalled && name !== undefined ? [name] : [])))];
}

/** What the code around instructions says; nothing of one whose function is not known. @param pcs in any order */
export function codeOfSites(guest: Guest, pcs: Iterable<bigint>): SiteCode[] {
  const sorted = [...new Set(pcs)].sort((a, b) => (a < b ? -1 : 1));
  return sorted.flatMap((pc) => siteCodeAt(guest, pc) ?? []);
}

/** Collects the addresses of instructions that made an access, of all runs that it observes. */
export class ExecutedSites implements Watcher {
  readonly all: Set<bigint> = new Set();
  #fresh: bigint[] = [];

  access({ pc }: AccessFact): void {
    if (this.all.has(pc)) return;
    this.all.add(pc);
    this.#fresh.push(pc);
  }

  /** Those since the last call. */
  take(): readonly bigint[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }
}
