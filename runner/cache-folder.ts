import { userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { bundledCache, bundledIn } from './bundle/bundled.ts';
import { makeWritable } from './make-folders.ts';
import { UsageError } from './usage-error.ts';

/** The cache, and what says where it is. */
export interface CachePlace {
  readonly folder: string;
  readonly variable: 'XDG_CACHE_HOME' | 'HOME' | 'bundle';
  /** of the variable; of a bundle: its folder */
  readonly value: string;
}

const repository = resolve(import.meta.dirname, '..');
/** The remedy where a cache cannot be written to. */
export const ELSEWHERE = 'point XDG_CACHE_HOME to a folder that you may write to, with 1 GB of room';

/**
 * Where built kernels and staged programs are kept: `$XDG_CACHE_HOME/handoff-lab`, or `~/.cache/handoff-lab` where that is empty or, as
 * the XDG specification has it, relative; what was unpacked from a bundle brings its own. Throws UsageError where there is no home either.
 */
export function cachePlace(environment: NodeJS.ProcessEnv = process.env, root = repository): CachePlace {
  if (bundledIn(root) !== undefined)
    return { folder: join(root, bundledCache), variable: 'bundle', value: root };
  const { XDG_CACHE_HOME: base = '' } = environment;
  if (isAbsolute(base)) return place('XDG_CACHE_HOME', base, base);
  // An empty HOME is none: the user's home is then what the system says.
  const home = environment.HOME || systemHome();
  if (!isAbsolute(home))
    throw new UsageError('HOME', home, 'is no folder that a cache could be in', ELSEWHERE);
  return place('HOME', home, join(home, '.cache'));
}

export function cacheFolder(environment: NodeJS.ProcessEnv = process.env, root = repository): string {
  return cachePlace(environment, root).folder;
}

/** Makes a folder of the cache, to be written into. Throws UsageError that names the variable to set. */
export async function makeCacheFolder(folder: string): Promise<void> {
  await makeWritable(folder).catch((error: unknown) => {
    throw unwritable(folder, error);
  });
}

/** The folder that a part of the cache was to be made in, named by what put it there. */
function unwritable(folder: string, error: unknown): UsageError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const { folder: cache, variable, value } = cachePlace();
  const inCache = folder === cache || folder.startsWith(`${cache}/`);
  const problem = `leads to ${folder}, which cannot be written to (${code})`;
  return new UsageError(inCache ? variable : 'cache', inCache ? value : folder, problem, ELSEWHERE);
}

function place(variable: CachePlace['variable'], value: string, base: string): CachePlace {
  return { folder: join(base, 'handoff-lab'), variable, value };
}

/** What the system says, whatever HOME says; '' where it knows no home for this user. */
function systemHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    return '';
  }
}
