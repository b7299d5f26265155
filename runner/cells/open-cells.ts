import { join } from 'node:path';
import type { Experiment } from '../../experiments/experiment.ts';
import type { RunEvent } from '../progress/events.ts';
import { UsageError } from '../usage-error.ts';
import { defectOf, otherConditions, storedCells, storedSelection } from './cell-store.ts';
import type { PreparedCell } from './prepared-cell.ts';
import type { VerifiedFiles } from './verified-files.ts';

/** The cells of an experiment, sorted by what is on disk already. */
export interface OpenCells {
  readonly experiment: Experiment;
  readonly name: string;
  /** `<out>/<name>`, see `PlannedExperiment` */
  readonly folder: string;
  /** of the whole run, in the grid's order */
  readonly all: readonly PreparedCell[];
  /** of this shard */
  readonly mine: readonly PreparedCell[];
  /** of these, what has to be measured */
  readonly todo: readonly PreparedCell[];
}

const named = 3;

/**
 * Looks which cells of the run (of them `mine`, where another machine measures the rest) lie in `out` and would come out the same if they were run again. Cells of other runs stay
 * where they are, out of the analysis; cells of this run with other content will be replaced. Both are told. Throws UsageError
 * where a cell with other seed or clock, or more repetitions, would have to be replaced.
 */
export async function openCells(
  experiment: Experiment,
  all: readonly PreparedCell[],
  options: {
    readonly out: string;
    readonly name?: string;
    readonly mine?: readonly PreparedCell[];
    readonly verified?: VerifiedFiles;
  },
  emit: (event: RunEvent) => void,
): Promise<OpenCells> {
  const { name = experiment.id, mine = all } = options;
  const folder = join(options.out, name);
  const todo: PreparedCell[] = [];
  const replaced = new Map<string, string[]>();
  for (const prepared of mine) {
    const { id } = prepared.cell;
    const defect = await defectOf(join(folder, 'cells', id), prepared.fingerprint, options.verified);
    if (defect !== undefined) todo.push(prepared);
    if (defect === otherConditions) await refuseLoss(join(folder, 'cells', id), prepared, options.out);
    if (defect !== undefined && defect !== 'absent')
      replaced.set(defect, [...(replaced.get(defect) ?? []), id]);
  }
  const note = (text: string): void => emit({ event: 'note', text: `${name}: ${text}` });
  for (const [defect, ids] of replaced) note(`measured again, ${defect}: ${listed(ids)}`);
  const known = new Set(all.map(({ cell }) => cell.id));
  const others = (await storedCells(join(folder, 'cells'))).filter((id) => !known.has(id));
  if (others.length > 0)
    note(
      `of other runs, kept on disk and left out of the analysis: ${listed(others)} in ${join(folder, 'cells')}`,
    );
  return { experiment, name, folder, all, mine, todo };
}

/**
 * A cell measured anew because its programs changed, or with more repetitions, replaces the old one. Measurements that were
 * asked for in other words are not thrown away for these. Throws UsageError.
 */
async function refuseLoss(cellFolder: string, { cell }: PreparedCell, out: string): Promise<void> {
  const stored = await storedSelection(cellFolder);
  if (stored === undefined) return;
  const lost: string[] = [];
  if (stored.clock !== cell.clock) lost.push(`clock ${stored.clock}, not ${cell.clock}`);
  if (stored.seed !== cell.runSeed) lost.push(`seed ${stored.seed}, not ${cell.runSeed}`);
  if (stored.repetitions > cell.repetitions)
    lost.push(`${stored.repetitions} repetitions, not ${cell.repetitions}`);
  if (lost.length === 0) return;
  throw new UsageError(
    '--out',
    out,
    `holds cell ${cell.id} of another run (${lost.join('; ')}), which would be lost`,
    `give another folder, or remove ${cellFolder}`,
  );
}

function listed(ids: readonly string[]): string {
  const more = ids.length > named ? ` and ${ids.length - named} more` : '';
  return `${ids.length} cells (${ids.slice(0, named).join('; ')}${more})`;
}
