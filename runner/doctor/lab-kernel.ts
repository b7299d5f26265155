import { cacheFolder } from '../cache-folder.ts';
import { RELEASE } from '../debian/archive.ts';
import { JobFolder } from '../job-folder.ts';
import { checkArchitecture } from '../kernel/architecture.ts';
import { cachedKernel, type LabKernel } from '../kernel/ensure-kernel.ts';
import { SOURCE_PACKAGE } from '../kernel/source.ts';
import { hostToolchain } from '../kernel/toolchain.ts';
import { bootLab } from '../lab/boot.ts';
import { initScript } from '../lab/init-script.ts';
import { LabError } from '../lab-error.ts';
import { cachedUserland } from '../userland/ensure-userland.ts';
import type { Finding } from './finding.ts';
import { prerequisites } from './prerequisites.ts';
import { type ProbeResult, probeScript, readProbe } from './probe.ts';

const area = 'lab kernel';
const WALL_TIMEOUT_MS = 60_000;
const VIRTUAL_TIMEOUT_S = 600;

/** Says how to give a source where Debian's package is not to be had. */
const OTHER_SOURCE =
  'any Linux 6.1.y from https://cdn.kernel.org/pub/linux/kernel/v6.x/linux-6.1.<y>.tar.xz, checked against the signed sha256sums.asc beside it; then LAB_KERNEL_SOURCE=/path/linux-6.1.<y>.tar.xz make reproduce';

export async function findLabKernel(cacheDir: string): Promise<LabKernel | undefined> {
  return cachedKernel({ cacheDir });
}

/** The lab kernel: if it is built, it is booted and uses everything that experiments need; if not, whether it can be built. */
export async function examineLabKernel(
  kernel: LabKernel | undefined,
  memoryMb: number,
): Promise<readonly Finding[]> {
  if (kernel === undefined) return [await buildable()];
  const text = `${kernel.version} from ${kernel.source}, compiled by ${kernel.compiler}: ${kernel.path}`;
  const built: Finding = { area, id: 'kernel', verdict: 'ok', text };
  try {
    return [built, await programs(), ...(await boot(kernel, memoryMb))];
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    const remedy = error.remedy ?? 'see the text above';
    return [built, { area, id: 'boot', verdict: 'missing', text: error.message, remedy }];
  }
}

/** The userland is downloaded by the first run: an archive that cannot be read is told then, with its remedy. */
async function programs(): Promise<Finding> {
  const userland = await cachedUserland(cacheFolder());
  const text =
    userland === undefined
      ? 'not there yet: the first run downloads them from Debian’s archive, some 40 MB'
      : `${Object.keys(userland.packages).length} packages of Debian ${RELEASE}: ${userland.folder}`;
  return { area, id: 'programs', verdict: userland === undefined ? 'note' : 'ok', text };
}

/** A probe's results as findings; what fails gets `verdict`. */
export function probeFindings(
  where: Finding['area'],
  results: readonly ProbeResult[],
  verdict: 'missing' | 'note',
): readonly Finding[] {
  return results.map(({ id, works, said }) => {
    const { purpose, option } = prerequisites.find((candidate) => candidate.id === id)!;
    if (works) return { area: where, id, verdict: 'ok', text: purpose };
    return { area: where, id, verdict, text: `${purpose}: ${said} (kernel option ${option})` };
  });
}

async function boot(kernel: LabKernel, memoryMb: number): Promise<readonly Finding[]> {
  await using job = await JobFolder.create();
  await job.write('init.sh', initScript({ body: 'unshare --net bash ./probe.sh' }));
  await job.write('probe.sh', probeScript());
  const run = await bootLab({
    kernel: kernel.path,
    jobFolder: job.path,
    seed: 1,
    clock: 'virtual',
    memoryMb,
    wallTimeoutMs: WALL_TIMEOUT_MS,
    virtualTimeoutS: VIRTUAL_TIMEOUT_S,
  });
  const text = `boots in virtual time; with all of the following ${(run.wallMs / 1000).toFixed(1)} s`;
  return [
    { area, id: 'boot', verdict: 'ok', text },
    ...probeFindings(area, readProbe(run.console), 'missing'),
  ];
}

/** Looks for tools and source; downloads and builds nothing. */
async function buildable(): Promise<Finding> {
  const toolchain = hostToolchain();
  try {
    checkArchitecture();
    await toolchain.check();
    const { id } = await toolchain.findSource({ cacheDir: cacheFolder() });
    const text = `not built yet (or the recipe has changed): the first run builds it from ${id}, some minutes`;
    return {
      area,
      id: 'kernel',
      verdict: 'note',
      text,
      remedy: `to build it from another source than ${SOURCE_PACKAGE}: ${OTHER_SOURCE}`,
    };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    const remedy = [error.remedy, OTHER_SOURCE].filter((part) => part !== undefined).join('; or ');
    return { area, id: 'kernel', verdict: 'missing', text: error.message.split('\n')[0]!, remedy };
  }
}
