import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../analysis/claims.ts';
import type { Sample } from '../../analysis/sample.ts';
import type { Experiment } from '../../experiments/experiment.ts';
import fig10 from '../../experiments/fig10.ts';
import { aSample } from '../support/synthetic-samples.ts';

const shape: Experiment = { ...fig10, claims: fig10.claims.filter((claim) => claim.kind === 'valley') };
const waits = Array.from({ length: 41 }, (_, index) => index * 25);
const series = [
  { rateKbit: 1000, csMs: 20, ssMs: 20 },
  { rateKbit: 2000, csMs: 40, ssMs: 80 },
];

interface Point {
  readonly waitMs: number;
  readonly rateKbit: number;
  readonly csMs: number;
  readonly ssMs: number;
}

/** When the socket is empty: 80 kB at the rate, and a round trip. */
const emptyAt = ({ rateKbit, csMs }: Point) => 640_000 / rateKbit + 2 * csMs;

/** The gap over the waiting time: what is left takes its time at the rate, or what was waited in vain is added. */
function gap(point: Point): number {
  const { waitMs, csMs, ssMs } = point;
  return 6 * csMs + 3 * ssMs + Math.abs(waitMs - emptyAt(point));
}

function run(model: (point: Point) => number, at: readonly number[] = waits, empty = emptyAt) {
  return series.flatMap((parameters) =>
    at.flatMap((waitMs): readonly Sample[] => {
      const point = { ...parameters, waitMs };
      const cell = { parameters: { ...point, lossPct: 0, jitterMs: 0 }, variant: 'baseline' };
      const since = waitMs - empty(point);
      return [
        aSample({ ...cell, value: model(point) }),
        aSample({ ...cell, measure: 'state-bytes', value: since < 0 ? 328 - since * 100 : 128 }),
        aSample({ ...cell, measure: 'after-empty', value: since }),
      ];
    }),
  );
}

const verdicts = (samples: readonly Sample[]) =>
  Object.fromEntries(judge(shape, samples).map((r) => [r.id.replace('fig10-', ''), r.verdict]));
const reproduced = 'reproduced';
const good = {
  falls: reproduced,
  rises: reproduced,
  place: reproduced,
  plateau: reproduced,
  least: reproduced,
};

test('a gap that falls, is least where the socket is empty, and rises by what is waited in vain', () => {
  assert.deepEqual(verdicts(run(gap)), good);
});

test('each part can fail alone', () => {
  const bump = run((p) => gap(p) + (p.waitMs === 200 ? 150 : 0));
  assert.deepEqual(verdicts(bump), { ...good, falls: 'deviates' });
  const half = run((p) => gap(p) - Math.max(0, p.waitMs - emptyAt(p)) / 2);
  assert.deepEqual(verdicts(half), { ...good, rises: 'deviates' });
  const higher = run((p) => gap(p) + 30);
  assert.deepEqual(verdicts(higher), { ...good, least: 'deviates' });
  const lower = run((p) => gap(p) - 30);
  assert.deepEqual(verdicts(lower), { ...good, least: 'deviates' });
});

test('a minimum on the plateau of one round trip is refined, one before it or behind the socket’s end deviates', () => {
  const shifted = (ms: (p: Point) => number) => verdicts(run((p) => gap({ ...p, waitMs: p.waitMs + ms(p) })));
  assert.equal(shifted((p) => 2 * p.csMs).place, 'refined');
  assert.equal(shifted((p) => 2 * p.csMs).plateau, 'reproduced');
  assert.deepEqual(
    [shifted((p) => 2 * p.csMs + 50)].map((v) => [v.place, v.plateau]),
    [['deviates', 'deviates']],
  );
  assert.equal(shifted(() => -50).place, 'deviates');
});

test('where the grid is too coarse beside the minimum, its place and value are not judged; the slopes are', () => {
  const coarse = verdicts(
    run(
      gap,
      waits.filter((wait) => wait % 100 === 0),
    ),
  );
  assert.deepEqual(coarse, { ...good, place: 'not run', plateau: 'not run', least: 'not run' });
  const [row] = judge(shape, run(gap, [0, 500, 1000])).filter(({ id }) => id === 'fig10-least');
  assert.match(row!.reason, /2 of 2 series with steps of more than 25 beside the minimum/);
});

test('a gap that only rises has no fall, one that only falls no rise', () => {
  assert.equal(verdicts(run((p) => 300 + p.waitMs)).falls, 'deviates');
  assert.equal(verdicts(run((p) => 3000 - p.waitMs)).rises, 'deviates');
});

test('where no series reaches an empty socket, nothing is judged', () => {
  const never = run(gap, waits, () => 5000);
  for (const verdict of Object.values(verdicts(never))) assert.equal(verdict, 'not run');
});

test('the row of the minimum names the series farthest from the formula, and the tolerance that no grid sets', () => {
  const high = (p: Point) => (p.rateKbit === 1000 ? 40 : 0);
  const results = judge(
    shape,
    run((p) => gap(p) + high(p)),
  );
  const least = results.find(({ id }) => id === 'fig10-least')!;
  assert.deepEqual([least.expected, least.tolerance], [180, 25]);
  assert.match(least.reason, /rateKbit=1000 csMs=20 ssMs=20/);
});
