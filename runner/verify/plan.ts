import { join } from 'node:path';
import { keyedRandom } from '../../topologies/seeded-random.ts';
import { experimentFolders } from '../results/analyze-run.ts';
import { type ReadManifest, readManifest } from '../results/manifest.ts';
import { UsageError } from '../usage-error.ts';

/** A published experiment, and those of its cells that are to be measured again. */
export interface ExperimentPlan {
  /** the folder's name below the results */
  readonly name: string;
  readonly folder: string;
  readonly manifest: ReadManifest;
  readonly chosen: readonly string[];
}

/**
 * The cells of the published run in `dir` that are measured again: `count` of all, drawn from `seed`; or all. Throws UsageError for a
 * folder without results.
 */
export async function planVerification(
  dir: string,
  count: number | 'all',
  seed: number,
): Promise<readonly ExperimentPlan[]> {
  const plans: ExperimentPlan[] = [];
  for (const name of await experimentFolders(dir, 'verify')) {
    const folder = join(dir, name);
    const manifest = await readManifest(folder, 'verify');
    plans.push({ name, folder, manifest, chosen: manifest.cells.map(({ cell }) => cell) });
  }
  if (count === 'all') return plans;
  const all = plans.flatMap(({ name, chosen }) => chosen.map((cell) => `${name}/${cell}`));
  const drawn = new Set(drawnFrom(all, count, seed));
  return plans
    .map((plan) => ({ ...plan, chosen: plan.chosen.filter((cell) => drawn.has(`${plan.name}/${cell}`)) }))
    .filter(({ chosen }) => chosen.length > 0);
}

/** `count` items without repetition, each set as likely as any other (Fisher and Yates); the seed alone decides which. */
export function drawnFrom<Item>(items: readonly Item[], count: number, seed: number): readonly Item[] {
  const random = keyedRandom(`verify|${seed}`);
  const rest = [...items];
  const wanted = Math.min(count, rest.length);
  for (let place = 0; place < wanted; place++) {
    const other = place + Math.floor(random() * (rest.length - place));
    [rest[place], rest[other]] = [rest[other]!, rest[place]!];
  }
  return rest.slice(0, wanted);
}

/** The commit at which the whole run was measured. Throws UsageError where its experiments do not say the same. */
export function commitOf(dir: string, plans: readonly ExperimentPlan[]): string {
  const commits = [...new Set(plans.map(({ manifest }) => String(manifest.commit)))];
  const [commit = ''] = commits;
  if (commits.length === 1 && /^[0-9a-f]{40}$/.test(commit)) return commit;
  const remedy = 'measure with the present version: --with HEAD';
  throw new UsageError('verify', dir, `names no one commit (${commits.join(', ')})`, remedy);
}
