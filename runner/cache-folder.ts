import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundledCache, bundledIn } from './bundle/bundled.ts';

const repository = resolve(import.meta.dirname, '..');

/**
 * Where built kernels and staged programs are kept: `$XDG_CACHE_HOME/handoff-lab`, or `~/.cache/handoff-lab`; what was unpacked from a bundle
 * brings its own.
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env, root = repository): string {
  if (bundledIn(root) !== undefined) return join(root, bundledCache);
  const base = environment.XDG_CACHE_HOME;
  // The XDG specification has a relative path ignored.
  return join(base?.startsWith('/') ? base : join(homedir(), '.cache'), 'handoff-lab');
}
