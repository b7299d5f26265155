import { readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LabError } from '../../linux/lab-error.ts';
import { DebianArchive, RELEASE } from '../debian/archive.ts';
import { runTool } from './run-tool.ts';
import { checkVersion, SOURCE_REMEDY, versionInTarball, versionOf } from './source-version.ts';

/** Debian's package of the kernel version that the fragment, the patches and the data plane are made for. */
export const SOURCE_PACKAGE = 'linux-source-6.1';

/** Where a kernel's source comes from. */
export interface KernelSource {
  /** what it is, for the cache's key: package and version, or the content's hash */
  readonly id: string;
  /** unpacks it; returns the tree's folder, which lies in `folder` and may be changed */
  unpack(folder: string, signal?: AbortSignal): Promise<string>;
}

/** What finding a source needs besides its name. */
export interface SourcePlaces {
  /** see `cacheFolder()`: the archive's index and what is downloaded lie there */
  readonly cacheDir: string;
  readonly signal?: AbortSignal;
}

/**
 * Finds the kernel source: `LAB_KERNEL_SOURCE` (a tarball or an unpacked tree) or, if it is empty, Debian's package of
 * bookworm, whatever release this machine runs. Downloads nothing but an index. Throws LabError if there is none.
 */
export async function findSource(given: string | undefined, places: SourcePlaces): Promise<KernelSource> {
  if (!given) return packageSource(places);
  const found = await stat(given).catch((cause: unknown) => {
    throw new LabError(`LAB_KERNEL_SOURCE names ${given}, which cannot be read.`, {
      remedy: SOURCE_REMEDY,
      cause,
    });
  });
  return found.isDirectory() ? folderSource(given) : tarballSource(given);
}

async function packageSource({ cacheDir, signal }: SourcePlaces): Promise<KernelSource> {
  const options = { folder: join(cacheDir, 'debian'), ...(signal ? { signal } : {}) };
  const archive = await DebianArchive.open(options).catch((error: unknown) => {
    if (!(error instanceof LabError)) throw error;
    throw new LabError(error.message, {
      remedy: `${error.remedy === undefined ? '' : 'see above; or '}${SOURCE_REMEDY}`,
      cause: error,
    });
  });
  const version = await archive.versionOf(SOURCE_PACKAGE);
  if (version === undefined)
    throw new LabError(`Debian's archive does not have ${SOURCE_PACKAGE} in ${RELEASE}.`, {
      remedy: SOURCE_REMEDY,
    });
  return {
    id: `${SOURCE_PACKAGE}_${version}`,
    async unpack(folder, stopping) {
      const files = await archive.download([{ name: SOURCE_PACKAGE, version }]);
      const always = { cwd: folder, ...(stopping ? { signal: stopping } : {}) };
      for (const file of files) {
        await runTool('dpkg-deb', ['-x', file, 'package'], always);
        await rm(file);
      }
      return unpackTarball(join(folder, 'package/usr/src', `${SOURCE_PACKAGE}.tar.xz`), folder, stopping);
    },
  };
}

async function tarballSource(tarball: string): Promise<KernelSource> {
  checkVersion(await versionInTarball(tarball), tarball);
  const sum = await runTool('sha256sum', ['--', tarball]);
  return {
    id: `sha256-${sum.slice(0, 16)}`,
    unpack: (folder, signal) => unpackTarball(tarball, folder, signal),
  };
}

/** A tree is too large to be hashed: it is named by its version and by when its top was last changed. */
async function folderSource(tree: string): Promise<KernelSource> {
  const makefile = await readFile(join(tree, 'Makefile'), 'utf8').catch((cause: unknown) => {
    throw new LabError(`LAB_KERNEL_SOURCE names ${tree}, which is no kernel source: it has no Makefile.`, {
      remedy: SOURCE_REMEDY,
      cause,
    });
  });
  const version = versionOf(makefile);
  checkVersion(version, tree);
  const { mtimeMs } = await stat(tree);
  return {
    id: `tree-${version}-${resolve(tree)}-${mtimeMs}`,
    async unpack(folder, signal) {
      const copy = join(folder, 'linux');
      const always = signal ? { signal } : {};
      await runTool('cp', ['-a', '--reflink=auto', '--', tree, copy], always);
      await runTool('make', ['mrproper'], { ...always, cwd: copy });
      return copy;
    },
  };
}

/** Code for hardware that a UML kernel never has: leaving it out saves half of the disk space. Kconfig files stay. */
const UNUSED = ['drivers/gpu', 'drivers/media', 'drivers/net/ethernet', 'drivers/net/wireless', 'sound'];

async function unpackTarball(tarball: string, folder: string, signal?: AbortSignal): Promise<string> {
  const tree = join(folder, 'linux');
  const unused = UNUSED.map((path) => `--exclude=*/${path}/*.[ch]`);
  const args = ['--extract', '--file', tarball, '--one-top-level=linux', '--strip-components=1'];
  await runTool('tar', [...args, ...unused, '--exclude=*.dts', '--exclude=*.dtsi', '--exclude=*.rst'], {
    cwd: folder,
    ...(signal ? { signal } : {}),
  });
  return tree;
}
