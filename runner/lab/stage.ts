import { chmod, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashOf } from '../kernel/recipe.ts';
import { writeAtomically } from '../write-atomically.ts';
import { bundleNodes, bundlerSource } from './bundle.ts';
import { ensureRuntime, type Runtime, runtimeSources } from './runtime.ts';
import { describeFiles, exists, fillOnce, linkOrCopy, removeUnused } from './stage-files.ts';
import { stageParent } from './stage-parent.ts';

interface StageOptions {
  /** see `cacheFolder()` */
  readonly cacheDir: string;
  /** programs to bundle: name → source file, absolute */
  readonly nodeEntryPoints: Readonly<Record<string, string>>;
}

export interface Stage {
  /** appears at /run/lab: `node`, `nodes/NAME.cjs`, koffi below `node_modules` */
  readonly folder: string;
  /** names the content of all files; 16 hexadecimal digits */
  readonly hash: string;
  readonly contents: StageContents;
}

/** Names of a stage's parts by their content; 16 hexadecimal digits each. */
export interface StageContents {
  /** Node and koffi */
  readonly runtime: string;
  /** program → bundle */
  readonly programs: Readonly<Record<string, string>>;
}

/** What the last look at the sources found. */
interface StageRecord {
  readonly hash: string;
  readonly contents: StageContents;
  /** size and time of every file that went in */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Returns the folder with everything that processes in a lab need besides the host's own files: Node, koffi and one
 * bundle per program. Its address is the hash of its content, so the same sources give the same folder anywhere.
 *
 * Nothing is read or bundled again while sizes and times of all sources stay the same. Throws LabError when Node or
 * koffi is not installed or a program cannot be bundled.
 */
export async function ensureStage(options: StageOptions): Promise<Stage> {
  const sources = [...runtimeSources(), bundlerSource];
  const name = `index-${hashOf(JSON.stringify([options.nodeEntryPoints, sources]))}.json`;
  const known = await unchangedStage(join(options.cacheDir, 'stage'), name);
  if (known) return known;
  const folder = await stageParent(options.cacheDir);
  const own = await unchangedStage(folder, name);
  if (own) return own;
  const index = join(folder, name);
  const runtime = await ensureRuntime(folder);
  const { bundles, inputs } = await bundleNodes(options.nodeEntryPoints);
  const files = await describeFiles([...inputs, ...sources]);
  const hash = hashOf(runtime.hash, ...[...bundles].flat());
  await fillOnce(join(folder, hash), (draft) => fill(draft, runtime, bundles));
  await removeUnused(folder);
  const programs = Object.fromEntries([...bundles].map(([name, text]) => [name, hashOf(text)]));
  const contents = { runtime: runtime.hash, programs };
  const record: StageRecord = { hash, contents, files };
  await writeAtomically(index, JSON.stringify(record));
  return { folder: join(folder, hash), hash, contents };
}

async function fill(draft: string, runtime: Runtime, bundles: ReadonlyMap<string, string>): Promise<void> {
  for (const file of runtime.files) await linkOrCopy(join(runtime.folder, file), join(draft, file));
  await mkdir(join(draft, 'nodes'));
  for (const [name, text] of bundles) {
    const file = join(draft, 'nodes', `${name}.cjs`);
    await writeFile(file, text);
    await chmod(file, 0o644);
  }
}

async function unchangedStage(folder: string, index: string): Promise<Stage | undefined> {
  const record = await readFile(join(folder, index), 'utf8').then(parseRecord, () => undefined);
  if (record === undefined) return undefined;
  const now = await describeFiles(Object.keys(record.files));
  if (Object.keys(now).some((file) => now[file] !== record.files[file])) return undefined;
  const target = join(folder, record.hash);
  const used = new Date();
  // In a cache that is another's, or read-only, it stays as it is.
  await utimes(target, used, used).catch(() => undefined);
  const { hash, contents } = record;
  return (await exists(target)) ? { folder: target, hash, contents } : undefined;
}

function parseRecord(text: string): StageRecord | undefined {
  try {
    const value = JSON.parse(text) as Partial<StageRecord> | null;
    const { hash, contents, files } = value ?? {};
    return hash && contents && files ? { hash, contents, files } : undefined;
  } catch {
    return undefined;
  }
}
