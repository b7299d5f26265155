import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LastOctet } from '../../linux/tcp/last-octet.ts';

const MOD = 2 ** 32;

test('two acknowledgements that the kernel has taken tell where the last octet is', () => {
  const last = new LastOctet();
  assert.equal(last.look(1000, 500), undefined);
  assert.equal(last.look(1200, 300), 1500);
  assert.equal(last.look(1300, 200), 1500);
});

test('one that it has refused tells nothing, and is not taken for one of two', () => {
  const last = new LastOctet();
  assert.equal(last.look(1200, 500), undefined);
  assert.equal(last.look(1300, 500), undefined);
  assert.equal(last.look(1400, 100), undefined);
  assert.equal(last.look(1450, 50), 1500);
});

test('the same acknowledgement once more tells nothing new', () => {
  const last = new LastOctet();
  assert.equal(last.look(1200, 500), undefined);
  assert.equal(last.look(1200, 500), undefined);
  assert.equal(last.look(1300, 400), 1700);
});

test('octets that are written meanwhile move the end', () => {
  const last = new LastOctet();
  last.look(1000, 500);
  assert.equal(last.look(1200, 300), 1500);
  assert.equal(last.look(1300, 900), undefined);
  assert.equal(last.look(1400, 800), 2200);
});

test('whatever the kernel refuses, the number is never beyond the last octet', () => {
  const arrivals = fc.array(fc.record({ octets: fc.integer({ min: 1, max: 3000 }), taken: fc.boolean() }));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: MOD - 1 }), arrivals, (start, segments) => {
      const total = segments.reduce((sum, { octets }) => sum + octets, 0) + 1;
      const end = (start + total) % MOD;
      const last = new LastOctet();
      let [number, una, takenInARow] = [start, start, 0];
      for (const { octets, taken } of segments) {
        number = (number + octets) % MOD;
        if (taken) una = number;
        takenInARow = taken ? takenInARow + 1 : 0;
        const found = last.look(number, (end - una + MOD) % MOD);
        assert.equal(found, takenInARow >= 2 ? end : undefined);
      }
    }),
  );
});
