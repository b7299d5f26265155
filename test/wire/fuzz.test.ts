import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fuzzWire } from '../fuzz/wire-fuzz.ts';
import { long } from '../support/long.ts';

/** `make fuzz` tries a million. */
const count = long ? 20_000 : 6000;

describe('mutation fuzzing', () => {
  it(`finds no fault in ${count} inputs, and reaches behind the first checks`, { timeout: 120_000 }, () => {
    const report = fuzzWire({ seed: 6275, count });
    assert.equal(report.inputs, count);
    assert.ok(report.accepted > count, `only ${report.accepted} parses succeeded`);
    assert.ok(report.rejected > count, `only ${report.rejected} parses failed`);
  });

  it('does the same for the same seed', () => {
    assert.deepStrictEqual(fuzzWire({ seed: 7, count: 200 }), fuzzWire({ seed: 7, count: 200 }));
  });
});
