import { release } from 'node:os';
import type { Clock } from '../../experiments/experiment.ts';
import { labMemoryMb } from '../cells/lab-memory.ts';
import { ensureKernel } from '../kernel/ensure-kernel.ts';
import { hashOf } from '../kernel/recipe.ts';
import { bootLab } from '../lab/boot.ts';
import type { Lab } from '../lab/lab.ts';
import { labCommand } from '../lab/lab-command.ts';
import { machinePrograms } from '../machine.ts';
import type { Log } from '../progress/log.ts';
import type { KernelIdentity } from '../results/manifest.ts';
import { ensureUserland, type Userland } from '../userland/ensure-userland.ts';
import { hostLab } from './host-lab.ts';
import { refuseWithoutMininet } from './refuse-mininet.ts';

/**
 * `uml`: a kernel of its own, see `bootLab`; `host`: the running kernel, see `hostLab`. `mininet`, `mininet-host`: the same two, the network
 * built by Mininet.
 */
export const labKinds = ['uml', 'host', 'mininet', 'mininet-host'] as const;
export type LabKind = (typeof labKinds)[number];

export function onRunningKernel(kind: LabKind): boolean {
  return kind === 'host' || kind === 'mininet-host';
}

/** What a lab of this kind changes in a plan. */
export function builderOf(kind: LabKind): { readonly builder?: 'mininet' } {
  return kind === 'mininet' || kind === 'mininet-host' ? { builder: 'mininet' } : {};
}

export interface OpenLab {
  /** what the lab's kernel is, for fingerprints and manifests */
  readonly kernel: KernelIdentity;
  /** the programs in it: its own by Debian package, or, on the running kernel, this machine's by what they say of themselves */
  readonly userland: Pick<Userland, 'key' | 'packages'>;
  /** the command line that the lab kernel is started with */
  readonly flags: (clock: Clock) => string;
  readonly run: Lab;
}

/** Makes a kind of lab ready; builds the lab kernel if it is needed and not there. Throws LabError. */
export async function openLab(
  kind: LabKind,
  options: {
    readonly cacheDir: string;
    readonly log: Log;
    /** ends a build of the lab kernel */
    readonly signal?: AbortSignal;
  },
): Promise<OpenLab> {
  const { builder } = builderOf(kind);
  if (builder !== undefined) await refuseWithoutMininet();
  if (onRunningKernel(kind)) {
    const version = release();
    const kernel = { key: `host-${version}`, version, configHash: '' };
    return {
      kernel,
      userland: await ownPrograms(),
      flags: () => 'none',
      run: hostLab,
    };
  }
  const kernel = await ensureKernel(options);
  const flags = (clock: Clock) => labCommand({ clock, memoryMb: labMemoryMb }).join(' ');
  // Python and Mininet are this machine's, and so is all else in such a lab.
  if (builder !== undefined)
    return {
      kernel,
      userland: await ownPrograms(),
      flags,
      run: (job) => bootLab({ ...job, kernel: kernel.path }),
    };
  const userland = await ensureUserland({ ...options, kernel: kernel.path });
  const places = { kernel: kernel.path, userlandFolder: userland.folder };
  return { kernel, userland, flags, run: (job) => bootLab({ ...job, ...places }) };
}

/** This machine's own programs, as what they say of themselves. */
async function ownPrograms(): Promise<OpenLab['userland']> {
  const packages = await machinePrograms();
  return { key: hashOf(JSON.stringify(packages)), packages };
}
