import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { build } from 'esbuild';
import type { OwnApplication } from '../../experiments/own-server.ts';
import { serverParameters } from '../../experiments/server-experiment.ts';
import { type TopologyEntry, topologies } from '../../topologies/index.ts';
import { TopologyError } from '../../topologies/topology-error.ts';
import type { Cell } from '../cells.ts';
import { addProcedure, procedures } from '../procedures/index.ts';
import type { LabPlan } from '../procedures/procedure.ts';
import { UsageError } from '../usage-error.ts';
import { bundleApplication } from './bundle-application.ts';
import { isOwnFile, loadOwn } from './load-module.ts';
import { serverParametersOn } from './network-parameters.ts';
import { loadNetwork, registerNetwork } from './own-network.ts';
import { loadVariant } from './own-variant.ts';

/**
 * What an experiment brings of its own, beside data: files by their paths from the experiment's file, or values. Each takes its name for the rest of the
 * program. Throws UsageError for one that cannot be used.
 */
export async function withOwnParts(path: string, value: unknown): Promise<unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const fields = { ...value } as Record<string, unknown>;
  const fileOf = (name: string): string => resolve(dirname(path), name);
  const { topology, procedure, application, measures, variants } = fields;
  if (Array.isArray(variants))
    fields.variants = await Promise.all(
      variants.map((name) =>
        typeof name === 'string' && isOwnFile(name) ? loadVariant(fileOf(name), `${path}: variants`) : name,
      ),
    );
  const network = await networkOf(topology, path);
  if (network !== undefined) fields.topology = network.name;
  if (network !== undefined && fields.parameters === serverParameters)
    fields.parameters = serverParametersOn(network);
  if (typeof procedure === 'function') fields.procedure = named(procedure, path, fields);
  else if (typeof procedure === 'string' && isOwnFile(procedure))
    fields.procedure = named(await procedureIn(fileOf(procedure), `${path}: procedure`), procedure, fields);
  if (application !== undefined)
    fields.application = await applicationOf(application, fileOf, `${path}: application`);
  if (Array.isArray(measures) && measures.some(isOwnMeasure)) {
    const key = await sourcesOf(path);
    fields.measures = measures.map((measure) => (isOwnMeasure(measure) ? { ...measure, key } : measure));
  }
  return fields;
}

/** The experiment's network, where there is such a one. */
async function networkOf(topology: unknown, path: string): Promise<TopologyEntry | undefined> {
  const field = `${path}: topology`;
  if (typeof topology === 'object' && topology !== null) return registerNetwork(topology, path, field);
  if (typeof topology !== 'string') return undefined;
  if (isOwnFile(topology)) return loadNetwork(resolve(dirname(path), topology), field);
  return Object.hasOwn(topologies, topology) ? topologies[topology] : undefined;
}

const PLAN = "make it out of one of ours: (cell, procedures) => ({ ...procedures['own-server'](cell), … })";
const planFields = [
  ...['topology', 'addresses', 'servicePort', 'channelPort'],
  ...['daemons', 'driver', 'virtualTimeoutS', 'wallSeconds'],
];

/** Procedures are told apart by the experiment that brings them. */
function named(procedure: unknown, from: string, { id }: Record<string, unknown>): string {
  const name = `own procedure of ${String(id)}, ${from}`;
  addProcedure(name, (cell) => planOf(cell, procedure as OwnProcedure, `${String(id)}: procedure`));
  return name;
}

type OwnProcedure = (cell: Cell, known: typeof procedures) => unknown;

/** Throws UsageError for what is no plan; what is wrong in it is told when it runs. */
function planOf(cell: Cell, own: OwnProcedure, field: string): LabPlan {
  let plan: unknown;
  try {
    plan = own(cell, procedures);
  } catch (error) {
    if (error instanceof UsageError || error instanceof TopologyError) throw error;
    throw new UsageError(field, cell.id, `throws ${String(error)}`, PLAN);
  }
  if (typeof plan !== 'object' || plan === null)
    throw new UsageError(field, String(plan), 'gives no plan', PLAN);
  const missing = planFields.filter((name) => !Object.hasOwn(plan, name));
  if (missing.length === 0) return plan as LabPlan;
  throw new UsageError(field, cell.id, `gives a plan without ${missing.join(', ')}`, PLAN);
}

async function procedureIn(file: string, field: string): Promise<unknown> {
  const what = `a function (cell, procedures) => plan, or a name of: ${Object.keys(procedures).join(', ')}`;
  const loaded = await loadOwn(file, { field, what, example: 'examples/flapping-link.ts' });
  if (typeof loaded === 'function') return loaded;
  throw new UsageError(field, file, 'has no function as its default export', `export ${what}`);
}

async function applicationOf(
  application: unknown,
  fileOf: (name: string) => string,
  field: string,
): Promise<unknown> {
  const asked: unknown = typeof application === 'string' ? { name: application } : application;
  const name = typeof asked === 'object' && asked !== null ? Reflect.get(asked, 'name') : undefined;
  // Of a wrong shape: the check of all fields says so.
  if (typeof name !== 'string' || name === '') return application;
  return { ...(asked as OwnApplication), ...(await bundleApplication(fileOf(name), field)) };
}

function isOwnMeasure(measure: unknown): measure is object {
  return (
    typeof measure === 'object' && measure !== null && typeof Reflect.get(measure, 'from') === 'function'
  );
}

/** Names what a measure's function may be made of: the experiment's file and all that it imports. */
async function sourcesOf(path: string): Promise<string> {
  const file = resolve(path);
  const { outputFiles } = await build({
    entryPoints: [file],
    absWorkingDir: dirname(file),
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    write: false,
    logLevel: 'silent',
  });
  return createHash('sha256').update(outputFiles[0]!.text).digest('hex').slice(0, 32);
}
