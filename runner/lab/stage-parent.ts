import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCacheFolder } from '../cache-folder.ts';
import { UsageError } from '../usage-error.ts';

/**
 * The folder that stages are made in: the cache's own. A cache that a class or a cluster shares may be closed to writing; stages are made
 * in a folder of this user's in `temporary` then. Throws UsageError where neither will do, naming the cache's variable.
 */
export async function stageParent(cacheDir: string, temporary: string = tmpdir()): Promise<string> {
  const ofCache = join(cacheDir, 'stage');
  const refusal = await makeCacheFolder(ofCache).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refusal === undefined) return ofCache;
  const own = join(temporary, `handoff-lab-stage-${process.getuid?.() ?? 'user'}`);
  await mkdir(own, { mode: 0o755 }).catch(() => undefined);
  await refuseForeign(own, refusal);
  return own;
}

/** Whose name is guessed may have been taken by another: what lies there would run as this user. */
async function refuseForeign(own: string, cause: unknown): Promise<void> {
  const found = await lstat(own).catch(() => undefined);
  const ours =
    found?.isDirectory() === true && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
  if (ours) return;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const problem = `cannot serve instead of the cache as a folder of your own (${reason})`;
  throw new UsageError(
    'TMPDIR',
    own,
    problem,
    'point XDG_CACHE_HOME or TMPDIR to a folder that you may write to',
  );
}
