import { join } from 'node:path';
import type { Cost } from './cost.ts';
import type { CellToRun, Laboratory } from './laboratory.ts';

/** A cell, by words that every commit understands. */
export interface CellOrder {
  readonly experiment: string;
  readonly settings: Readonly<Record<string, readonly number[]>>;
  readonly variants: readonly string[];
  readonly repetitions: number;
  /** whether the capture is read too, as a run does; one without what the analysis asks for cannot be */
  readonly analyse: boolean;
  /** put into the driver's configuration */
  readonly driverConfig?: object;
}

export type Answer =
  | { readonly lab: Cost; readonly analysis: Cost; readonly sessionSeconds: number }
  | { readonly problem: string };

/**
 * One arm of a comparison, a program of its own: `node arm-main.ts FOLDER` runs cells with the project in FOLDER, and tells what each took
 * as that project's own laboratory measures it. An order comes as a message, its answer goes back as one.
 */
const root = process.argv[2]!;
const stopped = new AbortController();
const laboratory = openLaboratory();

process.on('message', (order: CellOrder) => {
  void run(order).then((answer) => process.send!(answer));
});
process.on('disconnect', () => {
  stopped.abort();
  void laboratory.then((opened) => opened[Symbol.asyncDispose]());
});

async function run(order: CellOrder): Promise<Answer> {
  try {
    const opened = await laboratory;
    return await opened.runCell(await cellOf(order), { analyse: order.analyse });
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

async function openLaboratory(): Promise<Laboratory> {
  const { Laboratory: opened } = await project<typeof import('./laboratory.ts')>('bench/laboratory.ts');
  return opened.open((line) => process.stderr.write(`${root}: ${line}\n`), stopped.signal);
}

async function cellOf({
  experiment: id,
  settings,
  variants,
  repetitions,
  driverConfig,
}: CellOrder): Promise<CellToRun> {
  const { experiments } = await project<typeof import('../experiments/index.ts')>('experiments/index.ts');
  const { cellsOf } = await project<typeof import('../runner/cells.ts')>('runner/cells.ts');
  const { planOf } = await project<typeof import('../runner/cells/cell-files.ts')>(
    'runner/cells/cell-files.ts',
  );
  const experiment = experiments.find((one) => one.id === id)!;
  const selection = { profile: 'smoke', settings, variants, repetitions, clock: 'virtual', seed: 1 } as const;
  const [cell] = cellsOf(experiment, selection);
  const plan = planOf(cell!);
  const config = { ...(plan.driver.config as object), ...driverConfig };
  return { cell: cell!, plan: { ...plan, driver: { ...plan.driver, config } } };
}

function project<Module>(path: string): Promise<Module> {
  return import(join(root, path)) as Promise<Module>;
}
