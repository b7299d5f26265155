import access from './access.ts';
import atlas from './atlas.ts';
import atlasRough from './atlas-rough.ts';
import calibration from './calibration.ts';
import churn from './churn.ts';
import type { Experiment } from './experiment.ts';
import failover from './failover.ts';
import faults from './faults.ts';
import fig10 from './fig10.ts';
import fig11 from './fig11.ts';
import fig12 from './fig12.ts';
import frontend from './frontend.ts';
import parallel from './parallel.ts';
import table1 from './table1.ts';
import takeover from './takeover.ts';

/** Every experiment: first the lab's own test, then the paper's order. */
export const experiments: readonly Experiment[] = [
  calibration,
  access,
  table1,
  fig10,
  fig11,
  fig12,
  atlas,
  frontend,
  parallel,
  takeover,
  churn,
];

/** Experiments with a command of their own, which are no part of all. */
export const apart: readonly Experiment[] = [atlasRough, failover, faults];

/** Of other files, as far as they were loaded. */
const added: Experiment[] = [];

/** Makes an experiment from elsewhere known to `findExperiment`. */
export function addExperiment(experiment: Experiment): void {
  added.unshift(experiment);
}

/** The experiment with this id, or undefined. */
export function findExperiment(id: string): Experiment | undefined {
  return [...experiments, ...apart, ...added].find((experiment) => experiment.id === id);
}
