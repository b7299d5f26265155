import type { Plot, SequencePlot } from '../experiment.ts';
import { linkLatencies } from '../handoff.ts';
import { idOf } from './atlas-claims.ts';
import { formulae } from './formulae.ts';

const gap = { measure: 'handoff-gap', series: 'variant' } as const;
/** Of what travels with Init no formula speaks: these are the others. */
const whole = formulae.filter(({ measure }) => measure === 'handoff-gap');
const reference = whole.map((formula) => ({
  series: formula.variant,
  label: 'formula',
  by: 'atlas',
  expected: formula.gap,
}));
const plain = { rateKbit: 2000, lossPct: 0, jitterMs: 0 };

export const atlasPlots: readonly Plot[] = [
  {
    ...gap,
    id: 'atlas-ranking',
    kind: 'ranking',
    title: 'The atlas: handoff gap by variant, 2 Mbit/s',
    x: { parameter: 'ssMs', title: 'variant' },
    y: { title: 'handoff gap at the client (ms)' },
    seriesLabel: (p) => {
      const { cs1Ms, cs2Ms, ssMs } = linkLatencies(p);
      return `L1/L2/S = ${cs1Ms}/${cs2Ms}/${ssMs} ms`;
    },
    where: {
      ...plain,
      csMs: 40,
      cs1Ms: { min: 37, max: 37, orUnset: true },
      cs2Ms: { min: 13, max: 13, orUnset: true },
      ssMs: [20, 29, 80],
    },
    reference,
  },
  {
    ...gap,
    id: 'atlas-over-cs',
    title: 'Handoff gap over client–server latency (L_SS = 20 ms, 2 Mbit/s)',
    x: { parameter: 'csMs', title: 'one-way latency client – member, L_CS (ms)' },
    y: { title: 'handoff gap at the client (ms)' },
    where: { ...plain, ssMs: 20 },
    reference,
  },
  {
    ...gap,
    id: 'atlas-over-ss',
    title: 'Handoff gap over server–server latency (L_CS = 40 ms, 2 Mbit/s)',
    x: { parameter: 'ssMs', title: 'one-way latency member – member, L_SS (ms)' },
    y: { title: 'handoff gap at the client (ms)' },
    where: { ...plain, csMs: 40 },
    reference,
  },
];

/** One of each variant that moves a client, at L1 = L2 = 40, S = 20 ms. */
export const atlasSequences: readonly SequencePlot[] = formulae
  .filter(({ variant }) => variant !== 'none')
  .map(({ variant }) => ({
    id: `atlas-${idOf(variant)}`,
    title: `A handoff by ${variant}`,
    where: { ...plain, csMs: 40, ssMs: 20, variant },
  }));
