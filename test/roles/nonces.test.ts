import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NonceTable } from '../../mip6/roles/correspondent-node/nonces.ts';
import { seededBytes } from '../support/seeded-random.ts';

test('a nonce is recognised for 240 s, and every nonce handed out for at least 210 s more (RFC 6275 §5.2.3)', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 0, max: 1000 }), (steps, seed) => {
      const table = new NonceTable(seededBytes(seed));
      let now = 0;
      for (const step of steps) {
        now += step;
        const nonce = table.current(now);
        assert.deepEqual(table.find(nonce.index, now + 210_000), nonce);
        assert.equal(table.find(nonce.index, nonce.createdAt + 240_000), undefined);
      }
    }),
  );
});

test('indices wrap at 2^16', () => {
  const table = new NonceTable((length) => new Uint8Array(length).fill(0xff));
  assert.deepEqual([table.current(0).index, table.current(30_000).index], [65_535, 0]);
  assert.equal(table.find(65_535, 30_000)?.createdAt, 0);
});

test('only nonces that can still be recognised are kept', () => {
  const table = new NonceTable(seededBytes(1));
  const first = table.current(0);
  for (let now = 0; now <= 1_000_000; now += 30_000) table.current(now);
  assert.equal(table.find(first.index, 1_000_000), undefined);
  table.invalidateAll();
  const fresh = table.current(1_000_001);
  assert.notEqual(fresh.index, first.index);
  assert.equal(table.find((fresh.index + 65_535) % 65_536, 1_000_001), undefined);
});
