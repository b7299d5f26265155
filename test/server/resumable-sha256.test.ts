import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { ResumableSha256 } from '../../applications/resumable-sha256.ts';

test('a digest that is stopped and gone on with anywhere is that of the whole', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(400), (octets, at) => {
      const first = new ResumableSha256().update(octets.subarray(0, at));
      const digest = ResumableSha256.from(first.state).update(octets.subarray(at));
      assert.equal(digest.octets, octets.length);
      assert.equal(digest.digest(), createHash('sha256').update(octets).digest('hex'));
      // Asking changes nothing.
      assert.equal(digest.digest(), createHash('sha256').update(octets).digest('hex'));
    }),
  );
  for (const length of [0, 39, 104])
    assert.throws(() => ResumableSha256.from(new Uint8Array(length)), RangeError);
});
