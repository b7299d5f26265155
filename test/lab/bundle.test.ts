import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { diffResults } from '../../analysis/diff/diff.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const one =
  'run access --profile smoke --set cs1Ms=10 --set ssMs=20 --set contactNode=1 --set routeOptimization=0'.split(
    ' ',
  );

test('what a bundle unpacks to measures the same octets without network, compiler, home or root, and says what is missing', async () => {
  await using folder = await temporaryFolder();
  await chmod(folder.path, 0o755);
  const file = join(folder.path, 'bundle.tar.gz');
  const made = await runCli(['bundle', file]);
  assert.equal(made.status, 0, made.stderr);
  assert.match(made.stdout, /MB\. On the other machine: tar -xf .*doctor --node/);
  const again = await runCli(['bundle', file]);
  assert.deepEqual(
    [again.status, /bundle: '.*' is there already; name a new file/.test(again.stderr)],
    [2, true],
  );

  await run('tar', ['-xf', file, '-C', folder.path]);
  const place = join(folder.path, 'handoff-lab');
  const cli = (words: readonly string[]) => runNowhere(place, words);
  const doctor = await cli(['doctor', '--node', '--json']);
  assert.equal(doctor.status, 0, doctor.stdout + doctor.stderr);
  assert.ok(!/apt-get|compiler is/.test(doctor.stdout));
  const there = await cli([...one, '--out', join(place, 'out')]);
  assert.equal(there.status, 0, there.stderr);
  const here = await runCli([...one, '--out', join(folder.path, 'here')]);
  assert.equal(here.status, 0, here.stderr);
  assert.deepEqual(diffResults(join(folder.path, 'here'), join(place, 'out')), []);

  await rm(join(place, 'cache/userland'), { recursive: true });
  await writeFile(join(place, 'cache/kernel/none'), '');
  const lacking = await cli(['doctor', '--node', '--json']);
  assert.equal(lacking.status, 3);
  const { findings } = JSON.parse(lacking.stdout) as {
    findings: { id: string; verdict: string; remedy?: string }[];
  };
  const missing = findings.filter(({ verdict }) => verdict === 'missing');
  assert.deepEqual(
    missing.map(({ id }) => id),
    ['programs'],
  );
  assert.match(missing[0]!.remedy ?? '', /bin\/handoff-lab bundle FILE/);
  const { commit } = JSON.parse(await readFile(join(place, 'bundle.json'), 'utf8')) as { commit: string };
  assert.match(commit, /^([0-9a-f]{40}|unknown)$/);
});

/** As a compute node runs it: in a namespace without network, as a user who owns the folder, in which it runs, and has no home, with the programs of every system alone. */
async function runNowhere(place: string, words: readonly string[]): ReturnType<typeof runCli> {
  const nobody = 65_534;
  const root = process.getuid?.() === 0;
  if (root) await run('chown', ['-R', `${nobody}:${nobody}`, place]);
  const ids = [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
  const becoming = root ? ['setpriv', ...ids] : [];
  const bare = ['env', '-i', `--chdir=${place}`, 'PATH=/usr/bin:/bin', 'HOME=/nonexistent'];
  return runCli(words, undefined, process.env, [...becoming, 'unshare', '--user', '--net', ...bare], place);
}
