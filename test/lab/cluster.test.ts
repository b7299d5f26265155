import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { diffResults } from '../../analysis/diff/diff.ts';
import { long } from '../support/long.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const checkout = resolve(import.meta.dirname, '../..');
const limit = { timeout: 560_000, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 } as const;

test('an array job of Slurm and its dependent merge give what one run gives, and go on where they stopped', async (t) => {
  const root = clusterRoot(t);
  if (root === undefined) return;
  await using folder = await temporaryFolder();
  await chmod(folder.path, 0o755);
  const words = ['fig12', '--profile', 'smoke', '--seed', '5'];
  const submit = `/checkout/scripts/slurm/submit.sh 3 /work/run -- ${words.join(' ')}`;
  const ended = (jobs: string) =>
    `sbatch --wait --output=/dev/null --dependency=afterany:$(cut -d' ' -f2 ${jobs}) --wrap true`;
  const script = [
    'set -e',
    `${submit} >/work/first && ${ended('/work/first')}`,
    'cp /work/run/logs/merge /work/merge; mv /work/run/whole /work/merged; tail -n +1 /work/run/logs/[0-9] >/work/shards',
    // One cell is lost, and everything is asked for again.
    'lost=$(ls -d /work/run/shards/2/fig12/cells/* | head -n 1); rm -r "$lost"; basename "$lost" >/work/lost',
    ': >/work/run/logs/1; : >/work/run/logs/2; : >/work/run/logs/3',
    `${submit} >/work/second && ${ended('/work/second')}`,
    'tail -n +1 /work/run/logs/[0-9] >/work/again',
  ];
  await writeFile(join(folder.path, 'script'), script.join('\n'));
  const slurm = join(checkout, 'scripts/one-node-slurm.sh');
  await run(slurm, [root, folder.path, 'bash', '/work/script'], {
    ...limit,
    env: { ...process.env, CPUS: '2' },
  });
  const text = (name: string): Promise<string> => readFile(join(folder.path, name), 'utf8');

  const whole = await runCli(['run', ...words, '--out', join(folder.path, 'here')]);
  assert.ok(whole.status === 0 || whole.status === 1, whole.stderr);
  for (const merged of ['merged', 'run/whole'])
    assert.deepEqual(
      diffResults(join(folder.path, 'here'), join(folder.path, merged)),
      [],
      await text('merge'),
    );
  const measured = (log: string): readonly string[] =>
    [...log.matchAll(/^fig12 \d+\/\d+ {2}(\S+)/gm)].map(([, cell]) => cell!);
  assert.equal(measured(await text('shards')).length, 10, await text('shards'));
  assert.deepEqual(measured(await text('again')), [(await text('lost')).trim()]);
});

test('machines that have ssh in common and a bundle each, without root, give what one run gives', async (t) => {
  const root = clusterRoot(t);
  if (root === undefined) return;
  await using folder = await temporaryFolder();
  await chmod(folder.path, 0o755);
  const words = ['fig12', '--profile', 'smoke', '--set', 'csMs=10,40', '--set', 'ssMs=20', '--seed', '7'];
  const bundle = await runCli(['bundle', join(folder.path, 'bundle.tar.gz')]);
  assert.equal(bundle.status, 0, bundle.stderr);
  for (const user of ['lab1', 'lab2']) {
    await mkdir(join(folder.path, user, '.ssh'), { recursive: true });
    await run('tar', ['-xf', join(folder.path, 'bundle.tar.gz'), '-C', join(folder.path, user)]);
  }
  const script = [
    'set -e',
    'mkdir -p /run/sshd; chmod 755 /run/sshd',
    "ssh-keygen -q -t ed25519 -N '' -f /run/host; ssh-keygen -q -t ed25519 -N '' -f /run/key",
    'for user in lab1 lab2; do cp /run/key.pub /work/$user/.ssh/authorized_keys; chown -R $user: /work/$user 2>/dev/null ||',
    '  chown -R $(id -u $user):$(id -g $user) /work/$user; done',
    '/usr/sbin/sshd -f /dev/null -p 22 -h /run/host -o UsePAM=no -o PidFile=none',
    'options="-i /run/key -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=/run/known"',
    'for user in lab1 lab2; do echo "1/ssh $options $user@node" >>/run/machines; done',
    `/checkout/scripts/loose-machines.sh 3 /work/run /run/machines -- ${words.join(' ')} >/work/out 2>/work/err || { cat /work/err /work/run/logs/* >&2; exit 1; }`,
    'for user in lab1 lab2; do ls /work/$user/handoff-lab/out/* >/work/used-$user; done',
  ];
  await writeFile(join(folder.path, 'script'), script.join('\n'));
  const cluster = join(checkout, 'scripts/one-node-slurm.sh');
  await run(cluster, [root, folder.path, 'bash', '/work/script'], limit);
  const whole = await runCli(['run', ...words, '--out', join(folder.path, 'here')]);
  assert.ok(whole.status === 0 || whole.status === 1, whole.stderr);
  assert.deepEqual(diffResults(join(folder.path, 'here'), join(folder.path, 'run/whole')), []);
  const used = await Promise.all(
    ['lab1', 'lab2'].map((user) => readFile(join(folder.path, `used-${user}`), 'utf8')),
  );
  for (const shards of used) assert.match(shards, /^[123]/);
  assert.deepEqual(used.flatMap((shards) => shards.trim().split('\n')).sort(), ['1', '2', '3']);
});

test('what cannot be submitted is refused, by name, before anything is made', async () => {
  await using folder = await temporaryFolder();
  await symlink('/bin/true', join(folder.path, 'sbatch'));
  await symlink('/bin/true', join(folder.path, 'parallel'));
  await writeFile(join(folder.path, 'machines'), ':\n');
  const env = { ...process.env, PATH: `${folder.path}:${process.env.PATH}` };
  const out = join(folder.path, 'run');
  const machines = join(folder.path, 'machines');
  for (const [script, between] of [
    ['scripts/slurm/submit.sh', []],
    ['scripts/loose-machines.sh', [machines]],
  ] as const) {
    const call = (...words: readonly string[]) =>
      spawnSync(join(checkout, script), words, { encoding: 'utf8', env, timeout: 60_000 });
    const refusals: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /missing; usage:/],
      [['0', out, ...between, '--', 'fig12'], /SHARDS: '0' is no whole number/],
      [['many', out, ...between, '--', 'fig12'], /SHARDS: 'many' is no whole number/],
      [['3', out, ...between], /there is no --/],
      [['3', out, ...between, '--'], /no experiment is named/],
      [['3', out, ...between, '--', 'fig12', '--shard', '1/2'], /'--shard' is set by this script/],
      [['3', out, ...between, '--', 'fig12', '--out=x'], /'--out=x' is set by this script/],
    ];
    for (const [words, message] of refusals) {
      const { status, stderr } = call(...words);
      assert.equal(status, 2, stderr);
      assert.match(stderr, message);
    }
    assert.equal(spawnSync('ls', [out]).status, 2, `${script} made ${out}`);
    await mkdir(join(out, 'whole'), { recursive: true });
    const { status, stderr } = call('3', out, ...between, '--', 'fig12');
    assert.equal(status, 2);
    assert.match(stderr, /whole is there already: remove it/);
    await rm(out, { recursive: true });
  }
});

/** The root of Debian packages with Slurm; undefined, with the reason told, where it can be neither found nor made. */
function clusterRoot(t: TestContext): string | undefined {
  if (!long) {
    t.skip('two to five minutes, and a root of packages to make once: HANDOFF_LAB_LONG=1');
    return undefined;
  }
  if (process.getuid?.() !== 0) {
    t.skip('needs root: namespaces for the daemons of Slurm and sshd');
    return undefined;
  }
  const made = spawnSync(join(checkout, 'scripts/with-node.sh'), ['scripts/cluster-root.ts'], {
    encoding: 'utf8',
    timeout: 300_000,
  });
  if (made.status === 0) return made.stdout.trim();
  t.skip(`Debian’s packages of Slurm cannot be had: ${made.stderr.split('\n')[0]}`);
  return undefined;
}
