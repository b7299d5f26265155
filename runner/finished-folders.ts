import { chmod, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { z } from 'zod';
import { LabError } from '../linux/lab-error.ts';
import { makeCacheFolder } from './cache-folder.ts';
import { takeBuildLock } from './kernel/build-lock.ts';
import { writeAtomically } from './write-atomically.ts';

const DRAFT_PREFIX = 'draft-';
/** Drafts of earlier releases had other names. */
const DRAFT = /^(draft|building)-/;
const NAME = /[0-9a-f]{16}/;

/** What was drawn up in a draft, and the name it gets. */
export interface Drawn {
  /** the finished thing's folder: the draft, or one in it. What else is in the draft disappears. */
  readonly folder: string;
  /** 16 hexadecimal digits; what has this name already is replaced */
  readonly name: string;
}

/**
 * Things of a cache that are costly to make, each in a folder of its own: lab kernels, and the programs of labs.
 *
 * A thing enters by one rename, so an interrupted build is never taken for a finished one. It need not have been made here:
 * one that was copied is found too, without the index that names the one made last.
 */
export class FinishedFolders<T> {
  readonly #folder: string;
  readonly #read: (folder: string) => Promise<T | undefined>;

  /** `read`: the thing in a folder; `undefined` for a folder that is none, or not whole. */
  constructor(folder: string, read: (folder: string) => Promise<T | undefined>) {
    this.#folder = folder;
    this.#read = read;
  }

  /** The thing in a folder, wherever it lies; `undefined` for a folder that is none. */
  readAt(folder: string): Promise<T | undefined> {
    return this.#read(folder);
  }

  /** The thing that `index`, a file in the folder, names. */
  async indexed(index: string): Promise<T | undefined> {
    const text = await readFile(join(this.#folder, index), 'utf8').catch(() => '');
    const [name] = NAME.exec(text) ?? [];
    return name === undefined ? undefined : this.#read(join(this.#folder, name));
  }

  /** The thing of this name. */
  async named(name: string): Promise<T | undefined> {
    return this.#read(join(this.#folder, name));
  }

  /** The first by name of those there are that fits. */
  async any(fits: (thing: T) => boolean = () => true): Promise<T | undefined> {
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names.filter((candidate) => !DRAFT.test(candidate)).sort()) {
      const thing = await this.#read(join(this.#folder, name));
      if (thing !== undefined && fits(thing)) return thing;
    }
    return undefined;
  }

  /** What `find` finds; else what `make` makes. Processes that want something of this folder at once wait for one another. */
  async findOrMake(find: () => Promise<T | undefined>, make: () => Promise<T>): Promise<T> {
    const known = await find();
    if (known !== undefined) return known;
    await makeCacheFolder(this.#folder);
    await using _lock = await takeBuildLock(join(this.#folder, 'lock'));
    return (await find()) ?? (await make());
  }

  /** Puts what `draw` draws up in its place. To be called by what `findOrMake` calls: the lock is held. */
  async enter(draw: (draft: string) => Promise<Drawn>): Promise<T> {
    await this.#removeDrafts();
    const draft = await mkdtemp(join(this.#folder, DRAFT_PREFIX));
    try {
      const { folder, name } = await draw(draft);
      const place = join(this.#folder, name);
      await openToAll(folder);
      await rm(place, { recursive: true, force: true });
      await rename(folder, place);
      const thing = await this.#read(place);
      if (thing === undefined) throw new LabError(`${place} is not whole though it was just made.`);
      return thing;
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }

  /** From now on `index` names what is in this folder of the folder. */
  async remember(index: string, folder: string): Promise<void> {
    await writeAtomically(join(this.#folder, index), basename(folder));
  }

  /** Whoever made them is gone. */
  async #removeDrafts(): Promise<void> {
    for (const name of (await readdir(this.#folder)).filter((candidate) => DRAFT.test(candidate)))
      await rm(join(this.#folder, name), { recursive: true, force: true });
  }
}

/** What a record beside a finished thing says; `undefined` for none, and for a damaged one. */
export async function readRecord<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Whatever the umask: others use a shared cache, and labs that root starts run as a user who owns nothing. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const { mode } = await stat(path);
    // Who may run or enter it: all, where its owner may.
    const open = (mode & 0o100) === 0 ? 0o444 : 0o555;
    if ((mode & open) !== open) await chmod(path, mode | open);
  }
}
