import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { hmacSha1, sha1 } from '../../mip6/wire/hmac-sha1.ts';

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

test('RFC 2202 §3: test cases of HMAC-SHA-1', () => {
  const cases: readonly (readonly [Uint8Array, Uint8Array, string])[] = [
    [new Uint8Array(20).fill(0x0b), text('Hi There'), 'b617318655057264e28bc0b6fb378c8ef146be00'],
    [text('Jefe'), text('what do ya want for nothing?'), 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
    [
      new Uint8Array(20).fill(0xaa),
      new Uint8Array(50).fill(0xdd),
      '125d7342b9ac11cd91a39af48aa17b4f63f175d3',
    ],
    [
      new Uint8Array(80).fill(0xaa),
      text('Test Using Larger Than Block-Size Key - Hash Key First'),
      'aa4ae5e15272d00e95705637ce8a3b55ed402112',
    ],
  ];
  for (const [key, data, expected] of cases) assert.equal(hex(hmacSha1(key, data)), expected);
});

test('as OpenSSL’s, for keys of every length around a block and messages in any parts', () => {
  const key = fc.uint8Array({ maxLength: 130 });
  const parts = fc.array(fc.uint8Array({ maxLength: 90 }), { maxLength: 5 });
  fc.assert(
    fc.property(key, parts, (secret, pieces) => {
      const expected = createHmac('sha1', secret);
      const plain = createHash('sha1');
      for (const piece of pieces) {
        expected.update(piece);
        plain.update(piece);
      }
      assert.equal(hex(hmacSha1(secret, ...pieces)), expected.digest('hex'));
      assert.equal(hex(sha1(Buffer.concat(pieces))), plain.digest('hex'));
    }),
  );
  for (const length of [63, 64, 65]) {
    const secret = new Uint8Array(length).fill(7);
    assert.equal(hex(hmacSha1(secret)), createHmac('sha1', secret).digest('hex'));
  }
});
