import assert from 'node:assert/strict';
import { test } from 'node:test';
import atlas from '../../experiments/atlas.ts';
import { cellsOf, drawnPoints } from '../../runner/cells.ts';

const between = { cs1Ms: { min: 5, max: 50 }, ssMs: { min: 7, max: 8 } };

test('drawn points lie between their ends, are of the seed, and a smaller count has the first of them', () => {
  const ten = drawnPoints('atlas', { count: 10, between }, 1);
  assert.equal(ten.length, 10);
  for (const { cs1Ms, ssMs } of ten) {
    assert.ok(cs1Ms![0]! >= 5 && cs1Ms![0]! <= 50 && Number.isInteger(cs1Ms![0]));
    assert.ok(ssMs![0] === 7 || ssMs![0] === 8);
  }
  assert.deepEqual(drawnPoints('atlas', { count: 5, between }, 1), ten.slice(0, 5));
  assert.notDeepEqual(drawnPoints('atlas', { count: 10, between }, 2), ten);
  assert.ok(new Set(drawnPoints('x', { count: 200, between }, 3).map(({ cs1Ms }) => cs1Ms![0])).size > 40);
  assert.deepEqual(drawnPoints('atlas', undefined, 1), []);
});

test('a run of the atlas has drawn points beside those of the grid, unless its latencies are set', () => {
  const cells = (seed: number, settings = {}) =>
    cellsOf(atlas, { profile: 'quick', settings, variants: ['drain'], clock: 'virtual', seed });
  assert.equal(cells(1).length, 6);
  assert.equal(cells(1).filter(({ parameters: { cs1Ms, cs2Ms } }) => cs1Ms !== cs2Ms).length >= 3, true);
  assert.notDeepEqual(
    cells(1).map(({ id }) => id),
    cells(2).map(({ id }) => id),
  );
  assert.equal(
    cells(1, { cs1Ms: [3] }).length,
    1,
    'what is set replaces drawn points as it replaces the grid',
  );
});
