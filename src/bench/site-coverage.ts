import type { Guest } from '../guest/index.ts';
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
  const missed = sites.filter(({ address }) => address === null || !executed.has(address));
  return {
    executed: sites.length - missed.length,
    total: sites.length,
    missed: missed.map(({ site, address }) => describe(guest, site, address)),
  };
}

/** Where a site lies in the guest; null: its section is not in memory. */
function addressOf(guest: Guest, { section, offset }: CodeSite): bigint | null {
  const start = guest.sectionAddress(section);
  return start === null ? null : start + BigInt(offset);
}

function describe(guest: Guest, { instruction, uncalled }: CodeSite, address: bigint | null): MissedSite {
  const place = address === null ? null : guest.symbolAt(address);
  const line = address === null ? null : guest.lineAt(address);
  return {
    instruction,
    address: `0x${(address ?? 0n).toString(16)}`,
    ...(place === null ? {} : { function: place.name }),
    ...(line === null ? {} : { line: line.text }),
    uncalled,
  };
}

/** What several runs of one object have executed together. */
export function mergedSites(reports: readonly SitesReport[]): SitesReport {
  const [first = { executed: 0, total: 0, missed: [] }, ...others] = reports;
  const missed = first.missed.filter((site) =>
    others.every((other) => other.missed.some(({ address }) => address === site.address)),
  );
  return { executed: first.total - missed.length, total: first.total, missed };
}
