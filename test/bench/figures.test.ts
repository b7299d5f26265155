import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figuresOf as comparedFigures } from '../../bench/compared.ts';
import type { MachineState } from '../../bench/machine.ts';
import { asMarkdown, asText } from '../../bench/present.ts';
import { aimText, figureText, summaryOf } from '../../bench/summary.ts';

test('a figure is told by count, least, median and largest', () => {
  const summary = summaryOf({ name: 'speed', unit: '×', values: [300, 100, 250, 200] });
  assert.deepEqual(
    { n: summary.n, min: summary.min, median: summary.median, max: summary.max },
    { n: 4, min: 100, median: 225, max: 300 },
  );
  assert.equal('met' in summary, false);
});

test('the median is held against the aim, which may be a least or a most', () => {
  const of = (values: readonly number[], at: 'least' | 'most') =>
    summaryOf({ name: 'speed', unit: '×', values, aim: { at, value: 250 } });
  assert.equal(aimText(of([100, 250, 400], 'least')), '≥ 250: met');
  assert.equal(aimText(of([100, 249, 400], 'least')), '≥ 250: missed');
  assert.equal(aimText(of([100, 250, 400], 'most')), '≤ 250: met');
  assert.equal(aimText(of([100, 251, 400], 'most')), '≤ 250: missed');
});

test('a figure without values, or with one that is none, is an error', () => {
  assert.throws(() => summaryOf({ name: 'speed', unit: '×', values: [] }), /speed has no values/);
  assert.throws(() => summaryOf({ name: 'speed', unit: '×', values: [1, Number.NaN] }), /no number/);
});

test('three significant digits, without powers of ten', () => {
  assert.deepEqual([0, 0.0586, 9.765, 44.71, 1071.4, -69.4, 0.00000012].map(figureText), [
    '0',
    '0.0586',
    '9.77',
    '44.7',
    '1071',
    '-69.4',
    '0.000000',
  ]);
});

const report = {
  benchmark: 'transfer',
  question: 'how fast?',
  figures: [
    summaryOf({ name: 'virtual ÷ wall', unit: '×', values: [310], aim: { at: 'least', value: 250 } }),
  ],
  notes: ['One transfer takes 4.3 s.'],
  seconds: 10,
};

test('a table in Markdown says where and under which load it was measured', () => {
  const machine: MachineState = {
    startedAt: '2026-11-22T20:05:27.123Z',
    commit: 'baeac1a+',
    processor: 'AMD EPYC',
    processors: 2,
    kernel: '6.18',
    node: '24.21.0',
    loadBefore: [4.38, 2.76, 2.45],
    loadAfter: [4.86, 2.95, 2.52],
  };
  const lines = asMarkdown([report], machine).split('\n');
  assert.equal(
    lines[0],
    '2026-11-22 20:05 UTC, commit baeac1a+, 2 × AMD EPYC, Linux 6.18, Node 24.21.0; load average 4.38 2.76 2.45 before, 4.86 2.95 2.52 after.',
  );
  assert.equal(lines[4], '| transfer | virtual ÷ wall | × | 1 | 310 | 310 | 310 | ≥ 250: met |');
  const columns = lines.slice(2, 5).map((line) => line.split('|').length);
  assert.deepEqual(columns, [10, 10, 10]);
  assert.ok(lines.includes('- transfer: One transfer takes 4.3 s.'));
});

test('for a terminal: a line per figure', () => {
  assert.equal(
    asText(report),
    'transfer: how fast? (min / median / max)\n' +
      '  virtual ÷ wall  310 / 310 / 310 ×  n=1  ≥ 250: met\n' +
      '  - One transfer takes 4.3 s.\n',
  );
});

test('a comparison tells both arms, and the ratio of each round by itself', () => {
  const round = { transfer: 0.02, session: 0.04, sessionAnalysis: 0.005, fig12: 2, takeover: 3, churn: 5 };
  const half = { ...round, session: 0.02, fig12: 1 };
  const figures = comparedFigures([
    { before: round, now: half },
    { before: { ...round, fig12: 4 }, now: half },
  ]);
  const values = Object.fromEntries(figures.map((figure) => [figure.name, figure.values]));
  assert.deepEqual(values['a cell of fig12, before'], [2, 4]);
  assert.deepEqual(values['a cell of fig12, now'], [1, 1]);
  assert.deepEqual(values['a cell of fig12, now ÷ before'], [0.5, 0.25]);
  assert.deepEqual(values['a session with handoff more, now'], [20, 20]);
  assert.deepEqual(values['a session ÷ a transfer, before'], [2, 2]);
  assert.deepEqual(values['a session ÷ a transfer, now'], [1, 1]);
});
