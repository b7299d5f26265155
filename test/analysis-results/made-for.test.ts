import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../analysis/claims.ts';
import { readSamples } from '../../analysis/csv.ts';
import { loadExperiments } from '../../analysis/report/load.ts';
import type { Sample } from '../../analysis/sample.ts';
import { isMadeFor } from '../../analysis/select.ts';
import { anyOf, namedBy } from '../../experiments/any-value.ts';
import {
  type Claim,
  type Clock,
  clocks,
  type Experiment,
  type ParameterSpec,
} from '../../experiments/experiment.ts';
import fig12 from '../../experiments/fig12.ts';
import { handoffExperiment } from '../../experiments/handoff-experiment.ts';
import { experiments } from '../../experiments/index.ts';
import { cellsOf } from '../../runner/cells.ts';
import { exitStatusOf } from '../../runner/exit-status.ts';
import { checkOwnExperiment } from '../../runner/own-experiment/check-experiment.ts';
import { claimsEvent } from '../../runner/results/analyze-run.ts';
import { aSample } from '../support/synthetic-samples.ts';

/** A cell with these settings, and a value of each measure in it that no claim expects. */
function oddSamples(experiment: Experiment, settings: Readonly<Record<string, number>>): readonly Sample[] {
  const lists = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, [value]]));
  return clocks.flatMap((clock) =>
    cellsOf(experiment, { profile: 'quick', settings: lists, variants: [], clock, seed: 1 }).flatMap((cell) =>
      experiment.measures.map(({ name, unit }) =>
        aSample({
          experiment: experiment.id,
          cell: cell.id,
          parameters: cell.parameters,
          variant: cell.variant,
          clock,
          measure: name,
          unit,
          value: -1e9,
        }),
      ),
    ),
  );
}

/** A value that is not the default, with the rest of the grid at values of the profile. */
const another = ({ default: usual, min, max }: ParameterSpec) => (usual === max ? min : max);

test('a run of fig12 with a smaller document judges nothing, says what is missing, prints what it measured, and is no failure', () => {
  const samples = oddSamples(fig12, { bytes: 600_000 });
  const claims = judge(fig12, samples);
  for (const claim of claims) {
    assert.equal(claim.verdict, 'not run', claim.id);
    assert.match(claim.reason, /needs bytes = 1000000, its default/, claim.id);
  }
  const summaries = [{ ...samples[0]!, n: 1, failed: 0, unsupported: 0, mean: 3 }] as unknown as Parameters<
    typeof claimsEvent
  >[0]['results']['summaries'];
  const results = { claims, samples, summaries, manifest: {} } as never;
  const analyzed = { experiment: fig12, name: 'fig12', manifest: { clock: 'virtual' } as never, results };
  const event = claimsEvent(analyzed);
  assert.ok(event.event === 'claims' && event.means !== undefined && event.means.length > 0);
  assert.equal(exitStatusOf([analyzed], { whole: [], partial: [], changes: [] }), 0);
});

for (const experiment of experiments) {
  test(`${experiment.id}: no claim says anything of a parameter’s other values unless it names it`, () => {
    for (const [name, spec] of Object.entries(experiment.parameters)) {
      const stray = experiment.claims.filter((claim) => !namedBy(claim).has(name));
      const samples = oddSamples(experiment, { [name]: another(spec) });
      const judged = judge({ ...experiment, claims: stray }, samples);
      const wrong = judged.filter(({ verdict }) => verdict !== 'not run').map(({ id }) => id);
      assert.deepEqual(wrong, [], name);
    }
  });

  test(`${experiment.id}: every claim was made for cells of the paper’s grid, and names what its formula is about`, () => {
    const cells = (['smoke', 'quick', 'paper'] as const).flatMap((profile) =>
      clocks.flatMap((clock: Clock) =>
        cellsOf(experiment, { profile, settings: {}, variants: [], clock, seed: 1 }),
      ),
    );
    const varied = new Set(
      Object.values(experiment.profiles).flatMap(({ grid }) => grid.flatMap((block) => Object.keys(block))),
    );
    for (const claim of experiment.claims) {
      assert.ok(
        cells.some((cell) => isMadeFor(experiment, claim, cell)),
        claim.id,
      );
      const unnamed = formulaParameters(claim).filter(
        (name) => varied.has(name) && !namedBy(claim).has(name),
      );
      assert.deepEqual(unnamed, [], claim.id);
    }
  });
}

/** Experiments that a published run is without, in the order of all. */
const notIn: Readonly<Record<string, readonly string[]>> = { quick: [], paper: ['atlas', 'churn'] };

for (const name of ['quick', 'paper'])
  test(`the published run ${name} has the verdicts that it was published with`, async () => {
    const root = new URL(`../../results/${name}/`, import.meta.url).pathname;
    const published = await loadExperiments(root);
    const without = experiments.filter(({ id }) => !published.some((one) => one.id === id));
    assert.deepEqual(
      without.map(({ id }) => id),
      notIn[name],
    );
    for (const { id, claims, known } of published) {
      const verdicts = judge(known!, await readSamples(`${root}/${id}`)).map((row) => [row.id, row.verdict]);
      assert.deepEqual(
        verdicts,
        claims.map((row) => [row.id, row.verdict]),
        id,
      );
    }
  });

test('a claim of one’s own is about the points of its grid, whatever --set says of the rest', () => {
  const claim: Claim = {
    kind: 'value',
    id: 'mine',
    source: 'mine',
    statement: 'The gap is the sum of its trips',
    measure: 'handoff-gap',
    where: { variant: 'drain' },
    expected: (p) => 6 * p.csMs!,
    formula: '6·L_CS',
    tolerance: 1,
    unit: 'ms',
  };
  const grid = [{ csMs: [20, 60], ssMs: [0], bytes: [700_000] }];
  const mine = checkOwnExperiment(
    'mine.ts',
    handoffExperiment({ id: 'mine', question: 'What?', grid, claims: [claim] }),
  );
  const verdict = (change: Readonly<Record<string, number>>) => {
    const parameters = { csMs: 60, ssMs: 0, bytes: 700_000, rateKbit: 2000, ...change };
    return judge(mine, [aSample({ parameters, value: 360 })])[0]!.verdict;
  };
  assert.equal(verdict({}), 'reproduced');
  assert.equal(verdict({ csMs: 30, bytes: 800_000 }), 'deviates', 'the grid names them');
  assert.equal(verdict({ rateKbit: 1000 }), 'not run');
  assert.equal(verdict({ cs1Ms: 60 }), 'not run', 'a parameter without a default is unset by default');
});

test('named is what stands in a condition, or what a claim goes over', () => {
  const base = { id: 'c', source: 's', statement: 's', measure: 'handoff-gap', unit: 'ms' };
  const constant: Claim = { ...base, kind: 'constant', over: 'rateKbit', tolerance: 1, where: anyOf('csMs') };
  assert.deepEqual([...namedBy(constant)].sort(), ['csMs', 'rateKbit']);
  const regression = fig12.claims.find(({ kind }) => kind === 'regression')!;
  assert.ok(namedBy(regression).has('csMs'));
});

/** What a claim's functions read of a cell. */
function formulaParameters(claim: Claim): readonly string[] {
  const read = new Set<string>();
  const cell = new Proxy({} as Record<string, number>, {
    get: (_, name) => {
      read.add(String(name));
      return 1;
    },
  });
  const other = new Proxy({} as Record<string, number>, { get: () => 1 });
  if (claim.kind === 'value') {
    claim.expected(cell);
    if (typeof claim.tolerance === 'function') claim.tolerance(cell);
  }
  if (claim.kind === 'proportion') for (const formula of [claim.expectedPct, claim.trials]) formula(cell);
  if (claim.kind === 'valley') {
    if (claim.part.name === 'least') claim.part.expected(cell);
    if (claim.part.name === 'place') claim.part.early(cell);
  }
  if (claim.kind === 'regression') for (const { value } of claim.terms) value?.(cell, other);
  return [...read];
}
