import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Bench, type RunReport, run } from '../../../src/bench/index.ts';
import { type ObjectFile, parseObject } from '../../../src/object/index.ts';
import { parseEvent, parseTime } from '../../../src/plan/index.ts';
import { fixturePath } from '../../guest/support/bench.ts';
import { MACHINES } from '../../guest/support/compile.ts';
import { build, hasTools, inspect, objcopy } from './support.ts';

function report(object: ObjectFile, events: readonly string[] = []): RunReport {
  const bench = new Bench({ object, guest: { kernel: 'openbsd' }, events: events.map(parseEvent) });
  try {
    return run(bench, { until: parseTime('20s') });
  } finally {
    bench.close();
  }
}

/** The places in parentheses are what debug information adds. */
const bare = (texts: readonly string[]): string[] => texts.map((text) => text.replace(/ \([^)]*\)$/, ''));

describe.skipIf(!hasTools).each(MACHINES)('the bug of the %s driver', (machine) => {
  const bytes = readFileSync(fixturePath(`vmt-unpatched-${machine}.o`));
  const object = parseObject(bytes, 'vmt.o');
  const { findings } = report(object, ['at=5s tclo.break']);

  test('is found at the line that binutils name', () => {
    const [finding] = findings;
    const place = object.symbols.find(({ name }) => name === finding?.function);
    const bench = new Bench({ object });
    const offset = BigInt(finding?.address ?? 0) - (bench.guest.symbol(finding?.function ?? '') ?? 0n);
    bench.close();
    const address = `0x${((place?.value ?? 0n) + offset).toString(16)}\n`;
    const lines = inspect(bytes, 'addr2line', ['-i', '-j', '.text', '-e'], address).trim().split('\n');
    const [access, ...callers] = lines.map((line) =>
      line
        .split('/')
        .at(-1)
        ?.replace(/ \(discriminator \d+\)/, ''),
    );
    // The innermost is the statement of the access itself; the finding stands where it is called.
    expect(access).toBe('vmt_rpc.c:7');
    expect(callers).toContain(finding?.line);
    expect(finding?.line).toMatch(/^\w+\.c:\d+$/);
    expect(finding?.lastAccesses.at(-1)).toMatch(
      / at \w+\+0x[0-9a-f]+ \(\w+\.c:\d+ in vm_cmd(, \w+\.c:\d+ in \w+)*, \w+\.c:\d+\)$/,
    );
  });

  test('is found without debug information too, and without lines', () => {
    const stripped = report(parseObject(objcopy(bytes, '--strip-debug'), 'vmt.o'), ['at=5s tclo.break']).findings;
    expect(findings.length).toBeGreaterThan(0);
    const without = findings.map(({ line: _line, ...finding }) => {
      return { ...finding, lastAccesses: bare(finding.lastAccesses), stack: bare(finding.stack) };
    });
    expect(stripped).toEqual(without);
  });
});

/** A driver that ends in different ways, and where a caller's line is not the line after it. */
const DRIVER = `
typedef unsigned long size_t;
struct device { int filler[30]; char dv_xname[16]; };
struct cfattach { size_t size; int (*match)(void *, void *, void *); void (*attach)(void *, struct device *, void *); };
void free(void *, int, size_t);
void nobody(int);
static __attribute__((noinline)) void
inner(int *p)
{
#ifdef BAD_POINTER
	*p = 3;                         /* line 11 */
#elif defined(BAD_FREE)
	free((char *)p + 0x100000,      /* line 13 */
	    2, 16);
	*p = 0;
#else
	nobody(7);                      /* line 17 */
	*p = 0;
#endif
}
int vmt_match(void *a, void *b, void *c) { return a && !b && c; }
void
vmt_attach(void *parent, struct device *self, void *aux)
{
	inner((int *)0x10);             /* line 25 */
	if (parent == aux)
		inner(0);
	self->dv_xname[0]++;
}
const struct cfattach vmt_ca = { sizeof(struct device), vmt_match, vmt_attach };
`;

describe.skipIf(!hasTools).each(MACHINES)('a driver for %s', (machine) => {
  const driver = (...flags: string[]): ObjectFile =>
    parseObject(build({ 'vmt.c': DRIVER.trimStart() }, 'gcc', machine, ['-O1', '-g', ...flags]), 'vmt.o');
  const first = (object: ObjectFile) => report(object).findings[0];

  test.each([
    ['-DBAD_POINTER', 'vmt.c:10'],
    ['-DBAD_FREE', 'vmt.c:12'],
    ['-DNOBODY', 'vmt.c:16'],
  ])('%s ends at the line of the access or of the call', (flag, line) => {
    const finding = first(driver(flag));
    expect(finding?.line).toBe(line);
    expect(finding?.stack[0]).toMatch(new RegExp(`^inner[.\\w]*\\+0x[0-9a-f]+ \\(${line}\\)$`));
    expect(finding?.stack[1]).toMatch(/^vmt_attach\+0x[0-9a-f]+ \(vmt\.c:24\)$/);
  });
});
