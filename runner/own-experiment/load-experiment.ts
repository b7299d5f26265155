import { dirname, resolve } from 'node:path';
import type { Experiment } from '../../experiments/experiment.ts';
import { addExperiment } from '../../experiments/index.ts';
import { bundleApplication } from '../own-files/bundle-application.ts';
import { loadOwn, type OwnFile } from '../own-files/load-module.ts';
import { checkedExperiment } from './check-experiment.ts';

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
  const experiment = await withApplication(
    path,
    checkedExperiment(path, await loadOwn(path, experimentFile)),
  );
  addExperiment(experiment);
  return experiment;
}

/** Its application's module stands where the experiment's file says, as seen from that. */
async function withApplication(path: string, experiment: Experiment): Promise<Experiment> {
  const { application } = experiment;
  if (application === undefined) return experiment;
  const { name, ...more } = typeof application === 'string' ? { name: application } : application;
  const file = resolve(dirname(path), name);
  return {
    ...experiment,
    application: { ...more, ...(await bundleApplication(file, `${path}: application`)) },
  };
}
