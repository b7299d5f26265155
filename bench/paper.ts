import type { Experiment } from '../experiments/experiment.ts';
import { experiments } from '../experiments/index.ts';
import { LabError } from '../linux/lab-error.ts';
import { planOf } from '../runner/cells/cell-files.ts';
import { type Cell, cellsOf } from '../runner/cells.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { estimateOf, type Sampled, type Stratum } from './estimate.ts';
import type { CellToRun, Laboratory } from './laboratory.ts';
import { cellCost, pairs, sessionAnalysisCost, sessionCost } from './marginal.ts';

const cores = 2;
/** Of a sampled cell, and in a second lab twice as many; fewer where the cell itself has fewer. */
const sampledSessions = 10;
/** It takes minutes, and its many cells even each other out: one round of it where others have five. */
const roundsPerRound = 5;

/**
 * The `paper` profile of all experiments, estimated: of every block of a grid, and of every variant, the cell in the middle
 * is measured and stands for the others.
 */
const paper: Benchmark = {
  name: 'paper',
  question: `how long does the paper profile of all experiments take on ${cores} cores (estimate from sampled cells)?`,
  run: async (laboratory, { rounds: asked, progress }) => {
    const rounds = Math.ceil(asked / roundsPerRound);
    const strata = experiments.flatMap(strataOf);
    const estimates: (readonly Sampled[])[] = [];
    const notCounted: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const sampled: Sampled[] = [];
      for (const [index, stratum] of strata.entries()) {
        progress(`round ${round + 1} of ${rounds}, cell ${index + 1} of ${strata.length}: ${stratum.name}`);
        const one = await sample(laboratory, stratum).catch((error) => failureOf(error, laboratory));
        if (one instanceof LabError)
          notCounted.push(`${stratum.name} (${stratum.cells} cells): ${one.message}`);
        else sampled.push(one);
      }
      estimates.push(sampled);
    }
    const sessions = strata.reduce((sum, { cells, repetitions }) => sum + cells * repetitions, 0);
    const cells = strata.reduce((sum, stratum) => sum + stratum.cells, 0);
    return {
      figures: figuresOf(estimates),
      notes: [
        `${cells} cells, ${sessions} sessions; of ${strata.length} kinds of cell one each was measured, with ${sampledSessions} and ${2 * sampledSessions} sessions (fewer where the cell has fewer).`,
        'One lab at a time: what two at a time take from each other, and plots and report at the end, are not in it.',
        ...notCounted.map((text) => `NOT COUNTED, because the cell failed: ${text.replaceAll(/\s+/g, ' ')}`),
      ],
    };
  },
};

export default paper;

/** Cells that differ in what the grid block varies only. */
interface PaperStratum extends Stratum {
  readonly cell: Cell;
}

function strataOf(experiment: Experiment): readonly PaperStratum[] {
  const { grid, repetitions } = experiment.profiles.paper;
  const variants = experiment.variants.length === 0 ? [undefined] : experiment.variants;
  const seen = new Set<string>();
  return grid.flatMap((block) =>
    variants.flatMap((variant) => {
      const profiles = { ...experiment.profiles, paper: { grid: [block], repetitions } };
      const selection = { profile: 'paper', settings: {}, clock: 'virtual', seed: 1 } as const;
      const all = cellsOf(
        { ...experiment, profiles },
        { ...selection, variants: variant === undefined ? [] : [variant] },
      );
      const cells = all.filter(({ id }) => !seen.has(id));
      for (const { id } of cells) seen.add(id);
      const cell = cells[Math.floor(cells.length / 2)];
      if (cell === undefined) return [];
      const { id } = experiment;
      return [
        {
          experiment: id,
          name: `${id} ${cell.id}`,
          cells: cells.length,
          repetitions,
          cell: { ...cell, experiment },
        },
      ];
    }),
  );
}

async function sample(laboratory: Laboratory, stratum: PaperStratum): Promise<Sampled> {
  const sessions = Math.max(1, Math.min(sampledSessions, Math.floor(stratum.repetitions / 2)));
  const once = { rounds: 1, progress: () => undefined, analyse: true };
  const [pair] = await pairs(laboratory, (count) => cellWith(stratum.cell, count), sessions, once);
  return {
    stratum,
    boot: cellCost(pair!),
    session: sessionCost(pair!),
    analysis: sessionAnalysisCost(pair!),
  };
}

/** One kind of cell that fails is told; it does not hide what the others cost. */
function failureOf(error: unknown, laboratory: Laboratory): LabError {
  if (error instanceof LabError && !laboratory.interrupted) return error;
  throw error;
}

function cellWith(cell: Cell, repetitions: number): CellToRun {
  const shorter = { ...cell, repetitions };
  return { cell: shorter, plan: planOf(shorter) };
}

function figuresOf(estimates: readonly (readonly Sampled[])[]): readonly Figure[] {
  const minutes = (name: string, of: (sampled: readonly Sampled[]) => number): Figure => ({
    name,
    unit: 'min',
    values: estimates.map((sampled) => of(sampled) / 60 / cores),
  });
  const wall = (sampled: readonly Sampled[]): number => {
    const { boots, sessions, analysis } = estimateOf(sampled);
    return boots.wall + sessions.wall + analysis.wall;
  };
  const busy = (sampled: readonly Sampled[]): number => {
    const { boots, sessions, analysis } = estimateOf(sampled);
    return [boots, sessions, analysis].reduce((sum, { user, system }) => sum + user + system, 0);
  };
  const only = (id: string) => (sampled: readonly Sampled[]) =>
    wall(sampled.filter(({ stratum }) => stratum.experiment === id));
  return [
    { ...minutes('all', wall), aim: { at: 'most', value: 20 } },
    minutes('all, by processor time', busy),
    minutes('of it cells without sessions', (sampled) => estimateOf(sampled).boots.wall),
    minutes('of it sessions', (sampled) => estimateOf(sampled).sessions.wall),
    minutes('of it analysis', (sampled) => estimateOf(sampled).analysis.wall),
    ...experiments.map(({ id }) => minutes(id, only(id))),
  ];
}
