import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../analysis/claims.ts';
import type { Sample } from '../../analysis/sample.ts';
import type { Experiment } from '../../experiments/experiment.ts';
import fig10 from '../../experiments/fig10.ts';
import { aSample } from '../support/synthetic-samples.ts';

const shape: Experiment = { ...fig10, claims: fig10.claims.filter((claim) => claim.kind === 'valley') };
const waits = Array.from({ length: 11 }, (_, index) => index * 100);
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

function run(model: (point: Point) => number, state = (point: Point) => emptyAt(point) - point.waitMs) {
  return series.flatMap((parameters) =>
    waits.flatMap((waitMs): readonly Sample[] => {
      const point = { ...parameters, waitMs };
      const cell = { parameters: { ...point, lossPct: 0, jitterMs: 0 }, variant: 'baseline' };
      const octets = state(point) > 0 ? 128 + state(point) * 100 + 200 : 128;
      return [
        aSample({ ...cell, value: model(point) }),
        aSample({ ...cell, measure: 'state-bytes', value: octets }),
      ];
    }),
  );
}

const verdicts = (samples: readonly Sample[]) =>
  Object.fromEntries(judge(shape, samples).map((r) => [r.id.replace(/^.*:/, ''), r.verdict]));
const good = { falls: 'reproduced', place: 'reproduced', least: 'reproduced', rises: 'reproduced' };

test('a gap that falls, is least where the socket is empty, and rises by what is waited in vain', () => {
  assert.deepEqual(verdicts(run(gap)), good);
});

test('each of the four parts can fail alone', () => {
  const bump = run((p) => gap(p) + (p.waitMs === 200 ? 150 : 0));
  assert.deepEqual(verdicts(bump), { ...good, falls: 'deviates' });
  const half = run((p) => gap(p) - Math.max(0, p.waitMs - emptyAt(p)) / 2);
  assert.deepEqual(verdicts(half), { ...good, rises: 'deviates' });
  const higher = run((p) => gap(p) + 150);
  assert.deepEqual(verdicts(higher), { ...good, least: 'deviates' });
  const early = run(gap, (p) => emptyAt(p) - 300 - p.waitMs);
  assert.equal(verdicts(early).place, 'deviates');
});

test('a gap that only rises has no fall, one that only falls no rise', () => {
  assert.equal(verdicts(run((p) => 300 + p.waitMs)).falls, 'deviates');
  assert.equal(verdicts(run((p) => 3000 - p.waitMs)).rises, 'deviates');
});

test('where no series reaches an empty socket, nothing is judged', () => {
  const samples = run(gap, () => 1);
  assert.ok(Object.values(verdicts(samples)).every((verdict) => verdict === 'not run'));
  assert.match(judge(shape, samples)[0]!.reason, /2 of 2 series too short/);
});

test('the row of the minimum names the series farthest from the formula and the step as tolerance', () => {
  const [row] = judge(shape, run(gap)).filter((r) => r.id.endsWith(':least'));
  assert.equal(row?.tolerance, 100);
  assert.equal(row.expected, 6 * 20 + 3 * 20);
  assert.match(row.reason, /rateKbit=1000 csMs=20 ssMs=20/);
});
