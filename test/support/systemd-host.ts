import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { endWithTest } from './end-with-test.ts';
import { until } from './shell-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = fileURLToPath(new URL('../deploy/guest/systemd-root.sh', import.meta.url));
const SYSTEMD = '/lib/systemd/systemd';

const namespaces = ['mount', 'pid', 'ipc', 'uts', 'cgroup', 'net'].map((name) => `--${name}`);
/** What `systemd-root.sh` mounts, and containers may forbid; gone with the namespaces that it is tried in. */
const mounts = ['tmpfs', 'proc', 'sysfs', 'cgroup2', 'devpts']
  .map((type) => `mount -t ${type} ${type} /mnt`)
  .join('; ');

/** Why this machine cannot be the host of a systemd of the test's own; undefined: it can. */
export function noSystemd(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, for namespaces with a systemd of their own';
  if (!existsSync(SYSTEMD)) return 'systemd is not installed: apt-get install systemd';
  if (!readFileSync('/proc/filesystems', 'utf8').includes('\tcgroup2\n'))
    return 'this kernel has no control groups of version 2';
  const tried = spawnSync('unshare', [...namespaces, '--fork', 'sh', '-ec', mounts]);
  return tried.status === 0 ? undefined : `no namespaces with mounts of their own here: ${tried.stderr}`;
}

/** A host with a real systemd, in namespaces of its own; gone at the end of the caller's block. */
export class SystemdHost implements AsyncDisposable {
  readonly #unshare: ChildProcess;
  readonly #folder: AsyncDisposable;
  readonly #pid: number;

  private constructor(unshare: ChildProcess, folder: AsyncDisposable, pid: number) {
    this.#unshare = unshare;
    this.#folder = folder;
    this.#pid = pid;
  }

  /** Starts it and waits until it is up. */
  static async start(): Promise<SystemdHost> {
    const folder = await temporaryFolder();
    // However this process ends, that one does, and with it all of the namespaces.
    const words = ['--pdeathsig', 'KILL', 'unshare'];
    const unshare = endWithTest(
      spawn('setpriv', [...words, ...namespaces, '--fork', '--kill-child', script, folder.path, root], {
        stdio: 'ignore',
      }),
    );
    let first = 0;
    await until('systemd', () => {
      const children = readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, 'utf8').trim();
      if (children === '' || !readFileSync(`/proc/${children}/cmdline`, 'utf8').startsWith(SYSTEMD))
        return false;
      first = Number(children);
      return true;
    });
    const host = new SystemdHost(unshare, folder, first);
    const state = (): string => host.try('systemctl', 'is-system-running').stdout;
    await until(
      () => `systemd, which says ${state()}`,
      () => state() === 'running',
    );
    host.run('ip', '-6', 'address', 'add', '2001:db8:d::2/128', 'dev', 'lo', 'nodad');
    return host;
  }

  /** A command there, as root. */
  try(...words: readonly string[]): {
    readonly status: number | null;
    readonly stdout: string;
    readonly stderr: string;
  } {
    const enter = ['--target', `${this.#pid}`, '--mount', '--pid', '--ipc', '--uts', '--cgroup', '--net'];
    const run = spawnSync('nsenter', [...enter, '--root', 'env', '--chdir=/', ...words], {
      encoding: 'utf8',
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    return { status: run.status, stdout: run.stdout.trim(), stderr: run.stderr };
  }

  /** What it prints; throws when it does not end with status 0. */
  run(...words: readonly string[]): string {
    const { status, stdout, stderr } = this.try(...words);
    if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stdout}${stderr}`);
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise((resolve) => this.#unshare.once('exit', resolve));
    // With its first process goes all that is in the namespaces.
    process.kill(this.#pid, 'SIGKILL');
    await gone;
    await this.#folder[Symbol.asyncDispose]();
  }
}
