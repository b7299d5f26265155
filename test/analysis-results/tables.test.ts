import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClaimResult } from '../../analysis/claims.ts';
import { claimsTable } from '../../analysis/tables.ts';

const base = {
  about: 'paper',
  section: '§6.4',
  source: 'paper',
  statement: 'words',
  reason: '',
  toleranceReason: '',
  refinedBy: [],
} as const;
const results: readonly ClaimResult[] = [
  {
    ...base,
    id: 'short',
    expected: 6,
    tolerance: 0.05,
    measured: 6.0000091,
    ci95Low: 5.99917,
    ci95High: 6.00085,
    verdict: 'reproduced',
  },
  { ...base, id: 'worded', about: 'ours', verdict: 'refined', reason: 'what is so instead: short' },
  {
    ...base,
    id: 'a-longer-id',
    expected: 300,
    tolerance: 1,
    measured: 302.5,
    verdict: 'deviates',
    reason: 'csMs=40 (+2.5 ms)',
  },
  { ...base, id: 'none', expected: 3, tolerance: 0.05, verdict: 'not run', reason: 'no cell' },
];

test('an aligned table with marks, reasons and totals', () => {
  assert.equal(
    claimsTable(results),
    [
      '   claim        expected  measured  95 % interval',
      '✓  short        6 ± 0.05         6  [5.999, 6.001]',
      '≈  worded',
      '    refined: what is so instead: short',
      '✗  a-longer-id   300 ± 1     302.5',
      '    deviates: csMs=40 (+2.5 ms)',
      '–  none         3 ± 0.05',
      '    not run: no cell',
      '',
      'of the paper: 1 reproduced, 0 refined, 1 deviates, 1 not run',
      'beyond it: 0 reproduced, 1 refined, 0 deviates, 0 not run',
      '',
    ].join('\n'),
  );
});

test('colour only when asked for', () => {
  assert.ok(!claimsTable(results).includes('\u001b'));
  assert.ok(claimsTable(results, { colour: true }).includes('\u001b[31m✗'));
});

test('no claims', () => {
  assert.equal(claimsTable([]), 'no claims\n');
});
