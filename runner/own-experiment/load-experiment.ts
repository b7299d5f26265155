import type { Experiment } from '../../experiments/experiment.ts';
import { addExperiment } from '../../experiments/index.ts';
import { loadOwn, type OwnFile } from '../own-files/load-module.ts';
import { withOwnParts } from '../own-files/own-parts.ts';
import { checkOwnExperiment } from './check-experiment.ts';

const experimentFile: OwnFile = {
  field: 'experiment',
  what: 'an experiment, or an id of `list`',
  example: 'examples/near-acceptor.ts',
};

/**
 * The experiment that is the default export of the file `path` (TypeScript or JavaScript); from then on it is known by its
 * id. Throws UsageError for a file that cannot be loaded, and for data that no run could use.
 */
export async function loadExperiment(path: string): Promise<Experiment> {
  const experiment = checkOwnExperiment(path, await withOwnParts(path, await loadOwn(path, experimentFile)));
  addExperiment(experiment);
  return experiment;
}
