import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release } from 'node:os';

/** What figures of speed depend on besides the code. */
export interface MachineState {
  /** ISO 8601, UTC */
  readonly startedAt: string;
  /** `+` behind it: files were changed since */
  readonly commit: string;
  readonly processor: string;
  readonly processors: number;
  readonly kernel: string;
  readonly node: string;
  /** over 1, 5 and 15 minutes: processes that ran or wanted to */
  readonly loadBefore: readonly number[];
  /** those of the benchmarks themselves included */
  readonly loadAfter: readonly number[];
}

/** To be called when the benchmarks begin; the function that it returns, when they have ended. */
export function observeMachine(): () => MachineState {
  const startedAt = new Date().toISOString();
  const loadBefore = loadavg();
  return () => ({
    startedAt,
    commit: commitOf(),
    processor: cpus()[0]?.model.trim() ?? 'unknown processor',
    processors: cpus().length,
    kernel: release(),
    node: process.version.slice(1),
    loadBefore,
    loadAfter: loadavg(),
  });
}

function commitOf(): string {
  try {
    const git = (...words: string[]): string =>
      execFileSync('git', words, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' }).trim();
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}
