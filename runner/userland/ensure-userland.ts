import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type ArchivePackage, DebianArchive } from '../debian/archive.ts';
import { type Drawn, FinishedFolders, readRecord } from '../finished-folders.ts';
import { hashOf } from '../kernel/recipe.ts';
import type { Log } from '../progress/log.ts';
import { makeTree } from './make-tree.ts';
import { LEFT_OUT, PROGRAMS } from './programs.ts';

/** The programs and libraries of a lab, the same on every machine. */
export interface Userland {
  /** the lab's root, absolute */
  readonly folder: string;
  /** names packages and versions; 16 hexadecimal digits */
  readonly key: string;
  /** name → version of every Debian package in it */
  readonly packages: Readonly<Record<string, string>>;
}

interface EnsureUserlandOptions {
  /** see `cacheFolder()` */
  readonly cacheDir: string;
  /** path of the lab kernel: the linker's cache is made inside a lab, as its root */
  readonly kernel: string;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/** Changes when the way in which a tree is made does. */
const MAKING = 1;
const RECORD = 'userland.json';
const record = z.object({
  making: z.string(),
  packages: z.record(z.string(), z.string()),
});

/**
 * Returns the userland, downloading it first if the cache does not have it (some 40 MB, a minute).
 *
 * Any finished one of the same list of programs will do: a machine without an archive can be given one. Throws LabError where
 * Debian's archive cannot be read.
 */
export async function ensureUserland(options: EnsureUserlandOptions): Promise<Userland> {
  const { cacheDir } = options;
  return userlandsIn(cacheDir).findOrMake(
    () => cachedUserland(cacheDir),
    () => download(options),
  );
}

/** The userland that `ensureUserland` would return without downloading one. */
export async function cachedUserland(cacheDir: string): Promise<Userland | undefined> {
  const userlands = userlandsIn(cacheDir);
  return (await userlands.indexed(index())) ?? (await userlands.any());
}

/** The finished userlands of a cache. */
export function userlandsIn(cacheDir: string): FinishedFolders<Userland> {
  return new FinishedFolders(join(cacheDir, 'userland'), readUserland);
}

/** The file that names the one made last. */
function index(): string {
  return `index-${making()}`;
}

/** Names the list of programs and the way in which trees are made. */
export function making(): string {
  return hashOf(String(MAKING), ...PROGRAMS, '', ...LEFT_OUT);
}

async function readUserland(folder: string): Promise<Userland | undefined> {
  const facts = await readRecord(join(folder, RECORD), record);
  if (facts?.making !== making()) return undefined;
  const { packages } = facts;
  return { folder, key: keyOf(packages), packages };
}

function keyOf(packages: Readonly<Record<string, string>>): string {
  return hashOf(making(), ...Object.entries(packages).map(([name, version]) => `${name}=${version}`));
}

async function download(options: EnsureUserlandOptions): Promise<Userland> {
  const { cacheDir, log, signal } = options;
  const userlands = userlandsIn(cacheDir);
  log('lab programs: looking them up in Debian’s archive; some 40 MB, once');
  const stopping = signal === undefined ? {} : { signal };
  const archive = await DebianArchive.open({ folder: join(cacheDir, 'debian'), ...stopping });
  const wanted = await archive.closureOf(PROGRAMS);
  const userland = await userlands.enter((draft) => drawUp(draft, archive, wanted, options));
  await userlands.remember(index(), userland.folder);
  log(`lab programs: ${wanted.length} packages are ready`);
  return userland;
}

async function drawUp(
  draft: string,
  archive: DebianArchive,
  wanted: readonly ArchivePackage[],
  { kernel, signal }: EnsureUserlandOptions,
): Promise<Drawn> {
  const packages = Object.fromEntries(wanted.map(({ name, version }) => [name, version]));
  await fill(draft, archive, wanted, kernel, signal);
  await writeFile(join(draft, RECORD), `${JSON.stringify({ making: making(), packages })}\n`);
  return { folder: draft, name: keyOf(packages) };
}

async function fill(
  draft: string,
  archive: DebianArchive,
  wanted: readonly ArchivePackage[],
  kernel: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const files = await archive.download(wanted);
  try {
    await makeTree({ folder: draft, files, kernel, ...(signal === undefined ? {} : { signal }) });
  } finally {
    for (const file of files) await rm(file, { force: true });
  }
}
