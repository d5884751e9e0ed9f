import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Preview, preview } from '../../src/trace/preview.ts';
import { seconds } from '../../src/trace/text.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a preview', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['a text', '1 10.0.0.5', '"1 10.0.0.5"'],
    ['nothing', '', '""'],
    ['a NUL at its end', 'ping\0', '"ping\\0"'],
    ['a buffer padded with NULs', `info-get x${'\0'.repeat(4086)}`, '"info-get x" + 4086 NULs'],
    [
      'control characters',
      'clear the screen: \x1b[2J\r\n\t"\\\x7f\u0085',
      '"clear the screen: \\x1b[2J\\r\\n\\t\\"\\\\\\x7f\\x85"',
    ],
    ['a text of other scripts', 'log パフィー', '"log パフィー"'],
    ['marks that turn the text around', 'log \u202eevil\u2028', '"log \\u{202e}evil\\u{2028}"'],
    ['a byte order mark', '\ufefflog x', '"\\u{feff}log x"'],
    ['bytes', Uint8Array.of(0, 1, 2, 255), '00 01 02 ff (4 bytes)'],
    ['one byte', Uint8Array.of(255), 'ff (1 byte)'],
    ['all NULs', Uint8Array.of(0, 0, 0), '"" + 3 NULs'],
    ['bytes that are UTF-8 by accident', Uint8Array.of(1, 2, 3, 4), '01 02 03 04 (4 bytes)'],
    [
      'a text with bytes behind it',
      Buffer.concat([bytes('SetGuestInfo  10 '), Uint8Array.of(0, 0, 0, 3), new Uint8Array(20).fill(7)]),
      '"SetGuestInfo  10 " + 00 00 00 03 07 07 07 07 07 07 07 07 07 07 07 07 ... (41 bytes)',
    ],
    ['a long text', 'x'.repeat(1025), `"${'x'.repeat(1024)}" + 1 byte`],
    ['a long text, cut inside a character', `${'x'.repeat(1023)}é${'y'.repeat(3)}`, `"${'x'.repeat(1023)}" + 4 bytes`],
  ])('of %s', (_, content, shown) => {
    expect(preview(typeof content === 'string' ? bytes(content) : content)).toBe(shown);
  });

  it('is the same whatever pieces the message comes in, harmless and short', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 1, max: 1500 }), (content, size) => {
        const pieces = new Preview();
        for (let at = 0; at < content.length; at += size) pieces.add(content.subarray(at, at + size));
        const shown = pieces.toString();
        expect(shown).toBe(preview(content));
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(shown.length).toBeLessThan(5000);
      }),
    );
  });
});

it.each([
  [0, '  0.000000s'],
  [5_000_001_999, '  5.000001s'],
  [999_999_999, '  0.999999s'],
  [86_400_000_000_000, '86400.000000s'],
  [Number.MAX_SAFE_INTEGER, '9007199.254740s'],
])('%i ns is %s', (ns, text) => {
  expect(seconds(ns)).toBe(text);
});
