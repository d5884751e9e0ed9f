import type { MissedSite, SitesReport } from '../bench/index.ts';
import { pc, print, printable } from './terminal.ts';

/** Names of sites in one line at most. */
const MOST_SITES = 12;

/** `sites: 11 of 18 executed`, and where the others are: a clean verdict does not cover them. */
export function printSites({ executed, total, missed }: SitesReport): void {
  if (total === 0) return;
  print(`sites: ${executed} of ${total} executed`);
  const named = (label: string, sites: readonly MissedSite[]): void => {
    if (sites.length === 0) return;
    const texts = sites.slice(0, MOST_SITES).map(siteText);
    const more = sites.length > MOST_SITES ? `, and ${sites.length - MOST_SITES} more` : '';
    print(pc.dim(`  ${label}: ${printable(texts.join(', '))}${more}`));
  };
  named(
    'not executed',
    missed.filter(({ uncalled }) => !uncalled),
  );
  named(
    'not executed, in functions that nothing in the object calls',
    missed.filter(({ uncalled }) => uncalled),
  );
}

function siteText({ instruction, address, function: name = address, line }: MissedSite): string {
  return `${name} (${instruction}${line === undefined ? '' : `, ${line}`})`;
}
