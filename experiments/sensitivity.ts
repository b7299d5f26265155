import type { Experiment, GridBlock } from './experiment.ts';
import { handoffParameters } from './handoff.ts';
import { handoffMeasures, instantMeasures } from './handoff-measures.ts';
import { saidBy } from './said-by.ts';
import { advancePoints, baselinePoints, slowPoints } from './sensitivity/asked.ts';
import { sensitivityClaims } from './sensitivity/claims.ts';
import { everyone, inEach, oneByOne, together } from './sensitivity/combinations.ts';
import { sensitivityPlots } from './sensitivity/plots.ts';

const byVariant = (
  baseline: readonly GridBlock[],
  advance: readonly GridBlock[],
): Readonly<Record<string, readonly GridBlock[]>> => ({ baseline, 'drain+advance-rr': advance });
/** A bucket's burst is the longer, the slower the line. */
const ofBuckets = [...oneByOne, ...together].filter(
  ({ bucketFrames, ...others }) => bucketFrames !== undefined || Object.keys(others).length === 0,
);

const sensitivity: Experiment = {
  id: 'sensitivity',
  title: 'What hangs on the parameters that were chosen',
  source: 'docs/parameters.md; paper §6',
  question:
    'Which statements of the paper’s evaluation depend on what it does not say: the client’s window, the shaper’s bucket, the send buffer, quick acknowledgements?',
  topology: 'fig9',
  parameters: handoffParameters,
  profiles: {
    smoke: {
      grid: [],
      byVariant: byVariant(
        inEach([{}, { windowBytes: 57_344 }], [{ rateKbit: [2000], csMs: [0], ssMs: [0], waitMs: [0] }]),
        inEach([{}, { windowBytes: 57_344 }], [{ csMs: [40], ssMs: [60, 80] }]),
      ),
      repetitions: 1,
    },
    quick: {
      grid: [],
      byVariant: byVariant(
        [...inEach([...oneByOne, ...together], baselinePoints), ...inEach(ofBuckets, slowPoints)],
        inEach([...oneByOne, ...together], advancePoints),
      ),
      repetitions: 1,
    },
    paper: {
      grid: [],
      byVariant: byVariant(
        inEach([...everyone, { quickAck: 0 }], [...baselinePoints, ...slowPoints]),
        inEach([...everyone, { quickAck: 0 }], advancePoints),
      ),
      repetitions: 10,
    },
  },
  variants: ['baseline', 'drain+advance-rr'],
  procedure: 'download-handoff',
  measures: [...handoffMeasures, ...instantMeasures],
  claims: saidBy('ours', '§6.4', sensitivityClaims),
  plots: sensitivityPlots,
};

export default sensitivity;
