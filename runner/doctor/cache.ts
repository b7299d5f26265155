import { access, constants, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { type CachePlace, cachePlace, ELSEWHERE } from '../cache-folder.ts';
import { mountOptions } from '../lab/memory-folder.ts';
import { UsageError } from '../usage-error.ts';
import type { Finding } from './finding.ts';

const area = 'machine';
const id = 'cache';

/**
 * Where a run keeps and looks for kernel and programs, and whether it can; writes nothing. `complete`: kernel and programs are there, so that
 * a cache that cannot be written to will do.
 */
export async function examineCache(
  complete: boolean,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<readonly Finding[]> {
  const ignored = ignoredVariable(environment);
  try {
    return [await examine(cachePlace(environment), complete), ...ignored];
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return [{ area, id, verdict: 'missing', text: error.message, remedy: error.remedy }, ...ignored];
  }
}

async function examine({ folder, variable, value }: CachePlace, complete: boolean): Promise<Finding> {
  const problem = await problemOf(folder);
  if (problem === undefined) {
    const noexec = mountOptions(await readFile('/proc/self/mounts', 'utf8'), folder).includes('noexec');
    if (noexec) {
      const text = `${folder} is mounted noexec: the lab kernel, a program, cannot be started there`;
      return {
        area,
        id,
        verdict: 'missing',
        text,
        remedy: 'point XDG_CACHE_HOME to a folder on another file system',
      };
    }
    return { area, id, verdict: 'ok', text: `${folder}${await room(folder)}` };
  }
  const text = `${folder} (${variable}='${value}') ${problem}`;
  if (complete)
    return {
      area,
      id,
      verdict: 'note',
      text: `${text}; what is in it is used, the rest goes to ${'$TMPDIR'} or /tmp`,
    };
  return { area, id, verdict: 'missing', text, remedy: ELSEWHERE };
}

/** Why nothing can be written there; a folder that is not there yet is judged by the one above it. */
async function problemOf(folder: string): Promise<string | undefined> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => error.code);
  if (found === 'ENOENT') {
    const above = dirname(folder);
    // Whoever may write into /proc can make nothing there.
    if (/^\/(proc|sys)(\/|$)/.test(above)) return 'cannot be made there';
    return above === folder ? 'is not there' : problemOf(above);
  }
  if (found === undefined || typeof found === 'string') return `cannot be read (${found})`;
  if (!found.isDirectory()) return 'is in the way: it is no folder';
  return access(folder, constants.W_OK).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => `cannot be written to (${error.code})`,
  );
}

async function room(folder: string): Promise<string> {
  const found = await statfs(folder).catch(() => undefined);
  if (found === undefined) return ', made by the first run';
  return `, ${Math.floor((found.bavail * found.bsize) / 2 ** 20)} MB free`;
}

function ignoredVariable({ XDG_CACHE_HOME: base = '' }: NodeJS.ProcessEnv): readonly Finding[] {
  if (base === '' || isAbsolute(base)) return [];
  const text = `XDG_CACHE_HOME='${base}' is relative and so ignored, as the XDG specification says`;
  return [{ area, id: 'XDG_CACHE_HOME', verdict: 'note', text, remedy: 'give it an absolute path' }];
}
