import type { Sample } from '../../analysis/sample.ts';
import { isMadeFor, meets } from '../../analysis/select.ts';
import {
  type Claim,
  type Clock,
  clocks,
  type Experiment,
  type Parameters,
} from '../../experiments/experiment.ts';
import { type Cell, cellsOf } from '../../runner/cells.ts';
import { aSample } from './synthetic-samples.ts';

/** The values of every measure in one cell. */
export type Values = Record<string, number>;

/** Of one claim: cells of the paper's grid, on one clock, for which it was made. */
export function cellsFor(experiment: Experiment, claim: Claim): readonly Cell[] {
  const clock = clocks.find((one) => claim.where?.clock === undefined || meets(one, claim.where.clock))!;
  const all = (['paper', 'quick', 'smoke'] as const).map((profile) =>
    cellsAt(experiment, claim, profile, clock),
  );
  return all.find((cells) => isEnough(claim, cells)) ?? all[0]!;
}

function isEnough(claim: Claim, cells: readonly Cell[]): boolean {
  return cells.length > (claim.kind === 'regression' ? claim.terms.length : 1);
}

function cellsAt(
  experiment: Experiment,
  claim: Claim,
  profile: 'paper' | 'quick' | 'smoke',
  clock: Clock,
): readonly Cell[] {
  const variants = claim.where?.variant;
  const selection = {
    profile,
    settings: {},
    variants: typeof variants === 'string' ? [variants] : [],
    clock,
    seed: 1,
  };
  return cellsOf(experiment, selection).filter((cell) => isMadeFor(experiment, claim, cell));
}

/** One repetition in each cell, with these values of its measures. */
export function samplesOf(
  experiment: Experiment,
  cells: readonly Cell[],
  valuesOf: (cell: Cell, index: number) => Values,
): readonly Sample[] {
  return cells.flatMap((cell, index) =>
    Object.entries(valuesOf(cell, index)).map(([measure, value]) =>
      aSample({
        experiment: experiment.id,
        cell: cell.id,
        parameters: cell.parameters,
        variant: cell.variant,
        clock: cell.clock,
        measure,
        value,
        unit: experiment.measures.find(({ name }) => name === measure)?.unit ?? '',
      }),
    ),
  );
}

/** Values of the other measures that a claim looks at: such as it wants them, and different from cell to cell. */
export function othersOf(claim: Claim, parameters: Parameters, index: number): Values {
  const values: Values = {};
  if (claim.kind === 'regression') {
    const measures = new Proxy({} as Record<string, number>, {
      get: (_, name) => {
        values[String(name)] = 100 + ((index * 7919) % 97);
        return 1;
      },
    });
    for (const { value } of claim.terms) value?.(parameters, measures);
  }
  for (const [name, { min, max }] of Object.entries(claim.given ?? {})) values[name] = min ?? max ?? 0;
  return values;
}
