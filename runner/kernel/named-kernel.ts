import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { LabError } from '../../linux/lab-error.ts';
import { UsageError } from '../usage-error.ts';
import { checkOptions, optionsWithoutTools } from './configuration.ts';
import { type LabKernel, readKernel } from './finished-kernels.ts';
import { importParcel, isParcel } from './parcel.ts';
import { hashOf, type KernelRecipe } from './recipe.ts';
import { runTool } from './run-tool.ts';
import { versionProblem } from './source-version.ts';

const REMEDY =
  'name a finished kernel: the program `linux`, its folder, or the file that `handoff-lab kernel export` wrote';
const ELF = '7f454c46';
/** A kernel says its version and options at once. */
const SAYS_MS = 20_000;

interface Wanted {
  readonly recipe: KernelRecipe;
  /** the recipe's name */
  readonly made: string;
  readonly cacheDir: string;
}

/**
 * The kernel that `LAB_KERNEL` names: a program, the folder of a finished kernel, or an exported file, which the cache takes in unless it
 * has it. One of this recipe keeps its name; any other User-Mode Linux 6.1 with all options that the recipe asks for is named
 * by its own octets, so that its cells are taken for no other kernel's. Throws UsageError for anything else.
 */
export async function namedKernel(given: string, wanted: Wanted): Promise<LabKernel> {
  const path = resolve(given);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw refusal(given, `cannot be read (${error.code})`);
  });
  const program = found.isDirectory() ? join(path, 'linux') : path;
  const start = await firstOctets(program).catch((error: NodeJS.ErrnoException) => {
    throw refusal(given, `holds no kernel that can be read: ${program} (${error.code})`);
  });
  if (start === ELF) {
    const recorded = await readKernel(dirname(program), wanted.made);
    return recorded?.path === program ? recorded : unknownKernel(given, program, wanted.recipe);
  }
  if (await isParcel(program)) return (await importParcel(program, wanted)).kernel;
  throw refusal(given, 'is neither a program nor an exported kernel');
}

/** A kernel without a record tells itself what it is. */
async function unknownKernel(given: string, program: string, { fragment }: KernelRecipe): Promise<LabKernel> {
  const says = (word: string) => runTool(program, [word], { signal: AbortSignal.timeout(SAYS_MS) });
  const [version, config] = await Promise.all([says('--version'), says('--showconfig')]).catch(
    (error: unknown) => {
      throw refusal(given, `does not say what kernel it is (${firstLine(String(error))})`);
    },
  );
  if (!config.includes('CONFIG_UML=y')) throw refusal(given, 'is no User-Mode Linux kernel');
  const release = version.trim();
  const problem = versionProblem(release);
  if (problem !== undefined) throw refusal(given, `is ${problem.replace(/\.$/, '')}`);
  try {
    checkOptions(fragment, config);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    throw refusal(given, `lacks what labs need: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}`);
  }
  const sum = createHash('sha256')
    .update(await readFile(program))
    .digest('hex');
  return {
    path: program,
    key: hashOf('named', sum),
    version: release,
    configHash: hashOf(optionsWithoutTools(config)),
    source: `LAB_KERNEL, SHA-256 ${sum.slice(0, 16)}`,
    compiler: /^CONFIG_CC_VERSION_TEXT="(.*)"$/m.exec(config)?.[1] ?? 'unknown',
  };
}

async function firstOctets(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead).toString('hex');
  } finally {
    await handle.close();
  }
}

function refusal(given: string, problem: string): UsageError {
  return new UsageError('LAB_KERNEL', given, problem, REMEDY);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}
