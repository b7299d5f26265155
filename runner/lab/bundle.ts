import { join, resolve } from 'node:path';
import { type BuildFailure, build, formatMessages, type Plugin } from 'esbuild';
import { LabError } from '../../linux/lab-error.ts';
import { koffiLibrary } from './runtime.ts';

interface BundledNodes {
  /** one CommonJS file per program, by name: a process starts four times faster from one file than from fifty */
  readonly bundles: ReadonlyMap<string, string>;
  /** every source file that went in, absolute */
  readonly inputs: readonly string[];
}

/** How programs are bundled stands here: bundles are made anew when it changes. */
export const bundlerSource = import.meta.filename;

/** Characters after which a line of a program ends: what is told of an error names a place in it. */
const LINE_LIMIT = 120;

const REPOSITORY = resolve(import.meta.dirname, '../..');

/**
 * The library of machine code without the scripts around it: to find it they ask Node for all that `util` has, streams, worker threads and colours of a
 * terminal among it, a fifth of what a program's start takes.
 */
const koffiAlone: Plugin = {
  name: 'koffi-alone',
  setup({ onResolve }) {
    onResolve({ filter: /^koffi$/ }, () => ({ path: `../${koffiLibrary(process.arch)}`, external: true }));
  },
};

/** Node's modules that a program of a lab may never need, or not before somebody comes: they are loaded at the first use of anything in them. */
const loadedWhenUsed = [
  'child_process',
  'dgram',
  'fs/promises',
  'module',
  'os',
  'readline',
  'timers/promises',
  'zlib',
];

const whenUsed: Plugin = {
  name: 'when-used',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^node:(${loadedWhenUsed.join('|')})$`) }, ({ path }) => ({
      path,
      namespace: 'when-used',
    }));
    onLoad({ filter: /./, namespace: 'when-used' }, ({ path }) => ({ contents: gettersOf(path) }));
  },
};

/** A module with the names of Node's own: the first one that is read loads it. */
function gettersOf(builtIn: string): string {
  const names = Object.keys(process.getBuiltinModule(builtIn) ?? {});
  return `for (const name of ${JSON.stringify(names)})
  Object.defineProperty(exports, name, { enumerable: true, get: () => process.getBuiltinModule('${builtIn}')[name] });`;
}

/** Bundles each program for the lab's Node. Throws LabError with the bundler's complaints. */
export async function bundleNodes(entryPoints: Readonly<Record<string, string>>): Promise<BundledNodes> {
  const result = await build({
    entryPoints: { ...entryPoints },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    // Without comments: some have characters beyond Latin 1, for which V8 would keep and read a whole program in twice as many octets. Names stay.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: LINE_LIMIT,
    // prom-client is read by a program that is asked to count, which none of a lab is.
    external: ['prom-client'],
    plugins: [koffiAlone, whenUsed],
    // Paths appear in the output: relative ones are the same in every checkout.
    absWorkingDir: REPOSITORY,
    outdir: '/nodes',
    write: false,
    metafile: true,
    logLevel: 'silent',
  }).catch(async (failure: BuildFailure) => {
    const messages = await formatMessages(failure.errors ?? [], { kind: 'error' });
    throw new LabError('The programs for the lab cannot be bundled.', {
      stderr: messages.join('') || String(failure),
    });
  });
  const bundles = result.outputFiles.map((file): [string, string] => [
    file.path.slice('/nodes/'.length).replace(/\.js$/, ''),
    file.text,
  ]);
  return {
    bundles: new Map(bundles.sort(([a], [b]) => (a < b ? -1 : 1))),
    inputs: Object.keys(result.metafile.inputs)
      .filter((path) => !path.startsWith('when-used:'))
      .map((path) => join(REPOSITORY, path)),
  };
}
