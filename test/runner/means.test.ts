import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../../analysis/results.ts';
import type { Sample } from '../../analysis/sample.ts';
import fig12 from '../../experiments/fig12.ts';
import { claimsText } from '../../runner/progress/wording.ts';
import { claimsEvent } from '../../runner/results/analyze-run.ts';

function textOf(csMs: number): string {
  const parameters = { csMs, ssMs: 20, rateKbit: 2000, waitMs: 0, lossPct: 0, jitterMs: 0 };
  const samples = [42, 43].map(
    (value, repetition): Sample => ({
      ...{
        experiment: 'fig12',
        cell: `csMs=${csMs}`,
        parameters,
        variant: 'drain',
        clock: 'virtual',
        seed: 1,
      },
      ...{ repetition, measure: 'handoff-gap', value, unit: 'ms', outcome: 'succeeded', reason: '' },
    }),
  );
  const event = claimsEvent({
    experiment: fig12,
    name: 'fig12',
    manifest: { clock: 'virtual' } as never,
    results: evaluate(fig12, samples),
  });
  assert.equal(event.event, 'claims');
  return event.event === 'claims' ? claimsText(event, false) : '';
}

test('where no claim says anything of a run, the terminal shows what was measured', () => {
  assert.match(textOf(7), /measured:\n {2}csMs=7 {2}handoff-gap 42\.5 ms \(n = 2\)\n/);
});

test('where a claim was judged, its table is enough', () => {
  const text = textOf(40);
  assert.match(text, /deviates/);
  assert.doesNotMatch(text, /measured:/);
});
