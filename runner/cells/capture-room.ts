import type { CaptureMode } from '../lab-body.ts';
import { UsageError } from '../usage-error.ts';
import { capturedBytes } from './estimate.ts';
import { labMemoryMb } from './lab-memory.ts';
import type { PreparedCell } from './prepared-cell.ts';

/**
 * Octets of capture that a lab has room for. They lie in its memory, in a tmpfs, which takes half of it at most; a tenth is left for what an
 * estimate may be short by.
 */
export const captureRoomBytes = 0.9 * (labMemoryMb / 2) * 2 ** 20;

/**
 * Throws UsageError for a cell whose capture a lab's memory would not hold: cut in the middle, it would look as if the protocol had stopped
 * there. More repetitions are other cells, each with a seed and a lab of its own.
 */
export function refuseLargeCaptures(
  cells: readonly Pick<PreparedCell, 'cell'>[],
  capture: CaptureMode,
): void {
  for (const { cell } of cells) {
    const bytes = capturedBytes(cell, capture);
    if (bytes <= captureRoomBytes) continue;
    const most = Math.floor(captureRoomBytes / (bytes / cell.repetitions));
    const problem = `captures about ${megabytes(bytes)} MB in cell ${cell.id}, where a lab's memory holds ${megabytes(captureRoomBytes)}`;
    if (most >= 1) {
      const headers = capture === 'full' ? ', or keep headers alone (--capture headers)' : '';
      const remedy = `give ${most} at most, and further seeds in runs of their own${headers}`;
      throw new UsageError('--repetitions', String(cell.repetitions), problem, remedy);
    }
    const [name, value] = largest(cell.parameters);
    throw new UsageError(name, String(value), problem, 'give less: one repetition is one capture');
  }
}

/** The parameter that makes it large. */
function largest(parameters: PreparedCell['cell']['parameters']): readonly [string, number] {
  for (const name of ['bytes', 'packets']) if (parameters[name]) return [name, parameters[name]];
  return ['suspectMs', parameters.suspectMs ?? 0];
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
