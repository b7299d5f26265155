import { anyOf, namedBy } from '../../experiments/any-value.ts';
import { type Claim, type Experiment, experimentSchema } from '../../experiments/experiment.ts';
import { everyExperiment } from '../../experiments/index.ts';
import { blocksOf } from '../cells.ts';
import { UsageError } from '../usage-error.ts';
import { checkGrids } from './check-grids.ts';
import { checkNames } from './check-names.ts';
import { checkReferences } from './check-references.ts';
import { type Refuse, refusal } from './refusal.ts';

/**
 * `value` as an experiment: of the shape that `experiments/experiment.ts` gives it, and every name in it known: topology,
 * procedure, variants, the grid's parameters, the measures of claims and plots. Throws UsageError naming file, field, value
 * and remedy.
 */
export function checkExperiment(file: string, value: unknown): Experiment {
  const refuse = refusal(file);
  checkShape(value, refuse);
  const experiment = value as Experiment;
  checkNames(experiment, refuse);
  checkGrids(experiment, refuse);
  checkReferences(experiment, refuse);
  return experiment;
}

/** The same of an experiment that is not one of ours. */
export function checkOwnExperiment(file: string, value: unknown): Experiment {
  if (value === undefined) {
    const remedy = 'end the file with: export default handoffExperiment({ … })';
    throw new UsageError('experiment', file, 'has no default export', remedy);
  }
  const experiment = checkExperiment(file, value);
  const { id, claims } = experiment;
  if (everyExperiment.some((known) => known.id === id))
    refusal(file)('id', id, 'is the name of one of the paper’s experiments', 'give it a name of its own');
  return { ...experiment, claims: claims.map((claim) => madeForGrid(experiment, claim)) };
}

const ALLOWED = 'experiments/experiment.ts says what is allowed';

function checkShape(value: unknown, refuse: Refuse): void {
  const { error } = experimentSchema.safeParse(value);
  const unknown = error?.issues.find(({ code }) => code === 'unrecognized_keys');
  const issue = unknown ?? error?.issues[0];
  if (issue === undefined) return;
  const found = issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : fieldAt(value, issue.path);
  refuse(pathOf(issue.path), found, `is wrong (${issue.message})`, ALLOWED);
}

/** A claim of one's own is about the points of the grid; another value of what the grid leaves at its default needs the claim's word. */
function madeForGrid({ profiles, parameters }: Experiment, claim: Claim): Claim {
  const varied = Object.values(profiles).flatMap((profile) => [
    ...blocksOf(profile).flatMap((block) => Object.keys(block)),
    ...Object.keys(profile.drawn?.between ?? {}),
  ]);
  const usual = varied.filter((name) => parameters[name]?.default !== undefined && !namedBy(claim).has(name));
  return { ...claim, where: { ...anyOf(...usual), ...claim.where } };
}

function pathOf(path: readonly PropertyKey[]): string {
  const words = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return words.join('').replace(/^\./, '') || 'default export';
}

function fieldAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
}
