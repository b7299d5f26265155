import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fuzzWire } from '../fuzz/wire-fuzz.ts';

describe('mutation fuzzing', () => {
  it('finds no fault in 20000 inputs, and reaches behind the first checks', { timeout: 120_000 }, () => {
    const report = fuzzWire({ seed: 6275, count: 20_000 });
    assert.equal(report.inputs, 20_000);
    assert.ok(report.accepted > 20_000, `only ${report.accepted} parses succeeded`);
    assert.ok(report.rejected > 20_000, `only ${report.rejected} parses failed`);
  });

  it('does the same for the same seed', () => {
    assert.deepStrictEqual(fuzzWire({ seed: 7, count: 200 }), fuzzWire({ seed: 7, count: 200 }));
  });
});
