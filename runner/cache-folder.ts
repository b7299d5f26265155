import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where built kernels and staged programs are kept: `$XDG_CACHE_HOME/handoff-lab`, or `~/.cache/handoff-lab`. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment.XDG_CACHE_HOME;
  // The XDG specification has a relative path ignored.
  return join(base?.startsWith('/') ? base : join(homedir(), '.cache'), 'handoff-lab');
}
