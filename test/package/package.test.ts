import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const timeout = 400_000;
const LARGEST_PACKAGE_OCTETS = 1_000_000;

/** The pinned Node brings no npm; the machine's own is asked, with whatever Node that runs on. */
const npm = (words: readonly string[], cwd: string) => run('npm', words, { cwd, maxBuffer: 2 ** 26 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let tarball: string;
/** an empty project with the package in it */
let project: string;

before(
  async () => {
    folder = await temporaryFolder();
    const checkout = join(folder.path, 'checkout');
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    });
    for (const file of files.trim().split('\n')) {
      if (/^(?:(?:test|results|docs|bench)\/|node_modules)/.test(file)) continue;
      await mkdir(join(checkout, dirname(file)), { recursive: true });
      await cp(join(root, file), join(checkout, file)).catch(() => undefined); // removed, and not yet committed
    }
    await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'));
    await npm(['pack', '--pack-destination', folder.path], checkout);
    const [name] = (await readdir(folder.path)).filter((entry) => entry.endsWith('.tgz'));
    tarball = join(folder.path, name!);
    project = await projectWith(tarball);
  },
  { timeout },
);

after(() => folder[Symbol.asyncDispose]());

/** As `npm install` leaves it, whose registry nobody may reach here: the dependencies are those of the checkout. */
async function projectWith(archive: string): Promise<string> {
  const place = join(folder.path, 'project');
  const modules = join(place, 'node_modules');
  await mkdir(join(modules, '.bin'), { recursive: true });
  await run('tar', ['-xzf', archive, '-C', modules]);
  await run('mv', [join(modules, 'package'), join(modules, 'handoff-lab')]);
  await symlink('../handoff-lab/bin/handoff-lab', join(modules, '.bin/handoff-lab'));
  const { dependencies, optionalDependencies } = JSON.parse(
    await readFile(join(modules, 'handoff-lab/package.json'), 'utf8'),
  );
  const named = Object.keys({ ...dependencies, ...optionalDependencies });
  for (const name of [...named, '@types/node', '@koromix']) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  await writeFile(join(place, 'package.json'), '{ "type": "module", "private": true }\n');
  return place;
}

test('the package has what a user needs, and no tests or results', async () => {
  const { stdout } = await run('tar', ['-tzf', tarball]);
  const files = stdout
    .trim()
    .split('\n')
    .map((file) => file.replace(/^package\//, ''));
  const tops = new Set(
    files.map((file) =>
      file
        .split('/')
        .slice(0, file.startsWith('dist/') ? 2 : 1)
        .join('/'),
    ),
  );
  assert.deepEqual([...tops].sort(), [
    ...['LICENSE', 'README.md', 'bin', 'deploy'],
    ...['analysis', 'applications', 'deploy', 'experiments', 'linux', 'mip6', 'nodes', 'package.json'].map(
      (name) => `dist/${name}`,
    ),
    ...['runner', 'scripts', 'server', 'topologies'].map((name) => `dist/${name}`),
    'package.json',
  ]);
  assert.deepEqual(
    files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts')),
    [],
  );
  const { size } = await stat(tarball);
  assert.ok(size <= LARGEST_PACKAGE_OCTETS, `${size} octets`);
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

test('what a checkout has beside its sources is there or refused: doctor, the programs, files of hosts, what needs a commit', {
  timeout,
}, async () => {
  const own = join(project, 'node_modules/handoff-lab');
  const start = (program: string, ...words: string[]): Promise<Ended> =>
    run(join(own, 'bin', program), words, { cwd: project }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: Ended) => error,
    );
  const doctor = await start('handoff-lab', 'doctor');
  assert.match(doctor.stdout, /^ {2}ok +npm packages +what handoff-lab depends on/m, doctor.stderr);
  assert.doesNotMatch(doctor.stdout, /\(test: /);
  for (const program of ['member', 'home-agent', 'correspondent-node', 'name-server'])
    assert.match((await start('handoff-lab-daemon', program, '--help')).stdout, new RegExp(`^${program}: `));
  const plan = join(own, 'deploy/example-plan.json');
  assert.equal((await start('handoff-lab', 'keygen', 'group', plan, '--out', 'group')).code, 0);
  assert.equal((await start('handoff-lab', 'check', 'group/node1.json', 'group/node2.json')).code, 0);
  for (const words of [
    ['bundle', 'all.tar.gz'],
    ['verify', 'out'],
    ['publish', 'out', '--name', 'mine'],
  ]) {
    const { code, stderr } = await start('handoff-lab', ...words);
    assert.match(stderr, /needs a checkout: an installed package has no commit; clone/);
    assert.equal(code, 2);
  }
});

const mine = `import { handoffExperiment, topology, type ObservedRepetition } from 'handoff-lab/experiment';
import type { ServerApplication, HandoffResult } from 'handoff-lab/server';

export const network = topology('mine').addHost('one');
export const application = (): ServerApplication => ({
  start: ({ server, signal }) => {
    signal.addEventListener('abort', () => undefined);
    server.events.on('moved', (client: string, acceptor: string) => void [client, acceptor]);
  },
  onConnection: (socket, client) => void socket.end(client),
});
export const served = (result: HandoffResult) => (result.moved ? undefined : result.socket.remotePort);
export const count = ({ packets }: ObservedRepetition): number => packets.length;
// @ts-expect-error: a result that was not looked at has no socket
export const misread = (result: HandoffResult) => result.socket;
export default handoffExperiment({ id: 'mine', question: 'Does it run?', grid: [{ csMs: [40], ssMs: [20] }], variants: ['drain'] });
`;

test('a user’s TypeScript compiles against it, declarations included', { timeout }, async () => {
  await writeFile(join(project, 'mine.ts'), mine);
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024'],
    strict: true,
    noEmit: true,
    types: ['node'],
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['mine.ts'] }));
  const compiled = run(join(root, 'node_modules/.bin/tsc'), ['-p', '.'], { cwd: project });
  await compiled.catch((error: { readonly stdout?: string }) => assert.fail(error.stdout));
});

test('the command line runs from there: the list, and an experiment of the project’s in the lab', {
  timeout,
}, async () => {
  const npx = (...words: string[]) => npm(['exec', '--offline', '--', 'handoff-lab', ...words], project);
  const listed = await npx('list');
  assert.match(listed.stdout, /^experiment fig12: /m);
  await writeFile(join(project, 'mine.ts'), mine);
  // The project's own commit is not the package's.
  await run('git', ['init', '--quiet'], { cwd: project });
  const author = ['-c', 'user.name=n', '-c', 'user.email=e@example.org'];
  await run('git', [...author, 'commit', '--quiet', '--allow-empty', '--message', 'mine'], { cwd: project });
  await npx('run', './mine.ts', '--profile', 'smoke', '--out', 'out');
  const manifest = JSON.parse(await readFile(join(project, 'out/mine/manifest.json'), 'utf8'));
  assert.match(JSON.stringify(manifest), /"commit":"unknown"/);
  const samples = await readFile(join(project, 'out/mine/samples.csv'), 'utf8');
  const gap = Number(/,handoff-gap,([\d.]+),ms,succeeded/.exec(samples)?.[1]);
  assert.ok(gap > 300 && gap < 301, `${gap} ms: 6·L_CS + 3·L_SS is 300`);
  await assert.rejects(npx('run', './nowhere.ts'), ({ code, stderr }: { code: number; stderr: string }) => {
    assert.match(stderr, /nowhere\.ts' is no file/);
    return code === 2;
  });
});
