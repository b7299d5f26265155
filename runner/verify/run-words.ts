import { UsageError } from '../usage-error.ts';
import type { ExperimentPlan } from './plan.ts';

/** A call of `handoff-lab` that measures some cells, but for `--out` and `--jobs`. */
interface Measurement {
  readonly cells: readonly string[];
  readonly words: readonly string[];
}

/**
 * The calls that measure the chosen cells of an experiment as they were measured: one for all of them, else one for each. Throws
 * UsageError for an experiment that other programs took part in.
 */
export function measurementsOf({ name, manifest, chosen }: ExperimentPlan): readonly Measurement[] {
  const { experiment, profile, seed, clock, capture, cells, otherImplementations } = manifest;
  if (otherImplementations !== undefined) {
    const remedy = 'run it by hand with its --replace and --without (manifest.json), and diff the folders';
    throw new UsageError('verify', name, 'was measured with other implementations', remedy);
  }
  const common = ['run', experiment, '--profile', String(profile), '--seed', String(seed)];
  common.push('--clock', String(clock), '--capture', String(capture ?? 'headers'));
  const repetitions = new Map(cells.map(({ cell, repetitions: count }) => [cell, String(count)]));
  const counts = new Set(chosen.map((cell) => repetitions.get(cell)));
  if (chosen.length === cells.length && counts.size === 1) {
    const variants = variantsOf(manifest.variants).flatMap((variant) => ['--variant', variant]);
    const words = [...common, ...repeated(counts), ...settingsOf(manifest.settings), ...variants];
    return [{ cells: chosen, words }];
  }
  return chosen.map((cell) => ({
    cells: [cell],
    words: [...common, '--repetitions', repetitions.get(cell) ?? '1', ...cellWords(cell)],
  }));
}

/** A cell's name says every parameter that was varied or set, and the variant: `csMs=40,ssMs=20,drain`. */
export function cellWords(cell: string): readonly string[] {
  if (cell === 'default') return [];
  return cell.split(',').flatMap((word) => (word.includes('=') ? ['--set', word] : ['--variant', word]));
}

function repeated(counts: ReadonlySet<string | undefined>): readonly string[] {
  const [count] = counts;
  return count === undefined ? [] : ['--repetitions', count];
}

function settingsOf(settings: unknown): readonly string[] {
  const entries = Object.entries((settings ?? {}) as Readonly<Record<string, readonly number[]>>);
  return entries.flatMap(([name, values]) => ['--set', `${name}=${values.join(',')}`]);
}

function variantsOf(variants: unknown): readonly string[] {
  return (Array.isArray(variants) ? variants : []).map(String).filter((variant) => variant !== '');
}
