import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figure } from '../../analysis/plots/figure.ts';
import { renderSvg } from '../../analysis/plots/render.ts';
import { evaluate } from '../../analysis/results.ts';
import { isMadeFor, meets } from '../../analysis/select.ts';
import { formulae } from '../../experiments/atlas/formulae.ts';
import atlas from '../../experiments/atlas.ts';
import type { Parameters } from '../../experiments/experiment.ts';
import { syntheticSamples } from '../support/synthetic-samples.ts';

const gapOf = (p: Parameters, variant: string): number =>
  formulae.find((formula) => formula.variant === variant)!.gap(p);

test('the ranking has a row per variant, the least first, with a point for each of three triples and a stroke where a formula is', async () => {
  const run = {
    experiment: atlas,
    profile: 'quick',
    measure: 'handoff-gap',
    unit: 'ms',
    model: gapOf,
  } as const;
  const { summaries } = evaluate(atlas, syntheticSamples(run));
  const plot = atlas.plots.find(({ id }) => id === 'atlas-ranking')!;
  const spec = figure(plot, atlas, summaries)! as unknown as {
    readonly data: { readonly values: readonly { kind: string; variant: string; point: string }[] };
    readonly layer: readonly { readonly encoding: { readonly y: { readonly sort: readonly string[] } } }[];
  };
  const order = spec.layer[0]!.encoding.y.sort;
  assert.deepEqual([...order].sort(), [...atlas.variants].sort());
  const named = ['timed', 'none', 'drain+advance-rr', 'drain'];
  assert.deepEqual(
    order.filter((variant) => named.includes(variant)),
    named,
  );
  const measured = spec.data.values.filter(({ kind }) => kind === 'measured');
  assert.equal(measured.length, 3 * atlas.variants.length);
  assert.deepEqual(
    [...new Set(measured.map(({ point }) => point))].sort(),
    ['37/13/29', '40/40/20', '40/40/80'].map((name) => `L1/L2/S = ${name} ms`),
  );
  const whole = formulae.filter(({ measure }) => measure === 'handoff-gap');
  assert.equal(spec.data.values.filter(({ kind }) => kind === 'formula').length, 3 * whole.length);
  assert.match(await renderSvg(spec as never), /drain\+advance-rr/);
});

test('a condition may allow for a parameter that is unset, and be a list of numbers', () => {
  assert.equal(meets(undefined, { orUnset: true }), true);
  assert.equal(meets(undefined, {}), false);
  assert.equal(meets(undefined, { min: 3 }), false);
  assert.equal(meets(37, { min: 37, max: 37, orUnset: true }), true);
  assert.equal(meets(36, { min: 37, max: 37, orUnset: true }), false);
  assert.equal(meets(80, [20, 80]), true);
  assert.equal(meets(29, [20, 80]), false);
  assert.equal(meets(undefined, [20, 80]), false);
});

test('a formula is claimed of cells with latencies of their own and of those without, and of no loss', () => {
  const claim = atlas.claims.find(({ id }) => id === 'atlas-drain')!;
  const { parameters } = atlas;
  const usual = Object.fromEntries(
    Object.entries(parameters).flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [[name, value]],
    ),
  ) as Parameters;
  const made = (p: Parameters, variant = 'drain', clock: 'virtual' | 'wall' = 'virtual') =>
    isMadeFor(atlas, claim, { parameters: { ...usual, ...p }, variant, clock });
  assert.equal(made({ csMs: 10, ssMs: 7 }), true);
  assert.equal(made({ cs1Ms: 10, cs2Ms: 20, ssMs: 7 }), true);
  assert.equal(made({ lossPct: 1 }), false);
  assert.equal(made({}, 'none'), false);
  assert.equal(made({}, 'drain', 'wall'), false);
});
