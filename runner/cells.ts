import { createHash } from 'node:crypto';
import type {
  Clock,
  DrawnPoints,
  Experiment,
  GridBlock,
  Parameters,
  Profile,
  ProfileName,
} from '../experiments/experiment.ts';
import { findVariant, handoffVariants } from '../server/variants/variants.ts';
import { checkValue } from './parameters.ts';
import type { OtherImplementations } from './procedures/replacement.ts';
import { UsageError } from './usage-error.ts';

/** Of an experiment: the `paper` profile has some 800 in all. */
const maximumCells = 10_000;

/** One point of the grid with all its repetitions: what one lab boot runs. */
export interface Cell {
  readonly experiment: Experiment;
  /** folder name; says every parameter that the grid or `--set` varies */
  readonly id: string;
  readonly parameters: Parameters;
  /** '' where the experiment runs no handoff */
  readonly variant: string;
  readonly clock: Clock;
  /** the seed of the whole run */
  readonly runSeed: number;
  /** derived from experiment, grid point and run seed: the variants of a point share it, so that their repetitions are pairs */
  readonly seed: number;
  readonly repetitions: number;
}

export interface CellSelection {
  readonly profile: ProfileName;
  readonly settings: GridBlock;
  readonly variants: readonly string[];
  readonly repetitions?: number;
  readonly clock: Clock;
  readonly seed: number;
  /** daemons left out or replaced */
  readonly others?: OtherImplementations;
}

/** All blocks of a profile that somebody chose, those of one variant alone included. */
export function blocksOf({ grid, byVariant = {} }: Profile): readonly GridBlock[] {
  return [...grid, ...Object.values(byVariant).flat()];
}

/** A block of the grid with the variants that it is measured under. */
interface PlannedBlock {
  readonly block: GridBlock;
  readonly variants: readonly string[];
}

/**
 * All cells of a run, in the grid's order. A set parameter replaces the grid's values for it; a parameter that the grid
 * varies and the settings do not mention keeps the grid's values unless any grid parameter was set: then it takes its default.
 */
export function cellsOf(experiment: Experiment, selection: CellSelection): readonly Cell[] {
  const profile = experiment.profiles[selection.profile];
  const set = Object.keys(selection.settings);
  const shared = [...profile.grid, ...drawnPoints(experiment.id, profile.drawn, selection.seed)];
  const variants = variantsOf(experiment, selection.variants);
  const whole: readonly PlannedBlock[] = [
    ...shared.map((block) => ({ block, variants })),
    ...variants.flatMap((variant) =>
      (profile.byVariant?.[variant] ?? []).map((block) => ({ block, variants: [variant] })),
    ),
  ];
  const varied = new Set(whole.flatMap(({ block }) => Object.keys(block)));
  const blocks = set.some((name) => varied.has(name)) ? [{ block: {}, variants }] : whole;
  const repetitions = selection.repetitions ?? profile.repetitions;
  const cells = new Map<string, Cell>();
  checkSize(experiment, blocks, selection);
  for (const { block, variants: own } of blocks) {
    for (const point of product({ ...block, ...selection.settings })) {
      for (const variant of own) {
        const cell = makeCell(experiment, point, variant, repetitions, selection);
        cells.set(cell.id, cell);
      }
    }
  }
  return [...cells.values()];
}

/** 31 bits of SHA-256 over the parts: a seed that depends on all of them and on nothing else. */
export function deriveSeed(...parts: readonly (string | number)[]): number {
  return createHash('sha256').update(parts.join('|')).digest().readUInt32BE(0) >>> 1;
}

/** Each a block of one point. */
export function drawnPoints(
  id: string,
  drawn: DrawnPoints | undefined,
  runSeed: number,
): readonly GridBlock[] {
  const { count = 0, between = {} } = drawn ?? {};
  return Array.from({ length: count }, (_, place) =>
    Object.fromEntries(
      Object.entries(between).map(([name, { min, max }]) => {
        const draw = deriveSeed('drawn point', id, runSeed, place, name);
        return [name, [min + (draw % (max - min + 1))]];
      }),
    ),
  );
}

function makeCell(
  experiment: Experiment,
  point: Readonly<Record<string, number>>,
  variant: string,
  repetitions: number,
  selection: CellSelection,
): Cell {
  const parameters: Record<string, number> = {};
  for (const [name, spec] of Object.entries(experiment.parameters)) {
    const value = point[name] ?? spec.default;
    if (value !== undefined) parameters[name] = checkValue(name, value, spec);
  }
  const words = Object.entries(point).map(([name, value]) => `${name}=${value}`);
  const pointId = words.sort().join(',');
  const id = [pointId, variant].filter((part) => part !== '').join(',') || 'default';
  const { clock, seed: runSeed } = selection;
  return {
    experiment,
    id,
    parameters,
    variant,
    clock,
    runSeed,
    seed: deriveSeed(experiment.id, pointId, runSeed),
    repetitions,
  };
}

function variantsOf(experiment: Experiment, asked: readonly string[]): readonly string[] {
  if (experiment.variants.length === 0) {
    if (asked.length === 0) return [''];
    throw new UsageError(
      '--variant',
      asked.join(' '),
      `has no meaning: ${experiment.id} runs no handoff`,
      'leave --variant out',
    );
  }
  for (const name of asked) {
    if (findVariant(name) !== undefined) continue;
    const known = handoffVariants.map((variant) => variant.name).join(', ');
    throw new UsageError('--variant', name, 'is unknown', `use one of: ${known}, or a file: ./my-variant.ts`);
  }
  return asked.length > 0 ? asked : experiment.variants;
}

/** Before any point is made: a product of ranges is soon larger than memory. */
function checkSize({ id }: Experiment, blocks: readonly PlannedBlock[], { settings }: CellSelection): void {
  const cells = blocks.reduce((sum, { block, variants }) => {
    const lengths = Object.values({ ...block, ...settings }).map((values) => values.length);
    return sum + lengths.reduce((count, length) => count * length, variants.length);
  }, 0);
  if (cells <= maximumCells) return;
  const remedy = `stay at or below ${maximumCells}: fewer values, or several runs`;
  throw new UsageError('--set', Object.keys(settings).join(' '), `makes ${cells} cells of ${id}`, remedy);
}

function product(block: GridBlock): readonly Readonly<Record<string, number>>[] {
  let points: Record<string, number>[] = [{}];
  for (const [name, values] of Object.entries(block)) {
    points = points.flatMap((point) => values.map((value) => ({ ...point, [name]: value })));
  }
  return points;
}
