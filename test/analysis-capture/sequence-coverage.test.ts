import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SequenceCoverage } from '../../analysis/events/sequence-coverage.ts';

test('agrees with a set of octets, also where sequence numbers wrap', () => {
  const first = 0xffff_fff0;
  const ranges = fc.array(fc.tuple(fc.integer({ min: -5, max: 120 }), fc.nat({ max: 30 })), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(ranges, (list) => {
      const coverage = new SequenceCoverage(first);
      const model = new Set<number>();
      for (const [offset, length] of list) {
        const sequence = (first + offset) >>> 0;
        assert.equal(coverage.offsetOf(sequence), offset);
        const before = model.size;
        for (let octet = Math.max(offset, 0); octet < offset + length; octet++) model.add(octet);
        assert.equal(coverage.add(coverage.offsetOf(sequence), length), model.size - before);
        let contiguous = 0;
        while (model.has(contiguous)) contiguous++;
        assert.equal(coverage.contiguous, contiguous);
        assert.equal(coverage.covered, model.size);
        assert.equal(coverage.hasHole, model.size > contiguous);
      }
    }),
  );
});
