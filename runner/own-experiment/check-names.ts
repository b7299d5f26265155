import { familyOf } from '../../analysis/measures/measure-registry.ts';
import type { Experiment } from '../../experiments/experiment.ts';
import { everyExperiment } from '../../experiments/index.ts';
import { findVariant, handoffVariants } from '../../server/variants/variants.ts';
import { topologies, topologyByName } from '../../topologies/index.ts';
import { procedures } from '../procedures/index.ts';
import type { Refuse } from './refusal.ts';

const ownServerProcedure = 'own-server';

/** Names of what stands elsewhere: topology, procedure, variants, measures. */
export function checkNames(experiment: Experiment, refuse: Refuse): void {
  const { topology, procedure, variants } = experiment;
  const unknown = (field: string, name: string, known: readonly string[]): void => {
    if (!known.includes(name)) refuse(field, name, 'is unknown', `use one of: ${known.join(', ')}`);
  };
  if (!isKnownTopology(topology))
    unknown('topology', topology, [...Object.keys(topologies), 'a file: ./my-network.ts']);
  unknown('procedure', procedure, [...Object.keys(procedures), 'a file: ./my-procedure.ts']);
  const names = handoffVariants.map(({ name }) => name);
  for (const [index, name] of variants.entries())
    if (findVariant(name) === undefined) unknown(`variants[${index}]`, name, names);
  checkOwnServer(experiment, refuse);
  const takesVariants = everyExperiment.some((one) => one.procedure === procedure && one.variants.length > 0);
  if (variants.length === 0 && takesVariants)
    refuse('variants', variants, 'is empty', `name one at least of: ${names.join(', ')}`);
  checkMeasures(experiment, refuse);
}

function isKnownTopology(name: string): boolean {
  try {
    topologyByName(name);
    return true;
  } catch {
    return false;
  }
}

function checkOwnServer(experiment: Experiment, refuse: Refuse): void {
  const { procedure } = experiment;
  const own = ['application', 'client', 'clientLimitMs', 'handoffs'] as const;
  const served = own.find((field) => experiment[field] !== undefined);
  if (procedure !== ownServerProcedure && served !== undefined) {
    const remedy = `write procedure: '${ownServerProcedure}'`;
    refuse(served, experiment[served], `has no meaning for ${procedure}`, remedy);
  }
  for (const needed of ['application', 'client'] as const)
    if (procedure === ownServerProcedure && experiment[needed] === undefined)
      refuse(needed, undefined, 'is missing', "give application: './my-server.ts' and client: 'curl …'");
}

function checkMeasures({ measures }: Experiment, refuse: Refuse): void {
  for (const [index, { name, unit, from }] of measures.entries()) {
    const field = `measures[${index}]`;
    const isOurs = familyOf(name) !== undefined;
    if (from !== undefined && isOurs) {
      const problem = 'is a measure of ours, and has a function';
      refuse(`${field}.name`, name, problem, 'give it a name of its own');
    }
    if (measures.findIndex((other) => other.name === name) !== index)
      refuse(`${field}.name`, name, 'is there twice', 'give each measure a name of its own');
    if (from !== undefined) continue;
    if (!isOurs) {
      const remedy =
        'take measures of an experiment in experiments/, or give it a function: from: (repetition) => …';
      refuse(`${field}.name`, name, 'is a measure that no capture gives', remedy);
    }
    const usual = unitOf(name);
    if (usual !== undefined && unit !== usual)
      refuse(`${field}.unit`, unit, `is not the unit of ${name}`, `write unit: '${usual}'`);
  }
}

/** As our experiments have it; '' of a plain number; undefined: none of them has this measure. */
function unitOf(measure: string): string | undefined {
  return everyExperiment.flatMap(({ measures }) => measures).find(({ name }) => name === measure)?.unit;
}
