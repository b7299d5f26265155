import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, watch } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { endWithTest } from '../support/end-with-test.ts';
import { LabJob, testKernel } from '../support/lab-job.ts';

const SPIN = ': > running; while :; do :; done';

test('a spinning guest is ended by the wall watchdog, whole', async () => {
  await using job = await LabJob.create(SPIN);
  await leavesNothing(job, async () => {
    await assert.rejects(job.boot({ wallTimeoutMs: 1500 }), {
      name: 'LabError',
      message: /did not end within 1500 ms of wall time/,
    });
  });
});

test('a sleeping guest is ended by the virtual watchdog, which says who waits for what', async () => {
  await using job = await LabJob.create('echo before; cat /dev/zero | sleep 999999');
  await leavesNothing(job, async () => {
    await assert.rejects(job.boot({ virtualTimeoutS: 50_000 }), (error: Error & { stderr?: string }) => {
      assert.equal(error.name, 'LabError');
      assert.match(error.message, /did not end within 50000 s of its own \(virtual\) time/);
      assert.match(error.stderr ?? '', /^before$/m);
      assert.match(error.stderr ?? '', /process \d+: sleep 999999 waits in \w+/);
      assert.match(error.stderr ?? '', /process \d+: cat \/dev\/zero waits in pipe_write/);
      return true;
    });
  });
});

test('a lab that dies without a status is an error with the console', async () => {
  // A kernel without room for its own tables panics or refuses to start.
  await using job = await LabJob.create('true');
  await leavesNothing(job, async () => {
    await assert.rejects(job.boot({ memoryMb: 4 }), {
      name: 'LabError',
      message: /died without an exit status/,
    });
  });
});

test('a kernel that is killed outright leaves no program of its lab', async () => {
  await using job = await LabJob.create(SPIN);
  await leavesNothing(job, async () => {
    const run = job.boot();
    await appearance(job, 'running', run);
    // The kernel is the first of its processes: all others are its children.
    process.kill(Math.min(...(await job.processes())), 'SIGKILL');
    await assert.rejects(run, { name: 'LabError', message: /died without an exit status/ });
  });
});

test('an abort ends a lab at once', async () => {
  await using job = await LabJob.create(SPIN);
  const controller = new AbortController();
  await leavesNothing(job, async () => {
    const run = job.boot({ signal: controller.signal });
    await appearance(job, 'running', run);
    controller.abort();
    await assert.rejects(run, { name: 'LabError', message: /aborted/ });
  });
});

test('an abort before the start ends it too', async () => {
  await using job = await LabJob.create(SPIN);
  await assert.rejects(job.boot({ signal: AbortSignal.abort() }), { name: 'LabError', message: /aborted/ });
  assert.deepEqual(await job.processes(), []);
});

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
  for (const [what, body] of Object.entries({
    spinning: SPIN,
    sleeping: 'touch running; exec sleep infinity',
  })) {
    test(`nothing of a ${what} lab outlives a runner that gets ${signal}`, async () => {
      await using job = await LabJob.create(body);
      await leavesNothing(job, async () => {
        const runner = await startRunner(job);
        const ended = once(runner, 'close');
        await appearance(job, 'running', ended);
        assert.notDeepEqual(await job.processes(), []);
        runner.kill(signal);
        await ended;
      });
    });
  }
}

test('nothing of a lab outlives its runner and its kernel, killed together', async () => {
  await using job = await LabJob.create(SPIN);
  await leavesNothing(job, async () => {
    const runner = await startRunner(job);
    const ended = once(runner, 'close');
    await appearance(job, 'running', ended);
    const kernel = Math.min(...(await job.processes()));
    runner.kill('SIGKILL');
    process.kill(kernel, 'SIGKILL');
    await ended;
  });
});

const RUNNER = fileURLToPath(new URL('../support/lab-runner.ts', import.meta.url));

async function startRunner(job: LabJob): Promise<ChildProcess> {
  const { path } = await testKernel();
  const runner = endWithTest(
    spawn(process.execPath, [RUNNER, path, job.path], { stdio: ['ignore', 'ignore', 'inherit'] }),
  );
  await once(runner, 'spawn');
  return runner;
}

/** Resolves when the file is in the job folder; rejects when the lab ends first. */
async function appearance(job: LabJob, name: string, run: Promise<unknown>): Promise<void> {
  const controller = new AbortController();
  const ended = run.then(
    () => assert.fail('the lab ended early'),
    (error) => Promise.reject(error),
  );
  const seen = (async () => {
    const changes = watch(job.path, { signal: controller.signal });
    const waiting = changes[Symbol.asyncIterator]();
    while (!(await readdir(job.path)).includes(name)) await waiting.next();
  })();
  await Promise.race([seen, ended]).finally(() => controller.abort());
}

/** Runs `action` and checks that no process, mount or memory file of a lab is there that was not there before. */
async function leavesNothing(job: LabJob, action: () => Promise<void>): Promise<void> {
  const before = await traces();
  await action();
  await processesGone(job);
  assert.deepEqual(await traces(), before);
}

async function traces(): Promise<{ mounts: string; memory: string[] }> {
  const folders = await Promise.all(
    ['/dev/shm', '/tmp', '/var/tmp'].map((folder) => readdir(folder).catch(() => [])),
  );
  const memory = folders.flat().filter((name) => name.startsWith('vm_file-'));
  return { mounts: await readFile('/proc/self/mounts', 'utf8'), memory };
}

/** A lab whose runner was killed needs some 50 ms to take notice. */
async function processesGone(job: LabJob): Promise<void> {
  const deadline = performance.now() + 5000;
  let left = await job.processes();
  while (left.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    left = await job.processes();
  }
  assert.deepEqual(left, [], `still in ${join(job.path)}`);
}
