import { execFile } from 'node:child_process';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type BuildFailure, build } from 'esbuild';
import { defaultExport } from '../../server/default-export.ts';
import { JobFolder } from '../job-folder.ts';
import { UsageError } from '../usage-error.ts';
import { type OwnFile, ownFile } from './load-module.ts';

/** A server application of one's own as labs get it. */
interface BundledApplication {
  /** what the log calls it */
  readonly name: string;
  /** one CommonJS module that makes it, with all that it imports */
  readonly bundle: string;
}

const REPOSITORY = join(import.meta.dirname, '../..');
const EXAMPLE = 'examples/chat-server.ts';
/** A module that is loaded does nothing that takes its time. */
const LOADING_LIMIT_MS = 20_000;

/** The exit status with which the process that loads a module ends itself, once it has seen the export. */
const LOOKED: NodeJS.Signals = 'SIGKILL';

/** Loads the module as a member does, in a process of its own, and says what its default export is. What the module goes on with is not awaited. */
const LOOK = `
const made = (${defaultExport.toString()})(require(process.argv[1]));
const said = JSON.stringify({ type: typeof made, has: made !== undefined });
process.stdout.write('\\n' + said + '\\n', () => process.kill(process.pid, '${LOOKED}'));
`;

/** How such a process has ended. */
type LookError = Error & {
  readonly signal?: NodeJS.Signals;
  readonly stdout: string;
  readonly stderr?: string;
  /** by the time limit */
  readonly killed?: boolean;
};

/**
 * The application in `path` (TypeScript or JavaScript) with everything that it imports, as one module: labs do not see the folder it stands in. Throws
 * UsageError for what no member could load: no file, mistakes in it, an error while it loads, no function as its default export.
 */
export async function bundleApplication(path: string, field = 'application'): Promise<BundledApplication> {
  const own: OwnFile = { field, what: 'a server application', example: EXAMPLE };
  const file = await ownFile(path, own);
  const bundle = await bundled(file, path, field);
  await using folder = await JobFolder.create();
  await folder.write('application.cjs', bundle);
  await look(join(folder.path, 'application.cjs'), path, field);
  return { name: basename(file), bundle };
}

async function bundled(file: string, path: string, field: string): Promise<string> {
  const result = await build({
    entryPoints: [file],
    bundle: true,
    platform: 'node',
    // Of a member alone, which brings it: no application calls the kernel.
    external: ['koffi'],
    format: 'cjs',
    target: 'node24',
    // Names of files in the output are the same wherever the folder stands.
    absWorkingDir: dirname(file),
    outfile: join(dirname(file), 'application.cjs'),
    sourcemap: 'inline',
    sourcesContent: false,
    conditions: ['handoff-lab-source'],
    // The package itself, wherever the file stands.
    nodePaths: [join(REPOSITORY, '..')],
    plugins: [ownPackage],
    write: false,
    logLevel: 'silent',
  }).catch((failure: BuildFailure) => {
    const [first] = failure.errors ?? [];
    const { location } = first ?? {};
    const place = location ? `line ${location.line}, column ${location.column + 1}: ` : '';
    const what = first === undefined ? String(failure) : `${place}${first.text}`;
    throw new UsageError(
      field,
      path,
      `cannot be loaded (${what})`,
      `correct it: ${EXAMPLE} is one that runs`,
    );
  });
  return result.outputFiles[0]!.text;
}

/** `handoff-lab/…` is this package, wherever the file stands that imports it. */
const ownPackage = {
  name: 'handoff-lab',
  setup: (setup: import('esbuild').PluginBuild): void => {
    setup.onResolve({ filter: /^handoff-lab\// }, async ({ path, kind, pluginData }) =>
      pluginData === 'own'
        ? undefined
        : setup.resolve(path, { kind, resolveDir: REPOSITORY, pluginData: 'own' }),
    );
  },
};

async function look(bundle: string, path: string, field: string): Promise<void> {
  const refuse = (problem: string, remedy: string): never => {
    throw new UsageError(field, path, problem, remedy);
  };
  const run = promisify(execFile)(process.execPath, ['--enable-source-maps', '-e', LOOK, bundle], {
    timeout: LOADING_LIMIT_MS,
    encoding: 'utf8',
  });
  const correction = `correct it: what it does when it is imported, a member does before it serves; ${EXAMPLE} is one that runs`;
  const said = await run.then(
    () => refuse('ends the process that loads it', correction),
    (error: LookError) => {
      if (error.signal === LOOKED) return error.stdout;
      const problem =
        error.killed === true
          ? `has not been loaded within ${LOADING_LIMIT_MS / 1000} s`
          : `cannot be loaded (${thrown(error.stderr ?? error.message)})`;
      return refuse(problem, correction);
    },
  );
  const told = JSON.parse(said.trimEnd().split('\n').at(-1) ?? '') as { type: string; has: boolean };
  const remedy = 'end the file with: export default (options) => new MyServer(options)';
  if (!told.has) refuse('has no default export', remedy);
  if (told.type !== 'function') refuse(`has a default export that is no function (${told.type})`, remedy);
}

/** The line of an error's text that says what it is. */
function thrown(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => /^(?:\w*Error\b|Uncaught)/.test(line)) ?? lines.findLast((line) => line !== '') ?? ''
  );
}
