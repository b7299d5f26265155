import { release } from 'node:os';
import { ensureKernel } from '../kernel/ensure-kernel.ts';
import { bootLab } from '../lab/boot.ts';
import type { Lab } from '../lab/lab.ts';
import { ensureUserland, type Userland } from '../userland/ensure-userland.ts';
import { hostLab } from './host-lab.ts';

/** `uml`: a kernel of its own, see `bootLab`; `host`: the running kernel, see `hostLab`. */
export type LabKind = 'uml' | 'host';

export interface OpenLab {
  /** what the lab's kernel is, for fingerprints and manifests */
  readonly kernel: { readonly key: string; readonly version: string; readonly configHash: string };
  /** the lab's own programs; `undefined` where it runs this machine's */
  readonly userland: Pick<Userland, 'key' | 'packages'> | undefined;
  readonly run: Lab;
}

/** Makes a kind of lab ready; builds the lab kernel if it is needed and not there. Throws LabError. */
export async function openLab(
  kind: LabKind,
  options: {
    readonly cacheDir: string;
    readonly log: (line: string) => void;
    /** ends a build of the lab kernel */
    readonly signal?: AbortSignal;
  },
): Promise<OpenLab> {
  if (kind === 'host') {
    const version = release();
    return { kernel: { key: `host-${version}`, version, configHash: '' }, userland: undefined, run: hostLab };
  }
  const kernel = await ensureKernel(options);
  const userland = await ensureUserland({ ...options, kernel: kernel.path });
  const places = { kernel: kernel.path, userlandFolder: userland.folder };
  return { kernel, userland, run: (job) => bootLab({ ...job, ...places }) };
}
