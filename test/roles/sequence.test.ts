import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { UpdateSequence } from '../../mip6/roles/mobile-node/update-sequence.ts';
import { isNewerSequence, newerSequence, nextSequence } from '../../mip6/roles/shared/sequence.ts';
import { seededBytes } from '../support/seeded-random.ts';

const sequence = fc.integer({ min: 0, max: 65_535 });

describe('sequence numbers modulo 2^16 (RFC 6275 §9.5.1)', () => {
  test('the RFC’s own example: after 15, numbers 0–15 and 32783–65535 are old', () => {
    const old = Array.from({ length: 65_536 }, (_, number) => number).filter(
      (number) => !isNewerSequence(number, 15),
    );
    const expected = [
      ...Array.from({ length: 16 }, (_, index) => index),
      ...Array.from({ length: 65_536 - 32_783 }, (_, index) => 32_783 + index),
    ];
    assert.deepEqual(old, expected);
  });

  test('the next number is newer, never the other way round, and `newerSequence` takes it', () => {
    fc.assert(
      fc.property(sequence, (last) => {
        const next = nextSequence(last);
        assert.ok(
          isNewerSequence(next, last) && !isNewerSequence(last, next) && !isNewerSequence(last, last),
        );
        assert.equal(newerSequence(last, next), next);
        assert.equal(newerSequence(next, last), next);
      }),
    );
  });
});

describe('a mobile node’s sequence numbers', () => {
  test('never repeat and never fall behind, whatever is wanted or adopted', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('take' as const), value: fc.option(sequence, { nil: undefined }) }),
      fc.record({ kind: fc.constant('adopt' as const), value: sequence }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const numbers = new UpdateSequence(seededBytes(3));
        for (const { kind, value } of steps) {
          const before = numbers.last;
          if (kind === 'take') {
            const taken = numbers.take(value);
            assert.ok(before === undefined || isNewerSequence(taken, before));
          } else if (value !== undefined) {
            numbers.adopt(value);
            assert.ok(before === undefined || !isNewerSequence(before, numbers.last!));
          }
        }
      }),
    );
  });

  test('a wanted number that is newer is taken as it is; an old one is raised', () => {
    const numbers = new UpdateSequence(seededBytes(3));
    assert.deepEqual(
      [numbers.take(65_535), numbers.take(65_535), numbers.take(10), numbers.take(9)],
      [65_535, 0, 10, 11],
    );
  });
});
