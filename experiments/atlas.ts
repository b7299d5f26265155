import { atlasClaims } from './atlas/atlas-claims.ts';
import { atlasPlots, atlasSequences } from './atlas/atlas-plots.ts';
import { formulae } from './atlas/formulae.ts';
import type { DrawnPoints, Experiment } from './experiment.ts';
import { handoffParameters } from './handoff.ts';
import { atlasMeasures, handoffMeasures } from './handoff-measures.ts';
import { saidBy } from './said-by.ts';

/** Latencies that nobody chose. Beyond 50 ms return routability in advance can come too late: see `fig12-late-rr`. */
const between = { cs1Ms: { min: 5, max: 50 }, cs2Ms: { min: 5, max: 50 }, ssMs: { min: 5, max: 50 } };
const drawn = (count: number): DrawnPoints => ({ count, between });

/** One that is not alike on both sides. */
const uneven = { cs1Ms: [37], cs2Ms: [13], ssMs: [29] };
/** The way by the acceptor is shorter than the donor's own: what it sends first would be there before what the donor has sent last. */
const near = { cs1Ms: [60], cs2Ms: [13], ssMs: [20] };

const atlas: Experiment = {
  id: 'atlas',
  title: 'The atlas of handoffs',
  source: 'docs/atlas.md; paper §6.4, §8',
  question: 'How small can the gap of a handoff get, and what does each step towards that cost?',
  topology: 'fig9',
  parameters: handoffParameters,
  profiles: {
    smoke: { grid: [{ csMs: [40], ssMs: [20] }], repetitions: 1 },
    quick: { grid: [{ csMs: [40], ssMs: [20, 80] }, uneven, near], drawn: drawn(2), repetitions: 1 },
    paper: {
      grid: [
        { csMs: [10, 20, 40, 60, 80], ssMs: [20] },
        { csMs: [40], ssMs: [10, 40, 60, 80] },
        uneven,
        near,
      ],
      drawn: drawn(10),
      repetitions: 20,
    },
  },
  variants: formulae.map(({ variant }) => variant),
  procedure: 'download-handoff',
  measures: [...handoffMeasures, ...atlasMeasures],
  claims: saidBy('ours', '§6.4', atlasClaims),
  plots: atlasPlots,
  sequences: atlasSequences,
};

export default atlas;
