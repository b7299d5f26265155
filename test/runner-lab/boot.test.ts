import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { LabJob } from '../support/lab-job.ts';

test('a lab runs its script as root and hands back its status', async () => {
  await using job = await LabJob.create('id -u > who\nexit 7');
  const run = await job.boot();
  assert.equal(run.status, 7);
  assert.equal(await readFile(join(job.path, 'who'), 'utf8'), '0\n');
});

test('files that a lab leaves belong to the user who started it', async () => {
  await using job = await LabJob.create('mkdir deep; touch deep/file');
  await job.boot();
  assert.equal((await stat(join(job.path, 'deep/file'))).uid, process.getuid?.());
  assert.deepEqual((await readdir(job.path)).sort(), [
    'console.txt',
    'deep',
    'init.sh',
    'lab.conf',
    'status',
  ]);
});

test('the script ends at the first command that fails, and the console names it', async () => {
  await using job = await LabJob.create('true\n(exit 5)\necho not reached');
  const run = await job.boot();
  assert.equal(run.status, 5);
  assert.match(run.console, /^init\.sh: line \d+: status 5: /m);
  assert.doesNotMatch(run.console, /^not reached/m);
});

test("the host's files can be read and not written", async () => {
  await using job = await LabJob.create(`
    test -s /etc/passwd
    for folder in / /etc /usr/bin /var/tmp; do
      if touch "$folder/handoff-lab-was-here" 2>error; then exit 9; fi
      grep -q "Read-only file system" error
    done`);
  const run = await job.boot();
  assert.equal(run.status, 0, run.console);
});

test('the user behind a lab is not root', async () => {
  // What only root can read on the host must stay closed even to the lab's root.
  await using job = await LabJob.create('cat /etc/shadow > shadow');
  const run = await job.boot();
  assert.notEqual(run.status, 0);
  assert.match(run.console, /Permission denied/);
});

test('loopback, /tmp, /dev/shm, terminals and network namespaces are ready', async () => {
  await using job = await LabJob.create(`
    ping -6 -c 1 ::1 >/dev/null || bash -c 'exec 3<>/dev/tcp/127.0.0.1/9' 2>&1 | grep -q refused
    touch /tmp/a /dev/shm/a; test -c /dev/ptmx; test -d /dev/pts; cat <(echo b) | grep -q b
    ip netns add one
    # fallback tunnel devices would appear in every namespace and in every capture of it
    ip -n one -br link | grep -c . | grep -qx 1`);
  const run = await job.boot();
  assert.equal(run.status, 0, run.console);
});

test('an hour of sleep in virtual time takes no time', async () => {
  await using job = await LabJob.create('date +%s > before; sleep 3600; date +%s > after');
  const run = await job.boot();
  const [before, after] = await Promise.all(
    ['before', 'after'].map(async (name) => Number(await readFile(join(job.path, name), 'utf8'))),
  );
  assert.equal(after! - before!, 3600);
  assert.equal(before, 1_000_000_000);
  assert.ok(run.wallMs < 10_000, `${run.wallMs} ms`);
});

test("with the wall clock a lab keeps the host's time", async () => {
  await using job = await LabJob.create('date +%s > now; sleep 0.5');
  const run = await job.boot({ clock: 'wall' });
  assert.equal(run.status, 0, run.console);
  const now = Number(await readFile(join(job.path, 'now'), 'utf8'));
  assert.ok(Math.abs(now - Date.now() / 1000) < 60, `${now}`);
  assert.ok(run.wallMs >= 500, `${run.wallMs} ms`);
});

test('the seed decides all randomness', async () => {
  const random = async (seed: number, cpu: number) => {
    await using job = await LabJob.create(
      'head -c 64 /dev/urandom | od -An -tx1; head -c 16 /dev/random | od -An -tx1; uuid=$(</proc/sys/kernel/random/uuid); echo "$uuid"',
    );
    return (await job.boot({ seed, cpu })).console;
  };
  const first = await random(7, 0);
  assert.match(first, /^( [0-9a-f]{2}){16}$/m);
  assert.equal(await random(7, 0), first);
  // Neither the core, nor the folder's path, nor the time limits may matter.
  assert.equal(await random(7, 1), first);
  assert.notEqual(await random(8, 0), first);
});

test('a seed that is not an integer from 0 is refused', async () => {
  await using job = await LabJob.create('true');
  await assert.rejects(job.boot({ seed: -1 }), { name: 'LabError', message: /seed/ });
  await assert.rejects(job.boot({ seed: 0.5 }), { name: 'LabError', message: /seed/ });
});

test('a kernel that is not there is named', async () => {
  await using job = await LabJob.create('true');
  await assert.rejects(job.boot({ kernel: '/nowhere/linux' }), {
    name: 'LabError',
    message: /\/nowhere\/linux/,
  });
});
