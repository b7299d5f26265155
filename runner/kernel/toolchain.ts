import { existsSync, realpathSync, statSync } from 'node:fs';
import { LabError } from '../../linux/lab-error.ts';
import type { Log } from '../progress/log.ts';
import { installing } from '../this-user.ts';
import { type BuiltKernel, buildKernel } from './build.ts';
import type { KernelRecipe } from './recipe.ts';
import { pathOf, runTool } from './run-tool.ts';
import { findSource, type KernelSource, type SourcePlaces } from './source.ts';

/** What turns a recipe into a kernel. */
export interface Toolchain {
  /** names the source that the user asks for, and changes with it; '' where Debian's will do. Takes no time, starts nothing. */
  askedSource(): string;
  /** the compiler with its version */
  compiler(): Promise<string>;
  /** throws LabError if a tool of the build is missing */
  check(): Promise<void>;
  findSource(places: SourcePlaces): Promise<KernelSource>;
  /** leaves `linux` and `config` in `target` */
  build(
    recipe: KernelRecipe,
    tree: string,
    target: string,
    log: Log,
    signal?: AbortSignal,
  ): Promise<BuiltKernel>;
}

/** This machine's compiler; the source of `LAB_KERNEL_SOURCE`, or Debian's. */
export function hostToolchain(environment: NodeJS.ProcessEnv = process.env): Toolchain {
  const given = environment.LAB_KERNEL_SOURCE;
  return {
    askedSource: () => (given ? fileStamp(given) : ''),
    compiler: () => runTool('gcc', ['--version']),
    check: async () => checkTools(environment.PATH),
    findSource: (places) => findSource(given, places),
    build: buildKernel,
  };
}

/** Programs of the build and the Debian packages that bring them. */
const TOOLS: Readonly<Record<string, string>> = {
  gcc: 'gcc',
  ld: 'binutils',
  make: 'make',
  bc: 'bc',
  flex: 'flex',
  bison: 'bison',
  patch: 'patch',
  tar: 'tar',
  xz: 'xz-utils',
  perl: 'perl',
};
/** In every program that is compiled, also for the build itself. */
const C_LIBRARY_HEADER = '/usr/include/stdio.h';

export function checkTools(path: string | undefined, header: string = C_LIBRARY_HEADER): void {
  const missing = Object.keys(TOOLS).filter((program) => pathOf(program, path) === undefined);
  const packages = missing.map((program) => TOOLS[program] ?? program);
  if (!existsSync(header)) packages.push('libc6-dev');
  if (packages.length === 0) return;
  throw new LabError('Tools that build the lab kernel are missing.', {
    remedy: installing([...new Set(packages)]),
  });
}

/** Names a file by its real path, size and time. */
function fileStamp(path: string | undefined): string {
  const found = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
  return path && found ? `${realpathSync(path)} ${found.size} ${found.mtimeMs}` : 'missing';
}
