import { cacheFolder } from './cache-folder.ts';
import { fingerprintOf } from './cells/fingerprint.ts';
import type { PreparedCell } from './cells/prepared-cell.ts';
import { type LabKind, type OpenLab, openLab } from './host-lab/open-lab.ts';
import { ensureStage, type Stage } from './lab/stage.ts';
import type { CaptureMode } from './lab-body.ts';
import { nodeEntryPoints } from './node-entry-points.ts';
import type { RunEvent } from './progress/events.ts';
import { analysisKey } from './results/analysis-key.ts';

/** What every lab of a run is made of. */
export interface Lab extends OpenLab {
  readonly stage: Stage;
  /** names the sources that turn captures into samples */
  readonly analysisKey: string;
}

/** The lab of a run, with everything that its cells are run with. */
export async function prepareLab(
  kind: LabKind,
  signal: AbortSignal,
  emit: (event: RunEvent) => void,
): Promise<Lab> {
  const cacheDir = cacheFolder();
  const lab = await openLab(kind, {
    cacheDir,
    signal,
    log: (text, passing) => emit({ event: 'note', text, ...(passing ? { passing } : {}) }),
  });
  const stage = await ensureStage({ cacheDir, nodeEntryPoints });
  return { ...lab, stage, analysisKey: await analysisKey() };
}

/** The cell, with what its capture depends on. */
export function withFingerprint(
  { cell, plan }: Omit<PreparedCell, 'fingerprint'>,
  { kernel, userland, stage, analysisKey: key }: Lab,
  capture: CaptureMode,
): PreparedCell {
  const conditions = {
    capture,
    kernelKey: kernel.key,
    userlandKey: userland.key,
    stage: stage.contents,
    analysisKey: key,
  };
  return { cell, plan, fingerprint: fingerprintOf(cell, plan, conditions) };
}
