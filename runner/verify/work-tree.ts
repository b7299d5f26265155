import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { LabError } from '../../linux/lab-error.ts';
import { cacheFolder, makeCacheFolder } from '../cache-folder.ts';
import { lendHostPatches } from '../kernel/host-patches.ts';
import { checkoutOf } from '../results/checkout.ts';
import { UsageError } from '../usage-error.ts';

const repository = resolve(import.meta.dirname, '../..');

/** Sources of one version, ready to run. */
interface SourceTree extends AsyncDisposable {
  readonly folder: string;
}

interface TreeOptions {
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The sources that are here, as they are; or those of a commit in a work tree of their own, which goes with the result. */
export async function sourceTree(
  which: 'present' | { readonly commit: string },
  options: TreeOptions,
): Promise<SourceTree> {
  if (which === 'present') return { folder: repository, async [Symbol.asyncDispose]() {} };
  const { commit, dirty } = await checkoutOf();
  // Nothing would be different in a work tree of it.
  if (commit === which.commit && dirty === false) return sourceTree('present', options);
  return workTree(which.commit, options);
}

/** The sources of `commit` in a work tree of their own, with packages. Throws UsageError for an unknown commit, LabError where it cannot be made. */
export async function workTree(commit: string, options: TreeOptions): Promise<SourceTree> {
  await refuseUnknown(commit);
  const base = join(cacheFolder(), 'verify');
  await makeCacheFolder(base);
  const folder = await mkdtemp(join(base, `${commit.slice(0, 12)}-`));
  const tree = { folder, [Symbol.asyncDispose]: () => removeTree(folder) };
  try {
    options.log(`sources of ${commit}: a work tree in ${folder}`);
    await git('worktree', 'add', '--detach', '--force', folder, commit);
    for (const name of await lendHostPatches(folder))
      options.log(`its kernel does not start on this processor without ${name}: built with it`);
    await install(folder, options);
    return tree;
  } catch (cause) {
    await removeTree(folder);
    throw new LabError(`The sources of ${commit} cannot be made ready.`, {
      cause,
      stderr: (cause as { readonly stderr?: string }).stderr ?? String(cause),
      remedy: 'measure with the present version: --with HEAD',
    });
  }
}

async function refuseUnknown(commit: string): Promise<void> {
  const { failed } = await git('cat-file', '-e', `${commit}^{commit}`).catch(() => ({ failed: true }));
  if (!failed) return;
  const remedy =
    'fetch the history it is in (git fetch --unshallow), or measure with the present version: --with HEAD';
  throw new UsageError('verify', commit, 'is no commit of this checkout', remedy);
}

/** The packages of this checkout where they are the same, by links that cost no room; else its own. */
async function install(folder: string, { log, signal }: TreeOptions): Promise<void> {
  const options = { cwd: folder, cancelSignal: signal } as const;
  if (!(await samePackages(folder))) {
    log('its packages are others: installing them');
    await execa('scripts/install.sh', [], options);
    return;
  }
  const [from, to] = [join(repository, 'node_modules'), join(folder, 'node_modules')];
  await execa('cp', ['--archive', '--link', from, to], options).catch(async () => {
    await rm(to, { recursive: true, force: true });
    await execa('cp', ['--archive', from, to], options);
  });
}

/** What tests alone use decides nothing. */
async function samePackages(folder: string): Promise<boolean> {
  const [here, there] = await Promise.all([repository, folder].map(packagesOf));
  return here === there;
}

async function packagesOf(folder: string): Promise<string> {
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as Lock;
  const used = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  return JSON.stringify(used.map(([path, { version, integrity }]) => [path, version, integrity]));
}

interface Lock {
  readonly packages: Readonly<Record<string, { dev?: boolean; version?: string; integrity?: string }>>;
}

async function removeTree(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await git('worktree', 'prune').catch(() => undefined);
}

/** As in `checkoutOf`: a checkout of another user's is read all the same, and no program that it names is started. */
function git(...words: readonly string[]) {
  const trusting = ['-c', 'safe.directory=*', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];
  return execa('git', [...trusting, ...words], { cwd: repository });
}
