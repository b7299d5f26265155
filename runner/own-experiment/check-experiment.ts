import { familyOf } from '../../analysis/measures/measure-registry.ts';
import { anyOf, axesOf, namedBy } from '../../experiments/any-value.ts';
import type { Claim, Experiment, GridBlock, ParameterSpec, Where } from '../../experiments/experiment.ts';
import { experiments } from '../../experiments/index.ts';
import { findVariant, handoffVariants } from '../../server/handoff/variants.ts';
import { topologies, topologyByName } from '../../topologies/index.ts';
import { blocksOf } from '../cells.ts';
import { procedures } from '../procedures/index.ts';
import { UsageError } from '../usage-error.ts';
import { experimentShape } from './shape.ts';

/**
 * `value` as an experiment: of the right shape (`experiments/experiment.ts`), and every name in it known: topology,
 * procedure, variants, the grid's parameters, the measures of claims and plots. Throws UsageError naming file, field, value
 * and remedy.
 */
export function checkedExperiment(file: string, value: unknown): Experiment {
  const refuse = refusal(file);
  if (value === undefined) {
    const remedy = 'end the file with: export default handoffExperiment({ … })';
    throw new UsageError('experiment', file, 'has no default export', remedy);
  }
  const { error } = experimentShape.safeParse(value);
  const unknown = error?.issues.find(({ code }) => code === 'unrecognized_keys');
  const issue = unknown ?? error?.issues[0];
  if (issue?.code === 'unrecognized_keys')
    refuse(pathOf(issue.path), issue.keys.join(', '), `is wrong (${issue.message})`, ALLOWED);
  if (issue !== undefined)
    refuse(pathOf(issue.path), fieldAt(value, issue.path), `is wrong (${issue.message})`, ALLOWED);
  const experiment = value as Experiment;
  checkNames(experiment, refuse);
  checkParameters(experiment, refuse);
  checkGrids(experiment, refuse);
  checkReferences(experiment, refuse);
  return { ...experiment, claims: experiment.claims.map((claim) => madeForGrid(experiment, claim)) };
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

const ownServerProcedure = 'own-server';
const ALLOWED = 'experiments/experiment.ts says what is allowed';

type Refuse = (field: string, value: unknown, problem: string, remedy: string) => void;

function isKnownTopology(name: string): boolean {
  try {
    topologyByName(name);
    return true;
  } catch {
    return false;
  }
}

function refusal(file: string): Refuse {
  return (field, value, problem, remedy) => {
    throw new UsageError(`${file}: ${field}`, shown(value), problem, remedy);
  };
}

function checkNames(experiment: Experiment, refuse: Refuse): void {
  const { id, topology, procedure, variants, measures } = experiment;
  const unknown = (field: string, name: string, known: readonly string[]): void => {
    if (!known.includes(name)) refuse(field, name, 'is unknown', `use one of: ${known.join(', ')}`);
  };
  if (experiments.some((known) => known.id === id)) {
    refuse('id', id, 'is the name of one of the paper’s experiments', 'give it a name of its own');
  }
  if (!isKnownTopology(topology))
    unknown('topology', topology, [...Object.keys(topologies), 'a file: ./my-network.ts']);
  unknown('procedure', procedure, [...Object.keys(procedures), 'a file: ./my-procedure.ts']);
  const names = handoffVariants.map(({ name }) => name);
  for (const [index, name] of variants.entries())
    if (findVariant(name) === undefined) unknown(`variants[${index}]`, name, names);
  const own = ['application', 'client', 'clientLimitMs', 'handoffs'] as const;
  const served = own.find((field) => experiment[field] !== undefined);
  if (procedure !== ownServerProcedure && served !== undefined)
    refuse(
      served,
      experiment[served],
      `has no meaning for ${procedure}`,
      `write procedure: '${ownServerProcedure}'`,
    );
  for (const needed of ['application', 'client'] as const)
    if (procedure === ownServerProcedure && experiment[needed] === undefined)
      refuse(needed, undefined, 'is missing', "give application: './my-server.ts' and client: 'curl …'");
  if (
    variants.length === 0 &&
    experiments.some((one) => one.procedure === procedure && one.variants.length > 0)
  )
    refuse('variants', variants, 'is empty', `name one at least of: ${names.join(', ')}`);
  for (const [index, { name, unit }] of measures.entries()) {
    const isOwn = measures[index]!.from !== undefined;
    if (isOwn && familyOf(name) !== undefined)
      refuse(
        `measures[${index}].name`,
        name,
        'is a measure of ours, and has a function',
        'give it a name of its own',
      );
    if (measures.findIndex((other) => other.name === name) !== index)
      refuse(`measures[${index}].name`, name, 'is there twice', 'give each measure a name of its own');
    if (isOwn) continue;
    if (familyOf(name) === undefined) {
      const remedy =
        'take measures of an experiment in experiments/, or give it a function: from: (repetition) => …';
      refuse(`measures[${index}].name`, name, 'is a measure that no capture gives', remedy);
    }
    const usual = unitOf(name);
    if (usual !== undefined && unit !== usual)
      refuse(`measures[${index}].unit`, unit, `is not the unit of ${name}`, `write unit: '${usual}'`);
  }
}

/** As the paper's experiments have it; '' of a plain number; undefined: none of them has this measure. */
function unitOf(measure: string): string | undefined {
  return experiments.flatMap(({ measures }) => measures).find(({ name }) => name === measure)?.unit;
}

function checkParameters({ parameters }: Experiment, refuse: Refuse): void {
  for (const [name, spec] of Object.entries(parameters)) {
    const { min, max, default: usual } = spec;
    const field = `parameters.${name}`;
    if (min > max) refuse(`${field}.min`, min, 'is more than the maximum', `give ${max} at most`);
    if (usual !== undefined) checkValue(`${field}.default`, usual, spec, refuse);
  }
}

function checkGrids({ profiles, parameters, variants }: Experiment, refuse: Refuse): void {
  for (const [profile, { grid, byVariant = {}, drawn }] of Object.entries(profiles)) {
    for (const [index, block] of grid.entries())
      checkBlock(`profiles.${profile}.grid[${index}]`, block, parameters, refuse);
    for (const [variant, blocks] of Object.entries(byVariant)) {
      const field = `profiles.${profile}.byVariant`;
      if (!variants.includes(variant))
        refuse(field, variant, 'is no variant of the experiment', `use one of: ${variants.join(', ')}`);
      for (const [index, block] of blocks.entries())
        checkBlock(`${field}.${variant}[${index}]`, block, parameters, refuse);
    }
    for (const [name, { min, max }] of Object.entries(drawn?.between ?? {})) {
      const field = `profiles.${profile}.drawn.between`;
      if (min > max) refuse(`${field}.${name}.min`, min, 'is more than the maximum', `give ${max} at most`);
      checkBlock(field, { [name]: [min, max] }, parameters, refuse);
    }
  }
}

function checkBlock(
  field: string,
  block: GridBlock,
  parameters: Experiment['parameters'],
  refuse: Refuse,
): void {
  for (const [name, values] of Object.entries(block)) {
    const spec = parameters[name];
    if (spec === undefined) {
      const remedy = `use one of: ${Object.keys(parameters).join(', ')}`;
      refuse(field, name, 'is no parameter of the experiment', remedy);
      continue;
    }
    for (const value of values) checkValue(`${field}.${name}`, value, spec, refuse);
  }
}

function checkValue(
  field: string,
  value: number,
  { integer, min, max }: ParameterSpec,
  refuse: Refuse,
): void {
  if ((integer !== true || Number.isInteger(value)) && value >= min && value <= max) return;
  const kind = integer === true ? 'whole number' : 'number';
  refuse(field, value, 'is out of bounds', `give a ${kind} from ${min} to ${max}`);
}

function checkReferences({ claims, plots, measures, parameters }: Experiment, refuse: Refuse): void {
  const measured = measures.map(({ name }) => name);
  const varied = [...Object.keys(parameters), 'variant', 'clock'];
  const known = (field: string, name: string | undefined, names: readonly string[]): void => {
    if (name === undefined || names.includes(name)) return;
    refuse(field, name, 'is unknown to the experiment', `use one of: ${names.join(', ')}`);
  };
  const conditions = (field: string, where: Where | undefined): void => {
    if (where !== undefined && Object.keys(where).length === 0)
      refuse(field, where, 'is empty, so it says nothing', 'name a parameter in it, or leave it out');
  };
  for (const [index, claim] of claims.entries()) {
    const field = `claims[${index}]`;
    known(`${field}.measure`, claim.measure, measured);
    for (const name of Object.keys(claim.given ?? {})) known(`${field}.given`, name, measured);
    for (const name of Object.keys(claim.where ?? {})) known(`${field}.where`, name, varied);
    for (const name of axesOf(claim)) known(field, name, varied);
    conditions(`${field}.where`, claim.where);
  }
  for (const [index, plot] of plots.entries()) {
    const field = `plots[${index}]`;
    known(`${field}.measure`, plot.measure, measured);
    known(`${field}.x.parameter`, plot.x.parameter, varied);
    known(`${field}.series`, plot.series, varied);
    known(`${field}.facet.parameter`, plot.facet?.parameter, varied);
    for (const name of Object.keys(plot.where ?? {})) known(`${field}.where`, name, varied);
    conditions(`${field}.where`, plot.where);
  }
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

function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  const text = typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
