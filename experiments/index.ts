import type { Experiment } from './experiment.ts';
import fig12 from './fig12.ts';

/** Every experiment, in the paper's order. */
export const experiments: readonly Experiment[] = [fig12];

/** The experiment with this id, or undefined. */
export function findExperiment(id: string): Experiment | undefined {
  return experiments.find((experiment) => experiment.id === id);
}
