import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Experiment, ParameterSpec } from '../../experiments/experiment.ts';
import { everyExperiment } from '../../experiments/index.ts';
import { cellsOf } from '../../runner/cells.ts';
import { procedures } from '../../runner/procedures/index.ts';
import { UsageError } from '../../runner/usage-error.ts';
import { provisionScript } from '../../topologies/provision.ts';
import { TopologyError } from '../../topologies/topology-error.ts';
import { validate } from '../../topologies/validate.ts';

/** Values that a parameter's bounds allow: both ends, what is between, and small ones as often as large ones. */
function within({ min, max, integer = false }: ParameterSpec): fc.Arbitrary<number> {
  const between = fc
    .double({ min: 0, max: 1, noNaN: true })
    .map((part) => (min > 0 ? min * (max / min) ** part : min + (max - min) * part ** 4));
  const whole = (value: number): number =>
    integer ? Math.min(max, Math.max(min, Math.round(value))) : value;
  return fc.oneof(fc.constant(min), fc.constant(max), between.map(whole));
}

/** Some of an experiment's parameters, the others at their defaults. */
function settingsOf({ parameters }: Experiment): fc.Arbitrary<Record<string, number[]>> {
  const each = Object.fromEntries(
    Object.entries(parameters).map(([name, spec]) => [name, within(spec).map((value) => [value])]),
  );
  return fc.record(each, { requiredKeys: [] }) as fc.Arbitrary<Record<string, number[]>>;
}

for (const experiment of everyExperiment)
  test(`${experiment.id}: settings within the bounds of list are a plan that can be run, or are refused with field, value and remedy`, () => {
    let planned = 0;
    fc.assert(
      fc.property(settingsOf(experiment), (settings) => {
        try {
          const selection = {
            profile: 'smoke',
            settings,
            variants: [],
            repetitions: 1,
            clock: 'virtual',
            seed: 1,
          };
          for (const cell of cellsOf(experiment, selection as Parameters<typeof cellsOf>[1])) {
            const plan = procedures[experiment.procedure]!(cell);
            validate(plan.topology);
            assert.ok(provisionScript(plan.topology).length > 0);
            for (const [name, value] of numbersOf([plan.daemons, plan.driver]))
              assert.ok(Number.isFinite(value), `${name} = ${value}`);
            planned++;
          }
        } catch (error) {
          if (error instanceof UsageError) {
            assert.ok(error.field !== '' && error.value !== '' && error.remedy !== '', String(error));
            return;
          }
          if (!(error instanceof TopologyError)) throw error;
          assert.ok(error.problems.length > 0, String(error));
        }
      }),
      { numRuns: 70, seed: 7 },
    );
    assert.ok(planned > 5, `only ${planned} plans`);
  });

/** Every number in a plan's configurations, with its field. */
function numbersOf(value: unknown, name = ''): [string, number][] {
  if (typeof value === 'number') return [[name, value]];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  return Object.entries(value).flatMap(([field, inner]) => numbersOf(inner, `${name}.${field}`));
}
