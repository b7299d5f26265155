import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreementRows } from '../../analysis/agreement.ts';
import { combinationsOf, holdsIn, judgeAgreement } from '../../analysis/claims/agreement.ts';
import type { ClaimResult, Verdict } from '../../analysis/claims/result.ts';
import { judge } from '../../analysis/claims.ts';
import { figure } from '../../analysis/plots/figure.ts';
import type { Sample } from '../../analysis/sample.ts';
import type { AgreementClaim, Experiment } from '../../experiments/experiment.ts';
import sensitivity from '../../experiments/sensitivity.ts';
import { aSample } from '../support/synthetic-samples.ts';

const agreements = sensitivity.claims.filter((claim): claim is AgreementClaim => claim.kind === 'agreement');
const idsOf = ({ of }: AgreementClaim) => of.flatMap(({ claims }) => claims.map(({ id }) => id));

const row = (id: string, verdict: Verdict): ClaimResult => ({
  ...{ id, verdict, source: '', statement: '', reason: '' },
  ...{ about: 'paper', section: '§6.4', toleranceReason: '', refinedBy: [] },
});

const buckets = [1, 2, 3];
const one = (bucketFrames: number): Sample =>
  aSample({ cell: `${bucketFrames}`, parameters: { bucketFrames } });
const samples = buckets.map(one);

/** What becomes of the claim where in each combination (by its bucket; 2 is the default) these of its claims deviate, and the others hold. */
function verdictWith(claim: AgreementClaim, deviate: (bucketFrames: number, id: string) => boolean): Verdict {
  const judged = ({ claims }: Experiment, [sample]: readonly Sample[]) =>
    claims.map(({ id }) =>
      row(id, deviate(sample!.parameters.bucketFrames!, id) ? 'deviates' : 'reproduced'),
    );
  return judgeAgreement(sensitivity, claim, samples, judged).verdict;
}

test('each claim on what was chosen turns with one claim in one combination', () => {
  assert.ok(agreements.length > 0 && agreements.length === sensitivity.claims.length);
  for (const claim of agreements) {
    const first = idsOf(claim)[0]!;
    const nowhere = verdictWith(claim, () => false);
    const once = verdictWith(claim, (bucket, id) => bucket === 2 && id === first);
    const everywhere = verdictWith(claim, (_, id) => id === first);
    const found = [nowhere, once, everywhere];
    const expected = {
      always: ['reproduced', 'deviates', 'deviates'],
      never: ['deviates', 'deviates', 'reproduced'],
      sometimes: ['deviates', 'reproduced', 'deviates'],
      most: ['reproduced', 'deviates', 'reproduced'],
    }[claim.holds];
    assert.deepEqual(found, expected, claim.id);
  }
});

test('a claim that is refined, or lacks a row, does not hold; without evidence nothing is said of a combination', () => {
  const combination = (...verdicts: readonly Verdict[]) => ({
    ...{ name: '', values: {} },
    rows: verdicts.map((verdict, index) => row(`mine:${index}`, verdict)),
  });
  assert.equal(holdsIn(combination('reproduced', 'reproduced'), 'mine'), true);
  assert.equal(holdsIn(combination('reproduced', 'refined'), 'mine'), false);
  assert.equal(holdsIn(combination('not run', 'deviates'), 'mine'), false);
  assert.equal(holdsIn(combination('reproduced', 'not run'), 'mine'), undefined);
  assert.equal(holdsIn(combination(), 'mine'), undefined);
  const claim = agreements[0]!;
  const alone = judgeAgreement(sensitivity, claim, [one(2)], () => []);
  assert.equal(alone.verdict, 'not run');
  const two = (...counts: readonly number[]) => {
    const judged = ({ claims }: Experiment, [sample]: readonly Sample[]) =>
      sample!.parameters.bucketFrames === 1 ? [] : claims.map(({ id }) => row(id, 'reproduced'));
    return judgeAgreement(sensitivity, claim, counts.map(one), judged);
  };
  assert.match(two(1, 2, 3).reason, /1 of 3 combinations lack evidence/);
  assert.equal(two(1, 3).verdict, 'not run', 'the defaults are not there');
});

/** A claim that names no bucket, in an experiment whose default is two frames. */
const inner: Experiment = {
  ...sensitivity,
  claims: [
    {
      ...{ kind: 'value', id: 'mine', source: 'mine', statement: 'mine', measure: 'handoff-gap' },
      ...{ expected: () => 50, formula: '50', tolerance: 5, unit: 'ms' },
    },
  ],
};
const claim: AgreementClaim = {
  ...{ kind: 'agreement', id: 'agree', source: 'mine', statement: 'mine', measure: 'handoff-gap' },
  ...{ by: ['bucketFrames', 'windowBytes'], of: [inner], holds: 'sometimes' },
};
const measured = [
  aSample({ cell: 'c', parameters: { bucketFrames: 3, windowBytes: 57_344 }, value: 51 }),
  aSample({ cell: 'b', parameters: { bucketFrames: 1, windowBytes: 40_960 }, value: 70 }),
  aSample({ cell: 'a', parameters: { bucketFrames: 2, windowBytes: 40_960 }, value: 54 }),
];

test('in each combination its values are the defaults; the fewest changes come first', () => {
  const found = combinationsOf(sensitivity, claim, measured, judge);
  assert.deepEqual(
    found.map((combination) => [combination.name, holdsIn(combination, 'mine')]),
    [
      ['', true],
      ['bucketFrames=1', false],
      ['bucketFrames=3 windowBytes=57344', true],
    ],
  );
  const { verdict, measured: count, reason } = judge({ ...sensitivity, claims: [claim] }, measured)[0]!;
  assert.deepEqual([verdict, count], ['reproduced', 2]);
  assert.match(reason, /in 2 of 3 combinations; with the defaults, bucketFrames=3 windowBytes=57344/);
});

test('the figure has a row per claim and a column per combination', () => {
  const experiment = { ...sensitivity, claims: [claim] };
  const [line] = agreementRows(experiment, 'agree', measured);
  assert.equal(line?.expected, '50 ± 5');
  assert.deepEqual(
    line?.cells.map(({ measured: value }) => value),
    ['54', '70', '51'],
  );
  const plot = { ...sensitivity.plots[0]!, agreement: 'agree' };
  const spec = figure(plot, experiment, [], measured) as unknown as { data: { values: { text: string }[] } };
  assert.deepEqual(
    spec.data.values.map(({ text }) => text),
    ['✓ 54', '✗ 70', '✓ 51'],
  );
  assert.equal(figure(plot, experiment, [], []), undefined);
});
