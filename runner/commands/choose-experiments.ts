import type { Experiment } from '../../experiments/experiment.ts';
import { everyExperiment, experiments, findExperiment } from '../../experiments/index.ts';
import { loadExperiment } from '../own-experiment/load-experiment.ts';
import { isOwnFile } from '../own-files/load-module.ts';
import type { PlannedExperiment } from '../planned-experiment.ts';
import { UsageError } from '../usage-error.ts';

/** Experiments by id, `all`, or the file of one's own. Throws UsageError for what is none of these. */
export async function chooseExperiments(ids: readonly string[]): Promise<readonly Experiment[]> {
  const found: Experiment[] = ids.includes('all') ? [...experiments] : [];
  for (const id of new Set(ids)) {
    if (isOwnFile(id)) found.push(unlike(found, await loadExperiment(id), id));
    else if (id !== 'all' && !ids.includes('all')) found.push(experimentCalled(id));
  }
  return found;
}

/** Several experiments take what applies to them: `--variant` goes to those that run a handoff, if any does. */
export function variantsFor(
  experiment: Experiment,
  all: readonly Experiment[],
  asked: readonly string[],
): readonly string[] {
  const applies = experiment.variants.length > 0 || all.every(({ variants }) => variants.length === 0);
  return applies ? asked : [];
}

/** Nothing that was asked for is passed over without a word. */
export function notSet(planned: readonly PlannedExperiment[], set: readonly string[]): readonly string[] {
  const names = [...new Set(set.map((setting) => setting.replace(/=.*$/s, '')))];
  return planned.flatMap(({ experiment: { id }, selection: { settings } }) => {
    const without = names.filter((name) => settings[name] === undefined);
    return without.length === 0 ? [] : [`${id} has no ${without.join(', ')}: it runs without`];
  });
}

/** Two experiments of one name would write into one folder, each over the other's cells. */
function unlike(others: readonly Experiment[], experiment: Experiment, file: string): Experiment {
  if (others.every(({ id }) => id !== experiment.id)) return experiment;
  const remedy = 'name each file once, and give each experiment an id of its own';
  throw new UsageError('experiment', file, `has the id ${experiment.id}, as another of this run`, remedy);
}

function experimentCalled(id: string): Experiment {
  const experiment = findExperiment(id);
  if (experiment !== undefined) return experiment;
  throw new UsageError(
    'experiment',
    id,
    'is unknown',
    `use one of: ${everyExperiment.map((known) => known.id).join(', ')}, all, or a file: ./my-experiment.ts`,
  );
}
