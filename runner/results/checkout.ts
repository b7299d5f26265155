import { resolve } from 'node:path';
import { execa } from 'execa';
import { bundledIn } from '../bundle/bundled.ts';

/** What is said of a checkout that git does not tell of: no git, no checkout, one that it cannot read. */
export const unknown = 'unknown';

export interface Checkout {
  /** SHA-1 of the commit, or `unknown` */
  readonly commit: string;
  /** whether files differ from the commit's, or `unknown` */
  readonly dirty: boolean | typeof unknown;
}

const root = resolve(import.meta.dirname, '../..');

/**
 * The commit of the checkout in `folder`, also where it belongs to another user: git would refuse that ("dubious ownership") to protect
 * from hooks and programs that such a checkout may name; we only read, and let it start none (git-config(1), safe.directory,
 * core.fsmonitor). A folder inside a checkout of something else, such as a package in a project's `node_modules`, has none. What was unpacked from a bundle tells the commit that it was made at.
 */
export async function checkoutOf(folder = root): Promise<Checkout> {
  const bundled = bundledIn(folder);
  if (bundled !== undefined) return { commit: bundled.commit, dirty: bundled.dirty };
  const [told, changes] = await Promise.all([
    git(folder, 'rev-parse', '--show-prefix', 'HEAD'),
    git(folder, 'status', '--porcelain'),
  ]);
  // Two lines: where in the checkout the folder is, which is '' at its root, and the commit.
  const [, commit] = /^\n(.+)$/.exec(told ?? '') ?? [];
  return {
    commit: commit ?? unknown,
    dirty: commit === undefined || changes === undefined ? unknown : changes !== '',
  };
}

/** What git printed; undefined when it failed. Values on the command line are among those that safe.directory is taken from. */
async function git(folder: string, ...words: readonly string[]): Promise<string | undefined> {
  const trusting = ['-c', 'safe.directory=*', '-c', 'core.fsmonitor=false', '--no-optional-locks'];
  const run = execa('git', [...trusting, ...words], { cwd: folder });
  return run.then(
    ({ stdout }) => stdout,
    () => undefined,
  );
}
