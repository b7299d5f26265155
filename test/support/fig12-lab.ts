import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import type { Sample } from '../../analysis/sample.ts';
import fig12 from '../../experiments/fig12.ts';
import { jobFilesOf, planOf, recordOf } from '../../runner/cells/cell-files.ts';
import { mergeEvents } from '../../runner/cells/merge-events.ts';
import { labBody } from '../../runner/lab-body.ts';
import { nodeEntryPoints } from '../../runner/node-entry-points.ts';
import { withOtherImplementations } from '../../runner/procedures/other-implementations.ts';
import type { OtherImplementations } from '../../runner/procedures/replacement.ts';
import { runInLab } from './lab.ts';
import { fig12Cell } from './mobility-testbed.ts';

export interface Fig12Run extends AsyncDisposable {
  /** a cell's folder, as the analysis reads it, with whole packets in `router.pcap` */
  readonly folder: string;
  readonly status: number;
  readonly console: string;
  readonly samples: readonly Sample[];
}

/** Runs one cell of Fig. 12 (40 ms to the client, 20 ms between the members), with some daemons replaced. */
export async function runFig12Cell(
  others: OtherImplementations & {
    readonly files?: Readonly<Record<string, string>>;
    readonly variant?: string;
  } = {},
): Promise<Fig12Run> {
  const cell = fig12Cell({ csMs: [40], ssMs: [20] }, others.variant);
  const plan = withOtherImplementations(planOf(cell), others);
  const { 'init.sh': _, ...files } = jobFilesOf(plan, 'full');
  const lab = await runInLab({
    body: labBody(plan, 'full'),
    programs: nodeEntryPoints,
    files: { ...files, ...others.files },
    seed: cell.seed,
    virtualTimeoutS: plan.virtualTimeoutS,
  });
  const { folder, status, console } = lab;
  await writeFile(join(folder, 'events.jsonl'), await mergeEvents(join(folder, 'events')));
  await writeFile(join(folder, 'cell.json'), JSON.stringify(recordOf(cell, plan)));
  const samples = status <= 1 ? await analyzeCell(folder, fig12.measures) : [];
  return { folder, status, console, samples, [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
}
