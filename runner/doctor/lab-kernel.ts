import { join } from 'node:path';
import { LabError } from '../../linux/lab-error.ts';
import { cacheFolder } from '../cache-folder.ts';
import { DebianArchive, RELEASE } from '../debian/archive.ts';
import { JobFolder } from '../job-folder.ts';
import { checkArchitecture } from '../kernel/architecture.ts';
import { cachedKernel } from '../kernel/ensure-kernel.ts';
import type { LabKernel } from '../kernel/finished-kernels.ts';
import { SOURCE_PACKAGE } from '../kernel/source.ts';
import { hostToolchain } from '../kernel/toolchain.ts';
import { bootLab } from '../lab/boot.ts';
import { initScript } from '../lab/init-script.ts';
import { asRoot } from '../this-user.ts';
import { UsageError } from '../usage-error.ts';
import { cachedUserland, type Userland } from '../userland/ensure-userland.ts';
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
  const userland = await cachedUserland(cacheFolder());
  const programs = userland === undefined ? await downloadable() : there(userland);
  if (kernel === undefined) return [await buildable(), programs];
  return [built(kernel), programs, ...(await booted(kernel, userland, memoryMb))];
}

/** The same of a kernel and programs that are there: nothing is looked for elsewhere. */
export async function bootedLab(
  kernel: LabKernel,
  userland: Userland,
  memoryMb: number,
): Promise<readonly Finding[]> {
  return [built(kernel), there(userland), ...(await booted(kernel, userland, memoryMb))];
}

function built({ version, source, compiler, path }: LabKernel): Finding {
  const text = `${version} from ${source}, compiled by ${compiler}: ${path}`;
  return { area, id: 'kernel', verdict: 'ok', text };
}

async function booted(
  kernel: LabKernel,
  userland: Userland | undefined,
  memoryMb: number,
): Promise<readonly Finding[]> {
  try {
    return await boot(kernel, userland, memoryMb);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return [bootFailure(error)];
  }
}

/** In one line: what happened and the last that the lab said. */
function bootFailure({ message, stderr = '' }: LabError): Finding {
  const said = stderr.trim().split('\n').at(-1) ?? '';
  const text = [message.split('\n', 1)[0]!, said].filter((part) => part !== '').join(' ');
  const traced = /ptrace/i.test(stderr);
  const remedy = traced
    ? `the lab traces its own processes: ${asRoot('sysctl -w kernel.yama.ptrace_scope=1')}; in a container --cap-add SYS_PTRACE`
    : 'run one to see all that it says: handoff-lab run fig12 --profile smoke --out /tmp/lab --jobs 1';
  return { area, id: 'boot', verdict: 'missing', text, remedy };
}

function there({ packages, folder }: Userland): Finding {
  const text = `${Object.keys(packages).length} packages of Debian ${RELEASE}: ${folder}`;
  return { area, id: 'programs', verdict: 'ok', text };
}

/** Whether the first run will get the lab's programs: it looks for the archive and downloads no package. */
async function downloadable(): Promise<Finding> {
  const place = { area, id: 'programs' } as const;
  try {
    await DebianArchive.open({ folder: join(cacheFolder(), 'debian') });
    const text = 'not there yet: the first run downloads them from Debian’s archive, some 40 MB';
    return { ...place, verdict: 'note', text };
  } catch (error) {
    if (error instanceof UsageError) return { ...place, ...unkept(error) };
    if (!(error instanceof LabError)) throw error;
    const remedy = error.remedy ?? 'see docs/machines.md';
    return { ...place, verdict: 'missing', text: error.message.split('\n')[0]!, remedy };
  }
}

/** Nothing is downloaded or built that no cache takes; the cache's own line says why. */
function unkept({ remedy }: UsageError): Pick<Finding, 'verdict' | 'text' | 'remedy'> {
  return { verdict: 'missing', text: 'not there, and there is no cache to keep it in: see above', remedy };
}

/** A probe's results as findings; what fails gets `verdict`. */
export function probeFindings(
  where: Finding['area'],
  results: readonly ProbeResult[],
  verdict: 'missing' | 'note',
): readonly Finding[] {
  return results.map(({ id, works, said }) => {
    const { optional, purpose, needs } = prerequisites.find((candidate) => candidate.id === id)!;
    if (works) return { area: where, id, verdict: 'ok', text: purpose };
    const text = `${purpose}: ${said} (needs ${needs})`;
    return { area: where, id, verdict: optional === true ? 'note' : verdict, text };
  });
}

/** As a run's labs do, with the lab's programs; where they are not there yet, with this machine's, whose lack says little. */
async function boot(
  kernel: LabKernel,
  userland: Userland | undefined,
  memoryMb: number,
): Promise<readonly Finding[]> {
  await using job = await JobFolder.create();
  await job.write('init.sh', initScript({ body: 'unshare --net bash ./probe.sh' }));
  await job.write('probe.sh', probeScript());
  const run = await bootLab({
    kernel: kernel.path,
    ...(userland === undefined ? {} : { userlandFolder: userland.folder }),
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
    ...probeFindings(area, readProbe(run.console), userland === undefined ? 'note' : 'missing'),
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
    if (error instanceof UsageError) return { area, id: 'kernel', ...unkept(error) };
    if (!(error instanceof LabError)) throw error;
    const remedy = [error.remedy, OTHER_SOURCE].filter((part) => part !== undefined).join('; or ');
    return { area, id: 'kernel', verdict: 'missing', text: error.message.split('\n')[0]!, remedy };
  }
}
