import { access, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../linux/lab-error.ts';
import { makeCacheFolder } from '../cache-folder.ts';
import { pathOf, runTool } from '../kernel/run-tool.ts';
import { makeFolders } from '../make-folders.ts';
import { installing } from '../this-user.ts';
import { debianMirrors } from './mirrors.ts';

/** The release that the lab's kernel and programs come from, whatever this machine runs: 6.1 is its kernel. */
export const RELEASE = 'bookworm';

/** Keys of Debian's archive, as the package `debian-archive-keyring` installs them. */
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** An index that is older is asked for again. */
const FRESH_MS = 3600 * 1000;

export interface ArchivePackage {
  readonly name: string;
  readonly version: string;
}

interface ArchiveOptions {
  /** holds the index and what is downloaded; created at first */
  readonly folder: string;
  readonly signal?: AbortSignal;
  /** for tests; default: this machine's */
  readonly keyring?: string;
}

/**
 * Debian's package archive as a user without privileges can read it: apt with a state of its own, which knows one release and
 * no installed package. Nothing on this machine changes but `folder`. What is downloaded is verified by the archive's keys.
 */
export class DebianArchive {
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #signal: AbortSignal | undefined;

  private constructor(folder: string, signal: AbortSignal | undefined) {
    this.#folder = folder;
    this.#environment = { ...process.env, APT_CONFIG: join(folder, 'apt.conf'), LC_ALL: 'C' };
    this.#signal = signal;
  }

  /** Fetches the index, some ten megabytes, unless it is there. Throws LabError where there is no apt, no key or no archive. */
  static async open({ folder, signal, keyring = KEYRING }: ArchiveOptions): Promise<DebianArchive> {
    for (const program of ['apt-get', 'dpkg-deb'])
      if (pathOf(program) === undefined)
        throw new LabError(`This system has no ${program}, which reads Debian's archive.`, {
          remedy: 'use Debian or Ubuntu, or the container: see docs/machines.md',
        });
    await access(keyring).catch((cause: unknown) => {
      throw new LabError(`The keys of Debian's archive are missing: ${keyring}.`, {
        remedy: installing(['debian-archive-keyring']),
        cause,
      });
    });
    const archive = new DebianArchive(folder, signal);
    await archive.#configure(keyring);
    await archive.#update();
    return archive;
  }

  /** The newest version of a package by its exact name; `undefined` for a package that the release does not have. */
  async versionOf(name: string): Promise<string | undefined> {
    const records = await this.#run('apt-cache', ['show', '--no-all-versions', name]).catch(() => '');
    for (const record of records.split('\n\n')) {
      const fields = new Map(record.split('\n').map((line) => line.split(': ', 2) as [string, string]));
      if (fields.get('Package') === name) return fields.get('Version');
    }
    return undefined;
  }

  /** These packages and all that they depend on, by name. */
  async closureOf(names: readonly string[]): Promise<readonly ArchivePackage[]> {
    const plan = await this.#run('apt-get', ['install', '--simulate', '--quiet', ...names]);
    const packages = [...plan.matchAll(/^Inst (\S+) \((\S+) /gm)].map(([, name, version]) => ({
      name: name!,
      version: version!,
    }));
    return packages.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Downloads packages in these very versions; returns the files, in the order asked. */
  async download(packages: readonly ArchivePackage[]): Promise<readonly string[]> {
    const target = join(this.#folder, 'packages');
    await makeFolders(target);
    const wanted = packages.map(({ name, version }) => `${name}=${version}`);
    await this.#run('apt-get', ['download', '--quiet', ...wanted], target);
    const files = await readdir(target);
    return packages.map(({ name, version }) => {
      const start = `${name}_${version.replaceAll(':', '%3a')}_`;
      const file = files.find((candidate) => candidate.startsWith(start));
      if (file === undefined) throw new LabError(`apt-get download left no file for ${name} ${version}.`);
      return join(target, file);
    });
  }

  async #configure(keyring: string): Promise<void> {
    const at = (...parts: string[]): string => join(this.#folder, ...parts);
    await makeCacheFolder(this.#folder);
    for (const folder of ['state/lists/partial', 'cache/archives/partial', 'etc'])
      await makeFolders(at(folder));
    await writeFile(at('status'), '');
    const { main, security } = await debianMirrors();
    const line = (uri: string, suite: string): string => `deb [signed-by=${keyring}] ${uri} ${suite} main\n`;
    await writeFile(
      at('sources.list'),
      line(main, RELEASE) + line(main, `${RELEASE}-updates`) + line(security, `${RELEASE}-security`),
    );
    await writeFile(at('apt.conf'), aptConfiguration(at));
  }

  async #update(): Promise<void> {
    const lists = join(this.#folder, 'state/lists');
    const stamp = join(this.#folder, 'updated');
    const known = await stat(stamp).catch(() => undefined);
    if (known !== undefined && Date.now() - known.mtimeMs < FRESH_MS) return;
    await this.#run('apt-get', ['update', '--quiet']);
    // apt-get update ends well also when it found nothing.
    if (!(await readdir(lists)).some((name) => /_Packages(\.\w+)?$/.test(name)))
      throw new LabError(`No index of Debian's release ${RELEASE} could be fetched.`, { remedy: REMEDY });
    await writeFile(stamp, '');
  }

  #run(program: string, args: readonly string[], cwd?: string): Promise<string> {
    return runTool(program, args, {
      env: this.#environment,
      remedy: REMEDY,
      ...(cwd === undefined ? {} : { cwd }),
      ...(this.#signal === undefined ? {} : { signal: this.#signal }),
    });
  }
}

const REMEDY = `see that this machine reaches a mirror of Debian that has the release ${RELEASE} (deb.debian.org has), then try again`;

/** Settings of this machine, a proxy for one, stay in force: apt reads them first. */
function aptConfiguration(at: (...parts: string[]) => string): string {
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  return `Dir::State "${at('state')}";
Dir::State::status "${at('status')}";
Dir::Cache "${at('cache')}";
Dir::Etc::sourcelist "${at('sources.list')}";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Architecture "${architecture}";
#clear APT::Architectures;
APT::Architectures { "${architecture}"; };
#clear APT::Default-Release;
APT::Install-Recommends "false";
APT::Install-Suggests "false";
${process.getuid?.() === 0 ? 'APT::Sandbox::User "root";\n' : ''}Acquire::Languages "none";
Acquire::Retries "3";
Debug::NoLocking "true";
`;
}
