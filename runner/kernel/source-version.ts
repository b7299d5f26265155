import { LabError } from '../../linux/lab-error.ts';
import { runTool } from './run-tool.ts';

/** The series that the fragment, the patches and the data plane are made for. */
const SERIES = '6.1';

export const SOURCE_REMEDY =
  'set LAB_KERNEL_SOURCE to a tarball or folder of Linux 6.1.y that you can read: https://cdn.kernel.org/pub/linux/kernel/v6.x/linux-6.1.<y>.tar.xz';

/** The version that a kernel's top Makefile tells, e.g. `6.1.176`; undefined if it is none. */
export function versionOf(makefile: string): string | undefined {
  const field = (name: string) => new RegExp(`^${name} = (\\d+)$`, 'm').exec(makefile)?.[1];
  const parts = ['VERSION', 'PATCHLEVEL', 'SUBLEVEL'].map(field);
  return parts.includes(undefined) ? undefined : parts.join('.');
}

/** The version of a packed kernel source, read from its Makefile alone. Throws LabError for what is no tarball. */
export async function versionInTarball(tarball: string): Promise<string | undefined> {
  // With one folder above: deeper ones have Makefiles too. tar stops at the first: the top one comes early.
  const pattern = ['--wildcards', '--no-wildcards-match-slash', '--occurrence=1', '*/Makefile'];
  const makefile = await runTool('tar', ['--extract', '--to-stdout', '--file', tarball, ...pattern], {
    remedy: SOURCE_REMEDY,
  });
  return versionOf(makefile);
}

/** Throws LabError, before anything is built, for another series than 6.1. */
export function checkVersion(version: string | undefined, place: string): void {
  if (version === undefined)
    throw new LabError(`LAB_KERNEL_SOURCE names ${place}, which is no kernel source.`, {
      remedy: SOURCE_REMEDY,
    });
  const problem = versionProblem(version);
  if (problem !== undefined)
    throw new LabError(`LAB_KERNEL_SOURCE names ${problem}`, { remedy: SOURCE_REMEDY });
}

/** Why a kernel of this version will not do, in a sentence without its beginning; `undefined` for one that will. */
export function versionProblem(version: string): string | undefined {
  if (version.startsWith(`${SERIES}.`)) return undefined;
  return (
    `Linux ${version}; the lab kernel is made from ${SERIES}. Its patches and options fit that ` +
    'series, and from 6.7 on the kernel no longer tells Mobility Header types apart, which home registration needs.'
  );
}
