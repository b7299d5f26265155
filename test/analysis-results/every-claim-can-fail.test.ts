import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binomialInterval } from '../../analysis/binomial.ts';
import { judge } from '../../analysis/claims.ts';
import type { Sample } from '../../analysis/sample.ts';
import atlasRough from '../../experiments/atlas-rough.ts';
import {
  type Claim,
  clocks,
  type Experiment,
  type RegressionClaim,
  type ValleyClaim,
} from '../../experiments/experiment.ts';
import faults from '../../experiments/faults.ts';
import { experiments } from '../../experiments/index.ts';
import type { Cell } from '../../runner/cells.ts';
import { cellsFor, othersOf, samplesOf, type Values } from '../support/claimed-world.ts';

/** What a claim is judged as in a world, by row; without the claims that refine it. */
function judged(experiment: Experiment, claim: Claim, samples: readonly Sample[]) {
  const { refinedBy: _, ...alone } = claim;
  return judge({ ...experiment, claims: [alone as Claim] }, samples).map(
    ({ id, verdict }) => [id, verdict] as const,
  );
}

/** A world in which the claim holds to its very limit, and one just beyond, by row of the claim. */
interface Worlds {
  readonly row: string;
  readonly within: readonly Sample[];
  readonly beyond: readonly Sample[];
}

/** Beyond by a thousandth of what is tolerated, or where nothing is, by the least that is written down. */
const beyond = (tolerance: number) => tolerance * 1.001 + 2e-6;

function worldsOf(experiment: Experiment, claim: Claim): readonly Worlds[] {
  const cells = cellsFor(experiment, claim);
  const world = (
    valueIn: (cell: Cell, index: number) => number,
    last?: (values: Values, cell: Cell) => void,
  ) =>
    samplesOf(experiment, cells, (cell, index) => {
      const values = { ...othersOf(claim, cell.parameters, index), [claim.measure]: valueIn(cell, index) };
      last?.(values, cell);
      return values;
    });
  const farthest = cells.length - 1;
  switch (claim.kind) {
    case 'value': {
      const toleranceOf = (cell: Cell) =>
        typeof claim.tolerance === 'number' ? claim.tolerance : claim.tolerance(cell.parameters);
      const off = (by: (tolerance: number) => number, sign: number) =>
        world(
          (cell, index) =>
            claim.expected(cell.parameters) + (index === farthest ? sign * by(toleranceOf(cell)) : 0),
        );
      return [1, -1].map((sign) => ({
        row: claim.id,
        within: off((tolerance) => Math.max(0, tolerance - 1e-6), sign),
        beyond: off(beyond, sign),
      }));
    }
    case 'proportion': {
      const share = (extra: number) =>
        world((cell, index) => {
          const expected = claim.expectedPct(cell.parameters);
          const trials = claim.trials(cell.parameters);
          const level = 1 - (1 - claim.confidence) / cells.length;
          const { high } = binomialInterval(trials, expected / 100, level);
          return index === farthest ? (100 * (high + extra)) / trials : expected;
        });
      return [{ row: claim.id, within: share(0), beyond: share(1) }];
    }
    case 'regression':
      return regressionWorlds(claim, experiment, cells);
    case 'bound': {
      const { min, max } = claim.range;
      const whole = 1000;
      const at = (edge: number) =>
        world(
          () => (claim.shareOf === undefined ? edge : edge * whole),
          (values) => {
            if (claim.shareOf !== undefined) values[claim.shareOf] = whole;
          },
        );
      return [
        ...(max === undefined
          ? []
          : [{ row: claim.id, within: at(max), beyond: at(max + beyond(Math.abs(max)) - Math.abs(max)) }]),
        ...(min === undefined ? [] : [{ row: claim.id, within: at(min), beyond: at(min - 2e-6) }]),
      ];
    }
    case 'constant': {
      const first = cells[0]!.parameters[claim.over];
      const apart = (by: number) =>
        world(({ parameters }) => 10 + (parameters[claim.over] === first ? by : 0));
      return [{ row: claim.id, within: apart(claim.tolerance), beyond: apart(beyond(claim.tolerance)) }];
    }
    case 'monotone': {
      const values = [...new Set(cells.map(({ parameters }) => parameters[claim.over]!))].sort(
        (a, b) => a - b,
      );
      const sign = claim.direction === 'rises' ? 1 : -1;
      const step = (last: number) =>
        world(({ parameters }) => {
          const at = values.indexOf(parameters[claim.over]!);
          return 100 + sign * (at === values.length - 1 ? at - 1 + last : at);
        });
      return [{ row: claim.id, within: step(1e-3), beyond: step(0) }];
    }
    case 'order': {
      const order = (late: number) =>
        samplesOf(experiment, cells, ({ parameters }, index) => {
          const values: Values = othersOf(claim, parameters, index);
          for (const [place, stage] of claim.stages.entries())
            for (const name of stage)
              values[name] = 10 + place - (place === claim.stages.length - 1 ? late : 0);
          return values;
        });
      return [{ row: claim.id, within: order(0.999), beyond: order(1) }];
    }
    case 'valley':
      return valleyWorlds(claim, experiment, cells);
    case 'paired': {
      const partner = world(() => 100).map((sample) => ({ ...sample, variant: claim.lessVariant }));
      const more = (by: number) => [...world((_, index) => 100 + (index === farthest ? by : 0)), ...partner];
      return [{ row: claim.id, within: more(claim.atMost), beyond: more(claim.worst + 1e-3) }];
    }
    case 'agreement':
      // Of other claims: test/sensitivity/agreement.test.ts turns each.
      return [];
    default:
      return claim satisfies never;
  }
}

function regressionWorlds(
  claim: RegressionClaim,
  experiment: Experiment,
  cells: readonly Cell[],
): readonly Worlds[] {
  const off = (row: number, by: number) =>
    samplesOf(experiment, cells, ({ parameters }, index) => {
      const others = othersOf(claim, parameters, index);
      const columns = claim.terms.map(({ parameter, value }) =>
        value === undefined ? parameters[parameter]! : value(parameters, others),
      );
      const slopes = claim.terms.map(({ expected }, term) => expected + (term === row ? by : 0));
      const offset = (claim.intercept.expected ?? 5) + (row === claim.terms.length ? by : 0);
      const value = columns.reduce((sum, column, term) => sum + slopes[term]! * column, offset);
      return { ...others, [claim.measure]: value };
    });
  // What is compared with another variant is seen from one that takes no time at all.
  const withPartners = (samples: readonly Sample[]) =>
    claim.lessVariant === undefined
      ? samples
      : [...samples, ...samples.map((sample) => ({ ...sample, variant: claim.lessVariant!, value: 0 }))];
  const { expected, tolerance = 0 } = claim.intercept;
  const rows = [
    ...claim.terms.map(({ parameter, tolerance: tolerated }) => [parameter, tolerated] as const),
    ...(expected === undefined ? [] : [['intercept', tolerance] as const]),
  ];
  return rows.flatMap(([name, tolerated], row) =>
    [1, -1].map((sign) => ({
      row: `${claim.id}:${name}`,
      within: withPartners(off(row, sign * tolerated * 0.999)),
      beyond: withPartners(off(row, sign * beyond(tolerated))),
    })),
  );
}

/** The socket is empty from 500 ms on in every series; the least gap is then, or where a claim says it may be. */
function valleyWorlds(claim: ValleyClaim, experiment: Experiment, cells: readonly Cell[]): readonly Worlds[] {
  const emptyAt = 500;
  interface Shape {
    /** of the minimum against emptyAt, ms */
    readonly shift?: (cell: Cell) => number;
    readonly least?: number;
    readonly slope?: number;
    readonly bump?: number;
  }
  const world = ({ shift = () => 0, least = 0, slope = 1, bump = 0 }: Shape) =>
    samplesOf(experiment, cells, (cell) => {
      const wait = cell.parameters[claim.over]!;
      const floor = claim.part.name === 'least' ? claim.part.expected(cell.parameters) : 300;
      const from = wait - (emptyAt + shift(cell));
      const gap = floor + least + (from > 0 ? slope * from : -2 * from) + (wait === 200 ? bump : 0);
      return {
        [claim.measure]: gap,
        [claim.begins.measure]: wait >= emptyAt ? claim.begins.atMost : claim.begins.atMost + 1,
        [claim.begins.since]: wait - emptyAt,
      };
    });
  const row = claim.id;
  const { part } = claim;
  if (part.name === 'falls') return [{ row, within: world({}), beyond: world({ bump: 51 }) }];
  if (part.name === 'rises') {
    const by = (slope: number) => world({ slope: part.expected + slope });
    return [{ row, within: by(part.tolerance * 0.999), beyond: by(beyond(part.tolerance)) }];
  }
  if (part.name === 'least') {
    return [1, -1].map((sign) => ({
      row,
      within: world({ least: sign * part.tolerance }),
      beyond: world({ least: sign * beyond(part.tolerance) }),
    }));
  }
  const grid = 25;
  const down = ({ parameters }: Cell) => -Math.floor(part.early(parameters) / grid) * grid;
  return [
    { row, within: world({ shift: down }), beyond: world({ shift: (cell) => down(cell) - grid }) },
    { row, within: world({ shift: () => part.late }), beyond: world({ shift: () => part.late + grid }) },
  ];
}

for (const experiment of [...experiments, atlasRough, faults]) {
  test(`${experiment.id}: every claim is reproduced to the limit of what it tolerates, and deviates just beyond`, () => {
    for (const claim of experiment.claims) {
      const worlds = worldsOf(experiment, claim);
      assert.ok(worlds.length > 0, `${claim.id} has no way to fail`);
      for (const { row, within, beyond: outside } of worlds) {
        const verdictIn = (samples: readonly Sample[]) =>
          new Map(judged(experiment, claim, samples)).get(row);
        assert.equal(verdictIn(within), 'reproduced', `${row} to its limit`);
        assert.equal(verdictIn(outside), 'deviates', `${row} beyond its limit`);
      }
    }
  });

  test(`${experiment.id}: every claim says whose it is, and why it tolerates what it tolerates`, () => {
    const ids = new Set(experiment.claims.map(({ id }) => id));
    assert.equal(ids.size, experiment.claims.length, 'an id is one claim’s');
    for (const claim of experiment.claims) {
      const { id, about, section, toleranceReason, refinedBy = [], given = {} } = claim;
      assert.ok(about !== undefined && section !== undefined, id);
      assert.match(section, about === 'lab' ? /^(§\d(\.\d)?)?$/ : /^§\d(\.\d)?$/, id);
      assert.ok(toleranceReason !== undefined && toleranceReason !== '', `${id}: why?`);
      for (const other of refinedBy)
        assert.ok(ids.has(other) && other !== id, `${id} is refined by ${other}`);
      assert.ok(!(claim.measure in given), `${id} chooses its evidence by what it judges`);
    }
  });

  test(`${experiment.id}: no range is an order of magnitude wide`, () => {
    for (const claim of experiment.claims) {
      if (claim.kind !== 'bound' || claim.range.min === undefined || claim.range.max === undefined) continue;
      assert.ok(claim.range.max < 2 * claim.range.min, claim.id);
    }
  });
}

test('what is refined is refined by claims that are judged on its clock', () => {
  for (const { claims } of experiments) {
    for (const claim of claims) {
      for (const id of claim.refinedBy ?? []) {
        const other = claims.find((one) => one.id === id)!;
        const on = (one: Claim) =>
          clocks.filter(
            (clock) => one.where?.clock === undefined || [one.where.clock].flat().includes(clock),
          );
        assert.deepEqual(
          on(claim).filter((clock) => !on(other).includes(clock)),
          [],
          `${claim.id} by ${id}`,
        );
      }
    }
  }
});
