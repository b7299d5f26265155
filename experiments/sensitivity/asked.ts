import type { Experiment, GridBlock } from '../experiment.ts';
import fig10 from '../fig10.ts';
import fig11 from '../fig11.ts';
import fig12 from '../fig12.ts';
import table1 from '../table1.ts';

/** Statements of §6 that a chosen parameter could decide, each with the claim that judges it in its own experiment. */
export const asked: readonly Experiment[] = [
  only(table1, [
    'table1-phase-2-rate',
    'table1-state',
    'table1-state-each',
    'table1-share',
    'table1-share-rises',
    'table1-phase-1-shaping',
    'table1-phase-4-shaping',
    'table1-phase-6-constant',
    ...[2000, 1500, 1000].flatMap((rate) =>
      ['2', 'total', 'rest'].map((phase) => `table1-${phase}-at-${rate}`),
    ),
  ]),
  networkOnly(only(table1, ['table1-phase-7-independent'])),
  only(fig10, ['fig10-falls', 'fig10-rises', 'fig10-place', 'fig10-least']),
  only(fig11, ['fig11b', 'fig11b-drain']),
  only(fig12, ['fig12-advance-rr-cells', 'fig12-late-slope']),
];

const range = (from: number, to: number, step: number): readonly number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);

/** Table 1 at the rates of DSL lines, and Figure 10 around its minimum at 2 Mbit/s. */
export const baselinePoints: readonly GridBlock[] = [
  { rateKbit: [1000, 1500, 2000], csMs: [0], ssMs: [0], waitMs: [0] },
  { rateKbit: [2000], csMs: [40], ssMs: [20], waitMs: [...range(225, 450, 25), 600] },
];
/** The same at 1 Mbit/s, where a burst saves the most. */
export const slowPoints: readonly GridBlock[] = [
  { rateKbit: [1000], csMs: [40], ssMs: [20], waitMs: [...range(600, 775, 25), 900] },
];
/** Figures 11(b) and 12(b). */
export const advancePoints: readonly GridBlock[] = [{ csMs: [40], ssMs: [20, 50, 60, 70, 80] }];

function only(experiment: Experiment, ids: readonly string[]): Experiment {
  return { ...experiment, claims: experiment.claims.filter(({ id }) => ids.includes(id)) };
}

/** A claim about local costs asked of the network's share alone: processors are free in virtual time. */
function networkOnly(experiment: Experiment): Experiment {
  const claims = experiment.claims.map((claim) => ({
    ...claim,
    where: { ...claim.where, clock: 'virtual' },
  }));
  return { ...experiment, claims };
}
