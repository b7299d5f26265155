import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LabError } from '../../linux/lab-error.ts';
import { hashOf } from '../kernel/recipe.ts';
import { writeAtomically } from '../write-atomically.ts';
import { describeFiles, exists, fillOnce, linkOrCopy } from './stage-files.ts';

/** Node and koffi for the lab, in a folder of their own, which stages link to: 126 MB are not copied twice. */
export interface Runtime {
  readonly folder: string;
  /** files in it, relative */
  readonly files: readonly string[];
  /** names the content; 16 hexadecimal digits */
  readonly hash: string;
}

interface RuntimeFile {
  /** on the host, absolute */
  readonly from: string;
  /** in the stage */
  readonly to: string;
}

/** The files that a runtime is made of, as installed, absolute. Throws LabError if one is not installed. */
export function runtimeSources(): string[] {
  return runtimeFiles(process.arch).map((file) => file.from);
}

/** Returns the runtime below `folder`, which it creates at first. Throws LabError if a part is not installed. */
export async function ensureRuntime(folder: string): Promise<Runtime> {
  const files = runtimeFiles(process.arch);
  const state = await describeFiles(files.map((file) => file.from));
  const index = join(folder, `index-runtime-${hashOf(JSON.stringify([files, state]))}`);
  const hash = await readFile(index, 'utf8').catch(() => contentHash(files));
  const target = join(folder, `runtime-${hash}`);
  await fillOnce(target, async (draft) => {
    for (const file of files) await linkOrCopy(file.from, join(draft, file.to));
  });
  if (!(await exists(index))) await writeAtomically(index, hash);
  return { folder: target, files: files.map((file) => file.to), hash };
}

async function contentHash(files: readonly RuntimeFile[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = await readFile(file.from);
    hash.update(`${file.to} ${content.length}:`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/** What programs load in place of koffi, which cannot be bundled: its library of machine code for Linux with glibc, in the stage. */
export function koffiLibrary(architecture: string): string {
  return `node_modules/${koffiPackage(architecture)}/${libraryPath(architecture)}`;
}

const koffiPackage = (architecture: string): string => `@koromix/koffi-linux-${architecture}`;
const libraryPath = (architecture: string): string => `linux_${architecture}/koffi.node`;

function runtimeFiles(architecture: string): RuntimeFile[] {
  const koffiFolder = dirname(resolved(koffiPackage(architecture)));
  return [
    { from: resolved(`node-linux-${architecture}/bin/node`), to: 'node' },
    { from: join(koffiFolder, libraryPath(architecture)), to: koffiLibrary(architecture) },
  ];
}

function resolved(request: string): string {
  try {
    return createRequire(import.meta.url).resolve(request);
  } catch (cause) {
    throw new LabError(`${request} is not installed.`, { cause, remedy: 'npm ci' });
  }
}
