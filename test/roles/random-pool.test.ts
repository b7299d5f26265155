import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomOctets } from '../../nodes/support/random-pool.ts';

test('draws have the length asked for, across the pool’s refills and beyond its size', () => {
  for (const count of [0, 1, 2, 8, 20, 63, 64, 65, 1024, 5000]) {
    for (let draw = 0; draw < 200; draw++) assert.equal(randomOctets(count).length, count);
  }
});

test('no octets are given out twice, nor changed later', () => {
  const draws = Array.from({ length: 2000 }, () => randomOctets(8));
  const texts = draws.map((octets) => Buffer.from(octets).toString('hex'));
  assert.equal(new Set(texts).size, 2000);
  const others = Array.from({ length: 500 }, () => randomOctets(16));
  assert.ok(others.every((octets) => octets.some((octet) => octet !== 0)));
  assert.deepEqual(
    draws.map((octets) => Buffer.from(octets).toString('hex')),
    texts,
  );
});

test('every octet takes part: 256 values in 20,000 octets, at every place of a draw', () => {
  const seen = Array.from({ length: 20 }, () => new Set<number>());
  for (let draw = 0; draw < 20_000; draw++)
    for (const [at, octet] of randomOctets(20).entries()) seen[at]!.add(octet);
  assert.deepEqual(
    seen.map(({ size }) => size),
    seen.map(() => 256),
  );
});
