import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type ArchivePackage, DebianArchive } from '../debian/archive.ts';
import { takeBuildLock } from '../kernel/build-lock.ts';
import { hashOf } from '../kernel/recipe.ts';
import { writeAtomically } from '../write-atomically.ts';
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
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Changes when the way in which a tree is made does. */
const MAKING = 1;
const RECORD = 'userland.json';
const DRAFT_PREFIX = 'draft-';
const record = z.object({
  making: z.string(),
  packages: z.record(z.string(), z.string()),
});

/**
 * Returns the userland, downloading it first if the cache does not have it (some 40 MB, a minute).
 *
 * Any finished one of the same list of programs will do: a machine without an archive can be given one. It enters the cache by
 * one rename. Throws LabError where Debian's archive cannot be read.
 */
export async function ensureUserland(options: EnsureUserlandOptions): Promise<Userland> {
  const folder = join(options.cacheDir, 'userland');
  const known = await cachedUserland(options.cacheDir);
  if (known !== undefined) return known;
  await mkdir(folder, { recursive: true });
  await using _lock = await takeBuildLock(join(folder, 'lock'));
  return (await cachedUserland(options.cacheDir)) ?? (await download(folder, options));
}

/** The userland that `ensureUserland` would return without downloading one. */
export async function cachedUserland(cacheDir: string): Promise<Userland | undefined> {
  const folder = join(cacheDir, 'userland');
  const latest = await readFile(join(folder, `index-${making()}`), 'utf8').catch(() => '');
  const keys = (await readdir(folder).catch(() => [])).filter((name) => /^[0-9a-f]{16}$/.test(name)).sort();
  for (const key of [latest, ...keys]) {
    const found = key === '' ? undefined : await readUserland(join(folder, key));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Names the list of programs and the way in which trees are made. */
function making(): string {
  return hashOf(String(MAKING), ...PROGRAMS, '', ...LEFT_OUT);
}

async function readUserland(folder: string): Promise<Userland | undefined> {
  const text = await readFile(join(folder, RECORD), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const read = record.safeParse(parsed(text));
  if (!read.success || read.data.making !== making()) return undefined;
  const { packages } = read.data;
  return { folder, key: keyOf(packages), packages };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function keyOf(packages: Readonly<Record<string, string>>): string {
  return hashOf(making(), ...Object.entries(packages).map(([name, version]) => `${name}=${version}`));
}

async function download(folder: string, options: EnsureUserlandOptions): Promise<Userland> {
  const { cacheDir, kernel, log, signal } = options;
  const stopping = signal === undefined ? {} : { signal };
  log('lab programs: looking them up in Debian’s archive; some 40 MB, once');
  const archive = await DebianArchive.open({ folder: join(cacheDir, 'debian'), ...stopping });
  const wanted = await archive.closureOf(PROGRAMS);
  const packages = Object.fromEntries(wanted.map(({ name, version }) => [name, version]));
  const key = keyOf(packages);
  await removeDrafts(folder);
  const draft = await mkdtemp(join(folder, DRAFT_PREFIX));
  try {
    await fill(draft, archive, wanted, kernel, signal);
    await writeFile(join(draft, RECORD), `${JSON.stringify({ making: making(), packages })}\n`);
    await rm(join(folder, key), { recursive: true, force: true });
    await rename(draft, join(folder, key));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await writeAtomically(join(folder, `index-${making()}`), key);
  log(`lab programs: ${wanted.length} packages are ready`);
  return { folder: join(folder, key), key, packages };
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

/** Called with the lock held: whoever made these folders is gone. */
async function removeDrafts(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(DRAFT_PREFIX));
  for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
}
