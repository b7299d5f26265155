import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Sample } from '../../analysis/sample.ts';
import type { Verdicts } from './compare-cell.ts';

/** The claims of an experiment as one version of the sources judges them on samples; undefined where that version cannot. */
export type Judge = (experiment: string, samples: readonly Sample[]) => readonly Verdicts[] | undefined;

/** The judgement of the sources in `tree`, of this version or another. */
export async function judgeOf(tree: string): Promise<Judge> {
  const load = async (file: string): Promise<Readonly<Record<string, unknown>>> =>
    await import(pathToFileURL(join(tree, file)).href);
  const [claims, experiments] = await Promise.all([
    load('analysis/claims.ts'),
    load('experiments/index.ts'),
  ]).catch(() => [{}, {}] as const);
  const { judge } = claims as { readonly judge?: unknown };
  const { findExperiment } = experiments as { readonly findExperiment?: unknown };
  return (id, samples) => {
    if (typeof judge !== 'function' || typeof findExperiment !== 'function') return undefined;
    const experiment: unknown = findExperiment(id);
    if (experiment === undefined) return undefined;
    return judge(experiment, samples) as readonly Verdicts[];
  };
}
