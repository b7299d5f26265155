import { join, resolve } from 'node:path';
import { type BuildFailure, build, formatMessages } from 'esbuild';
import { LabError } from '../../linux/lab-error.ts';

interface BundledNodes {
  /** one CommonJS file per program, by name: a process starts four times faster from one file than from fifty */
  readonly bundles: ReadonlyMap<string, string>;
  /** every source file that went in, absolute */
  readonly inputs: readonly string[];
}

const REPOSITORY = resolve(import.meta.dirname, '../..');

/** Bundles each program for the lab's Node. Throws LabError with the bundler's complaints. */
export async function bundleNodes(entryPoints: Readonly<Record<string, string>>): Promise<BundledNodes> {
  const result = await build({
    entryPoints: { ...entryPoints },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    // prom-client is read by a program that is asked to count, which none of a lab is.
    external: ['koffi', 'prom-client'],
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
    inputs: Object.keys(result.metafile.inputs).map((path) => join(REPOSITORY, path)),
  };
}
