import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { labMemoryMb } from '../cells/lab-memory.ts';
import type { LabKernel } from '../kernel/finished-kernels.ts';
import { pathOf } from '../kernel/run-tool.ts';
import { makeFolders } from '../make-folders.ts';
import { cachedUserland } from '../userland/ensure-userland.ts';
import type { Finding } from './finding.ts';
import { nodeProgram, npmPackages } from './installation.ts';
import { bootedLab } from './lab-kernel.ts';
import { examineMachine } from './machine.ts';

/** What a run starts on the machine itself: util-linux, and a POSIX system's own. */
const tools = ['flock', 'setarch', 'setpriv', 'sh', 'taskset'] as const;

const bring =
  'make a bundle where they are (bin/handoff-lab bundle FILE), and unpack it here; or let this machine see that one’s cache folder';

interface NodeOptions {
  readonly cacheDir: string;
  readonly kernel: LabKernel | undefined;
  /** for tests; default: this process's */
  readonly path?: string;
}

/**
 * What a machine lacks that shall only measure: a node of a cluster, where nobody has a compiler, an archive or root. Kernel and
 * programs have to be there already; neither is looked for elsewhere.
 */
export async function examineNode({ cacheDir, kernel, path }: NodeOptions): Promise<readonly Finding[]> {
  const userland = await cachedUserland(cacheDir);
  return [
    ...(await examineMachine(labMemoryMb)),
    ...tools.map((tool) => toolFinding(tool, path)),
    nodeProgram(),
    await npmPackages(),
    await cacheFinding(cacheDir),
    ...(kernel === undefined ? [absent('kernel', 'no finished lab kernel of this recipe', cacheDir)] : []),
    ...(userland === undefined ? [absent('programs', 'no finished programs of labs', cacheDir)] : []),
    ...(kernel === undefined || userland === undefined ? [] : await bootedLab(kernel, userland, labMemoryMb)),
  ];
}

function toolFinding(tool: string, path = process.env.PATH): Finding {
  const place = { area: 'machine', id: tool } as const;
  const found = pathOf(tool, path);
  if (found !== undefined) return { ...place, verdict: 'ok', text: found };
  const text = 'not in PATH; every run starts it';
  return {
    ...place,
    verdict: 'missing',
    text,
    remedy: 'the package util-linux has it: ask who keeps this machine',
  };
}

function absent(id: string, what: string, cacheDir: string): Finding {
  return { area: 'lab kernel', id, verdict: 'missing', text: `${what} in ${cacheDir}`, remedy: bring };
}

/** Programs are put together there at first. */
async function cacheFinding(cacheDir: string): Promise<Finding> {
  const place = { area: 'installation', id: 'cache folder' } as const;
  try {
    await makeFolders(cacheDir);
    await rm(await mkdtemp(join(cacheDir, 'draft-')), { recursive: true });
    return { ...place, verdict: 'ok', text: cacheDir };
  } catch (error) {
    const text = `${cacheDir} cannot be written to (${(error as NodeJS.ErrnoException).code ?? String(error)})`;
    const remedy = 'unpack the bundle in a folder of yours, or name another one: XDG_CACHE_HOME';
    return { ...place, verdict: 'missing', text, remedy };
  }
}
