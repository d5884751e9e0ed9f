import { readFileSync } from 'node:fs';
import { Bench, parseObject, parseTime, run } from 'vmtbench';

const object = parseObject(readFileSync('fixtures/kernels/vmt-unpatched-amd64.o'), 'vmt.o');
const report = run(new Bench({ object }), {
  until: parseTime('60s'),
  invariants: [
    'noLostEvent',
    // A rule of our own: the guest greets in the first half second.
    () => {
      let greeted = Number.POSITIVE_INFINITY;
      return {
        hostEvent({ at, kind, text }) {
          if (kind === 'reply' && text.startsWith('OK ATR ')) greeted = Math.min(greeted, at);
        },
        judge() {
          if (greeted <= 0.5e9) return { verdicts: [] };
          const explanation = `"OK ATR" came at ${greeted / 1e9} s: until then the host can tell it nothing.`;
          const title = 'the guest greets late';
          return {
            verdicts: [{ kind: 'invariant', invariant: 'greetsSoon', title, explanation, address: null, stack: [] }],
          };
        },
      };
    },
  ],
});
for (const { invariant, title, explanation } of report.findings) console.log(invariant, title, explanation);
