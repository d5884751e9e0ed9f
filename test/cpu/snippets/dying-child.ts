import { writeFileSync } from 'node:fs';

/** In the place of `child.ts`: dies at each tenth seed, and says something about each that ends with 5. */
export function main(first: string, count: string, progress: string): void {
  for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
    writeFileSync(progress, Uint32Array.of(seed));
    if (seed % 10 === 0) process.kill(process.pid, 'SIGSEGV');
    if (seed % 10 === 5) process.stdout.write(`${JSON.stringify({ seed, differences: ['something'] })}\n`);
  }
}
