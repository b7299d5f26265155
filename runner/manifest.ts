import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, hostname, release, totalmem } from 'node:os';
import type { Manifest } from '../analysis/results.ts';
import type { Cell, CellSelection } from './cells.ts';
import type { CaptureMode } from './lab-body.ts';

export interface KernelIdentity {
  readonly key: string;
  readonly version: string;
  readonly configHash: string;
}

export interface RunFacts {
  readonly cells: readonly Cell[];
  readonly selection: CellSelection;
  readonly capture: CaptureMode;
  readonly kernel: KernelIdentity;
  readonly stageHash: string;
  readonly startedAt: Date;
  readonly wallSeconds: number;
  readonly jobs: number;
}

/** Everything that determines a run's results, and, under `host` and `timing`, what does not. */
export function manifestOf(facts: RunFacts): Manifest {
  const { cells, selection, capture, kernel, stageHash } = facts;
  return {
    experiment: cells[0]?.experiment.id,
    profile: selection.profile,
    settings: selection.settings,
    variants: [...new Set(cells.map((cell) => cell.variant))],
    clock: selection.clock,
    seed: selection.seed,
    capture,
    cells: cells.map((cell) => ({ cell: cell.id, repetitions: cell.repetitions, seed: cell.seed })),
    commit: git('rev-parse', 'HEAD'),
    dirty: git('status', '--porcelain') !== '',
    kernel: { version: kernel.version, key: kernel.key, configHash: kernel.configHash },
    node: process.version,
    programs: stageHash,
    version: packageVersion(),
    host: {
      name: hostname(),
      kernel: release(),
      processors: cpus().length,
      model: cpus()[0]?.model,
      memoryBytes: totalmem(),
    },
    timing: { startedAt: facts.startedAt.toISOString(), wallSeconds: facts.wallSeconds, jobs: facts.jobs },
  };
}

/** '' outside a git checkout. */
function git(...words: readonly string[]): string {
  try {
    return execFileSync('git', words, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}

function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
