import { readFile } from 'node:fs/promises';
import { cpus, hostname, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { parsedJson } from '../../analysis/json.ts';
import type { Manifest } from '../../analysis/results.ts';
import { clocks } from '../../experiments/experiment.ts';
import type { PreparedCell } from '../cells/prepared-cell.ts';
import type { Shard } from '../cells/shard.ts';
import type { CellSelection } from '../cells.ts';
import type { StageContents } from '../lab/stage.ts';
import type { CaptureMode } from '../lab-body.ts';
import { processorFeatures } from '../machine.ts';
import { packageVersion } from '../package-version.ts';
import type { OtherImplementations } from '../procedures/replacement.ts';
import { systemName } from '../system-name.ts';
import { UsageError } from '../usage-error.ts';
import type { Checkout } from './checkout.ts';

export interface KernelIdentity {
  readonly key: string;
  readonly version: string;
  readonly configHash: string;
  /** what it was compiled with; `undefined` for a running kernel */
  readonly compiler?: string;
}

interface RunFacts {
  readonly experiment: string;
  /** of the whole run, also where a shard of them was measured */
  readonly cells: readonly PreparedCell[];
  readonly shard?: Shard & { readonly cells: readonly PreparedCell[] };
  readonly selection: CellSelection;
  readonly capture: CaptureMode;
  readonly kernel: KernelIdentity;
  /** the lab's programs, by Debian package */
  readonly userland: { readonly key: string; readonly packages: Readonly<Record<string, string>> };
  /** the lab kernel's command line */
  readonly flags: string;
  /** of the stage, what these cells use */
  readonly programs: StageContents;
  readonly analysisKey: string;
  readonly checkout: Checkout;
  readonly startedAt: Date;
  readonly wallSeconds: number;
  /** user and system, of this process and its labs; and what was estimated of it for the cells that were measured */
  readonly processorSeconds: number;
  readonly estimatedSeconds: number;
  readonly jobs: number;
  /** of the machine, processes that ran or wanted to, mean of a minute: when the experiment began and when it ended */
  readonly load: readonly [number, number];
}

/** The parts of `manifest.json` that the runner reads again; all others are kept as they are. */
const readable = z.looseObject({
  experiment: z.string(),
  profile: z.string(),
  clock: z.enum(clocks),
  shard: z.string().optional(),
  shardCells: z.array(z.string()).optional(),
  otherImplementations: z.unknown().optional(),
  cells: z.array(
    z.looseObject({ cell: z.string(), repetitions: z.number(), seed: z.number(), fingerprint: z.string() }),
  ),
});
export type ReadManifest = z.infer<typeof readable>;

/** Everything that determines a run's results, and, under `host` and `timing`, what does not. */
export function manifestOf(facts: RunFacts): Manifest {
  const { cells, selection, capture, kernel, userland, programs, shard } = facts;
  return {
    experiment: facts.experiment,
    profile: selection.profile,
    settings: selection.settings,
    variants: [...new Set(cells.map(({ cell }) => cell.variant))],
    clock: selection.clock,
    seed: selection.seed,
    capture,
    ...(selection.others === undefined ? {} : { otherImplementations: described(selection.others, cells) }),
    ...(shard === undefined ? {} : shardFields(shard)),
    cells: cells.map(({ cell: { id, repetitions, seed }, fingerprint }) => ({
      cell: id,
      repetitions,
      seed,
      fingerprint,
    })),
    commit: facts.checkout.commit,
    dirty: facts.checkout.dirty,
    kernel: { version: kernel.version, key: kernel.key, configHash: kernel.configHash },
    userland: { key: userland.key, packages: userland.packages },
    flags: facts.flags,
    node: process.version,
    openssl: process.versions.openssl,
    programs,
    analysis: facts.analysisKey,
    version: packageVersion(),
    host: {
      name: hostname(),
      kernel: release(),
      ...(kernel.compiler === undefined ? {} : { kernelCompiler: kernel.compiler }),
      system: systemName(),
      processors: cpus().length,
      model: cpus()[0]?.model,
      processorFeatures: processorFeatures(),
      memoryBytes: totalmem(),
    },
    timing: {
      startedAt: facts.startedAt.toISOString(),
      wallSeconds: facts.wallSeconds,
      processorSeconds: facts.processorSeconds,
      estimatedSeconds: facts.estimatedSeconds,
      jobs: facts.jobs,
      load: facts.load,
    },
  };
}

/** The `manifest.json` of an experiment's folder. Throws UsageError, under the name `field`, for one that is not ours. */
export async function readManifest(folder: string, field: string): Promise<ReadManifest> {
  const file = join(folder, 'manifest.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const remedy = 'run the experiment again into the same --out: finished cells are taken over';
  if (text === undefined) throw new UsageError(field, folder, 'has no manifest.json', remedy);
  const value = parsedJson(text);
  const parsed = readable.safeParse(value);
  // The object as it was read: the order of its fields is part of the file.
  if (parsed.success) return value as ReadManifest;
  const [issue] = parsed.error.issues;
  throw new UsageError(field, file, `is no manifest (${issue?.path.join('.')}: ${issue?.message})`, remedy);
}

/** Which part of a run's cells a shard had, by name: nobody need divide them again. */
function shardFields({ index, count, cells }: NonNullable<RunFacts['shard']>): object {
  return { shard: `${index}/${count}`, shardCells: cells.map(({ cell }) => cell.id) };
}

/** What was left out or replaced, with the SHA-256 of the files that a command names. */
function described({ without, replace }: OtherImplementations, cells: readonly PreparedCell[]): object {
  const daemons = cells.flatMap(({ plan }) => plan.daemons.flat());
  const files = daemons.flatMap(({ replacement }) => Object.entries(replacement?.files ?? {}));
  return { without, replace, files: Object.fromEntries(files) };
}
