import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Experiment } from '../../experiments/experiment.ts';
import { addExperiment } from '../../experiments/index.ts';
import { UsageError } from '../usage-error.ts';
import { checkedExperiment } from './check-experiment.ts';

/** Whether a word on the command line is a file and not an experiment's id. */
export function isExperimentFile(word: string): boolean {
  return /[/\\]|\.[cm]?[jt]s$/.test(word);
}

/**
 * The experiment that is the default export of the file `path` (TypeScript or JavaScript); from then on it is known by its
 * id. Throws UsageError for a file that cannot be loaded, and for data that no run could use.
 */
export async function loadExperiment(path: string): Promise<Experiment> {
  const file = resolve(path);
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true)
    throw new UsageError(
      'experiment',
      path,
      'is no file',
      'name a file with an experiment, or an id of `list`',
    );
  const module = await import(pathToFileURL(file).href).catch((error: unknown) => {
    const problem = `cannot be loaded (${error instanceof Error ? error.message : String(error)})`;
    throw new UsageError(
      'experiment',
      path,
      problem,
      'correct it: examples/near-acceptor.ts is one that runs',
    );
  });
  const experiment = checkedExperiment(path, (module as { readonly default?: unknown }).default);
  addExperiment(experiment);
  return experiment;
}
