import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Comparison, compareVariants } from '../../analysis/compare/compare.ts';
import { comparisonFigure } from '../../analysis/compare/figure.ts';
import { stratifiedInterval } from '../../analysis/compare/stratified.ts';
import { verdict } from '../../analysis/compare/verdict.ts';
import { comparisonCsv } from '../../analysis/compare/write.ts';
import { nameInUnit, withUnit } from '../../analysis/number.ts';
import { renderSvg } from '../../analysis/plots/render.ts';
import type { Sample } from '../../analysis/sample.ts';
import { aSample } from '../support/synthetic-samples.ts';

const question = { experiment: 'fig12', measure: 'handoff-gap', a: 'drain', b: 'drain+advance-rr' };

/** Two grid points, three repetitions: b saves 100 ms at the one and 200 ms at the other, give or take 1 ms. */
function run(): readonly Sample[] {
  return [10, 40].flatMap((csMs) =>
    [0, 1, 2].flatMap((repetition) => {
      const gap = 5 * csMs + 300 + 50 * repetition;
      const saved = (csMs === 10 ? 100 : 200) + repetition - 1;
      const cell = { parameters: { csMs, ssMs: 20 }, repetition };
      return [
        aSample({ ...cell, variant: 'drain', value: gap }),
        aSample({ ...cell, variant: 'drain+advance-rr', value: gap - saved }),
      ];
    }),
  );
}

function compared(samples: readonly Sample[]): Comparison {
  const outcome = compareVariants(samples, question);
  assert.ok(outcome.kind === 'comparison', outcome.kind === 'refused' ? outcome.reason : '');
  return outcome;
}

function refusal(samples: readonly Sample[]): string {
  const outcome = compareVariants(samples, question);
  assert.ok(outcome.kind === 'refused', 'was compared');
  return outcome.reason;
}

test('differences are taken pair by pair: what repetitions share is no uncertainty', () => {
  const { points, overall } = compared(run());
  assert.deepEqual(
    points.map(({ name, n, difference }) => [name, n, difference.value]),
    [
      ['csMs=10', 3, -100],
      ['csMs=40', 3, -200],
    ],
  );
  const { low, high } = points[0]!.difference.interval!;
  assert.ok(low >= -101 && high <= -99, `${low} … ${high}: the values themselves spread over 100 ms`);
  assert.equal(overall.difference.value, -150);
  // Within its grid points the difference varies by 1 ms: so does the whole, though the points lie 100 ms apart.
  assert.ok(overall.difference.interval!.high - overall.difference.interval!.low < 2);
});

test('the ratio is the geometric mean of the pairs’ ratios, and absent where a value is not above 0', () => {
  const [first] = compared(run()).points;
  const expected = Math.cbrt((251 / 350) * (300 / 400) * (349 / 450));
  assert.ok(Math.abs(first!.ratio!.value - expected) < 1e-12);
  const overlap = run().map((s, i) => (i === 1 ? { ...s, value: -3 } : s));
  assert.equal(compared(overlap).points[0]!.ratio, undefined);
  assert.ok(compared(overlap).points[1]!.ratio !== undefined);
});

test('data that cannot be paired is refused, with the reason', () => {
  const samples = run();
  assert.match(refusal(samples.slice(1)), /only drain\+advance-rr has csMs=10 ssMs=20 seed=7 repetition 0/);
  assert.match(
    refusal(samples.map((s, i) => (i === 3 ? { ...s, clock: 'wall' } : s))),
    /two clocks, virtual and wall/,
  );
  assert.match(refusal(samples.map((s, i) => (i === 0 ? { ...s, seed: 8 } : s))), /only drain has .*seed=8/);
  assert.match(refusal([...samples, samples[0]!]), /more than once/);
  assert.match(
    refusal(samples.filter((s) => s.variant === 'drain')),
    /no handoff-gap of variant drain\+advance/,
  );
  assert.match(
    refusal(samples.map((s) => ({ ...s, outcome: 'failed' as const }))),
    /no repetition succeeded/,
  );
});

test('a repetition that failed under one variant leaves its pair out, and is counted', () => {
  const { points, overall } = compared(
    run().map((s, i) => {
      if (i !== 0) return s;
      const { value: _, ...rest } = s;
      return { ...rest, outcome: 'failed' as const };
    }),
  );
  assert.deepEqual([points[0]!.n, points[0]!.leftOut, overall.n, overall.leftOut], [2, 1, 5, 1]);
  assert.equal(points[0]!.difference.value, -100.5);
});

test('one sentence: how many points, by how much; a difference whose interval holds 0 is not told apart', () => {
  const text = verdict(compared(run()));
  assert.match(
    text,
    /^With drain\+advance-rr instead of drain the handoff-gap is smaller at 2 of 2 grid points; over all 6 pairs: −150\.0 ms \[/,
  );
  const noisy = run().map((s) =>
    s.variant === 'drain' || s.parameters.csMs === 10
      ? s
      : { ...s, value: s.value! + 200 + (s.repetition - 1) * 50 },
  );
  assert.match(verdict(compared(noisy)), /smaller at 1, not told apart at 1 of 2 grid points/);
  const single = run().filter((s) => s.repetition === 0 && s.parameters.csMs === 10);
  const swapped = compareVariants(single, { ...question, a: question.b, b: question.a });
  assert.ok(swapped.kind === 'comparison');
  assert.match(
    verdict(swapped),
    /larger at 1 of 1 grid point; over all 1 pair: \+99\.0 ms, \+39\.4 %\. No interval: each grid point has one pair, /,
  );
});

test('what has no unit is told without one', () => {
  const counted = run().map((sample) => ({ ...sample, unit: '' }));
  assert.match(verdict(compared(counted)), /over all 6 pairs: −150\.0 \[/);
  assert.equal(withUnit('−150.0', ''), '−150.0');
  assert.equal(withUnit('3', 'ms'), '3 ms');
  assert.deepEqual([nameInUnit('handoffs', ''), nameInUnit('gap', 'ms')], ['handoffs', 'gap (ms)']);
});

test('the same samples give the same table in any order; a row per point, the last over all', () => {
  const csv = comparisonCsv(compared(run()));
  const sorted = [...run()].sort((x, y) => (x.variant < y.variant ? 1 : -1) || x.repetition - y.repetition);
  assert.equal(comparisonCsv(compared(sorted)), csv);
  const rows = csv.trim().split('\n');
  assert.deepEqual(
    rows.map((row) => row.split(',')[0]),
    ['grid_point', 'csMs=10', 'csMs=40', 'all'],
  );
  assert.match(rows[1]!, /^csMs=10,handoff-gap,ms,virtual,drain,drain\+advance-rr,3,0,400,300,-100,/);
});

test('the figure shows both means and the difference in words', async () => {
  const svg = await renderSvg(comparisonFigure(compared(run())));
  for (const words of ['csMs=10', 'drain+advance-rr', '−100.0 ms [', 'handoff-gap (ms)'])
    assert.ok(svg.includes(words), words);
  assert.ok(!/undefined|NaN|null/.test(svg));
});

test('the interval over strata covers the truth about 95 times in 100, however far they lie apart', () => {
  let covered = 0;
  let seed = 1;
  const uniform = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  for (let trial = 0; trial < 200; trial += 1) {
    const strata = [0, 1000].map((centre) => Array.from({ length: 20 }, () => centre + uniform()));
    const { low, high } = stratifiedInterval(strata, `trial ${trial}`)!;
    if (low <= 500.5 && 500.5 <= high) covered += 1;
    assert.ok(high - low < 0.4);
  }
  assert.ok(covered >= 178 && covered <= 198, `${covered} of 200`);
  assert.equal(stratifiedInterval([[1, 2], [3]], 'one value'), undefined);
});
