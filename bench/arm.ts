import { type ChildProcess, execFile, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LabError } from '../linux/lab-error.ts';
import { lendHostPatches } from '../runner/kernel/host-patches.ts';
import { UsageError } from '../runner/usage-error.ts';
import type { Answer, CellOrder } from './arm-main.ts';

const here = join(import.meta.dirname, '..');

/** What a cell took in one arm. */
export type Measured = Exclude<Answer, { readonly problem: string }>;

/** The project at one commit, running cells in a process of its own (`await using`). */
export class Arm implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  /** `folder`: where the project lies. */
  constructor(name: string, folder: string) {
    this.name = name;
    this.#child = fork(join(import.meta.dirname, 'arm-main.ts'), [folder], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#ended = once(this.#child, 'exit');
  }

  /** Runs a cell. Throws LabError when its lab or a session of it failed. */
  async run(order: CellOrder): Promise<Measured> {
    const answered = once(this.#child, 'message');
    this.#child.send(order);
    const gone = this.#ended.then(() => [{ problem: 'its process has ended' }]);
    const [answer] = (await Promise.race([answered, gone])) as [Answer];
    if (!('problem' in answer)) return answer;
    throw new LabError(`a cell of ${order.experiment} failed at ${this.name}: ${answer.problem}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }
}

/** A folder with the project as it was at `commit`, with the packages of today; it goes at the end (`await using`). */
export class OldProject implements AsyncDisposable {
  readonly commit: string;
  readonly folder: string;

  private constructor(commit: string, folder: string) {
    this.commit = commit;
    this.folder = folder;
  }

  /** Throws UsageError for a commit that this checkout does not know. */
  static async checkOut(revision: string): Promise<OldProject> {
    const commit = await commitOf(revision);
    const folder = await mkdtemp(join(tmpdir(), 'handoff-lab-old-'));
    const project = new OldProject(commit.slice(0, 7), folder);
    try {
      await unpack(commit, folder);
      await lendHostPatches(folder);
      await symlink(join(here, 'node_modules'), join(folder, 'node_modules'));
      return project;
    } catch (error) {
      await project[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function commitOf(revision: string): Promise<string> {
  const words = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  try {
    return (await promisify(execFile)('git', words, { cwd: here })).stdout.trim();
  } catch {
    throw new UsageError(
      '--base',
      revision,
      'is no commit of this checkout',
      'name one that `git log` shows, in a clone with its history',
    );
  }
}

async function unpack(commit: string, folder: string): Promise<void> {
  const archive = spawn('git', ['archive', commit], { cwd: here, stdio: ['ignore', 'pipe', 'inherit'] });
  const tar = spawn('tar', ['-x', '-C', folder], { stdio: [archive.stdout, 'inherit', 'inherit'] });
  const statuses = await Promise.all(
    [archive, tar].map(async (child) => (await once(child, 'exit'))[0] as number | null),
  );
  if (statuses.every((status) => status === 0)) return;
  throw new LabError(`the project at ${commit} could not be unpacked`, {
    command: `git archive ${commit} | tar -x`,
  });
}
