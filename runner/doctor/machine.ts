import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { LabError } from '../../linux/lab-error.ts';
import { checkArchitecture } from '../kernel/architecture.ts';
import { memoryFolder } from '../lab/memory-folder.ts';
import { unprivilegedUser } from '../lab/unprivileged.ts';
import { systemName } from '../system-name.ts';
import { type Capability, LAB_PATH, missingCapabilities } from '../this-user.ts';
import type { Finding, Verdict } from './finding.ts';

const BYTES_PER_MB = 2 ** 20;
/** Labs that root starts run as another user, who gets their folder. */
const NEEDED_TO_BECOME: readonly Capability[] = ['CHOWN', 'SETGID', 'SETUID'];

/** Processors, system, room for labs' memory, and the user that labs run as. */
export async function examineMachine(
  labMemoryMb: number,
  architecture: string = process.arch,
): Promise<readonly Finding[]> {
  const cores = availableParallelism();
  const finding = (id: string, verdict: Verdict, text: string, remedy?: string): Finding => ({
    area: 'machine',
    id,
    verdict,
    text,
    ...(remedy === undefined ? {} : { remedy }),
  });
  return [
    finding('system', 'ok', systemName()),
    processor(architecture, finding),
    finding('cores', cores > 1 ? 'ok' : 'note', `${cores}: as many labs at a time`),
    await memory(labMemoryMb, finding),
    await user(finding),
    ...searchPath(finding),
  ];
}

type Make = (id: string, verdict: Verdict, text: string, remedy?: string) => Finding;

function processor(architecture: string, finding: Make): Finding {
  try {
    checkArchitecture(architecture);
    return finding('processor', 'ok', architecture);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return finding('processor', 'missing', error.message.split('\n')[0]!, error.remedy);
  }
}

async function memory(labMemoryMb: number, finding: Make): Promise<Finding> {
  try {
    const folder = await memoryFolder(labMemoryMb);
    const { bavail, bsize } = await statfs(folder);
    const freeMb = Math.floor((bavail * bsize) / BYTES_PER_MB);
    return finding('memory', 'ok', `${folder}, ${freeMb} MB free; a lab takes up to ${labMemoryMb} MB there`);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return finding('memory', 'missing', error.message.split('\n')[0]!, error.remedy);
  }
}

async function user(finding: Make): Promise<Finding> {
  if (process.getuid?.() !== 0) return finding('user', 'ok', 'not root; labs run as you');
  const number = await unprivilegedUser();
  const lacking = missingCapabilities(await readFile('/proc/self/status', 'utf8'), NEEDED_TO_BECOME);
  if (number !== undefined && lacking.length > 0) {
    const text = `root without ${listOf(lacking)}: labs cannot run as user ${number}`;
    const remedy = `run as another user than root, or add: ${lacking.map((name) => `--cap-add ${name}`).join(' ')}`;
    return finding('user', 'missing', text, remedy);
  }
  if (number !== undefined)
    return finding('user', 'ok', `root; labs run as user ${number}, without privileges`);
  return finding('user', 'ok', 'root of a user namespace; labs run as you');
}

/** Nothing where PATH has all folders that labs look into. */
function searchPath(finding: Make): readonly Finding[] {
  const has = (process.env.PATH ?? '').split(':');
  const lacks = ['/usr/sbin', '/sbin'].filter((folder) => !has.includes(folder));
  if (!lacks.includes('/usr/sbin')) return [];
  const text = `lacks ${lacks.join(' and ')}; labs have a PATH of their own: ${LAB_PATH}`;
  return [finding('PATH', 'note', text)];
}

function listOf(capabilities: readonly Capability[]): string {
  return capabilities.map((name) => `CAP_${name}`).join(', ');
}
