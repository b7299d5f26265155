import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, watch } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { endWithTest } from '../support/end-with-test.ts';
import { fakeTools, fakeTree } from '../support/fake-kernel-tools.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const program = fileURLToPath(new URL('../../bin/handoff-lab', import.meta.url));

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGKILL', null],
] as const) {
  test(`a build that runs when ${signal} comes ends with every process of it`, async () => {
    await using folder = await temporaryFolder();
    const pids = join(folder.path, 'pids');
    // A compiler that never ends, as a child of make's child: make alone would not reach it.
    const slow = `sh -c 'sleep 1000 & echo $! >>${pids}; echo $$ >>${pids}; sleep 1000; true' & echo $$ >>${pids}; wait`;
    const env = {
      ...process.env,
      PATH: await fakeTools(folder.path, slow),
      LAB_KERNEL_SOURCE: await fakeTree(folder.path, '6.1.99'),
      XDG_CACHE_HOME: join(folder.path, 'cache'),
    };
    const args = ['run', 'fig12', '--profile', 'smoke', '--out', join(folder.path, 'out')];
    const runner = endWithTest(spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] }));
    let stderr = '';
    runner.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const ended = once(runner, 'close');
    const started = await threeLines(folder.path, pids, ended);
    runner.kill(signal);
    assert.deepEqual((await ended)[0], status, stderr);
    await gone(started);
    if (status === null) return;
    assert.match(stderr, /interrupted/);
    assert.deepEqual(await readdir(join(folder.path, 'cache/handoff-lab/kernel')), ['lock']);
    assert.deepEqual(await readdir(join(folder.path, 'out')), []);
  });
}

test('a tool that lives when its runner dies, however early, ends', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'pid');
  const module = new URL('../../runner/kernel/run-tool.ts', import.meta.url);
  // The first thing that the tool does is to kill the runner.
  const tool = `echo $$ >${file}; kill -s KILL $PPID; exec sleep 1000`;
  const text = `import { runTool } from '${module}'; await runTool('sh', ['-c', '${tool}']);`;
  const runner = endWithTest(
    spawn(process.execPath, ['--input-type=module', '--eval', text], { stdio: 'ignore' }),
  );
  assert.deepEqual(await once(runner, 'exit'), [null, 'SIGKILL']);
  await gone([Number(await readFile(file, 'utf8'))]);
});

async function threeLines(folder: string, file: string, ended: Promise<unknown>): Promise<readonly number[]> {
  const controller = new AbortController();
  const early = ended.then(() => assert.fail('the build ended early'));
  const seen = (async () => {
    const changes = watch(folder, { signal: controller.signal })[Symbol.asyncIterator]();
    for (;;) {
      const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
      if (lines.length === 3) return lines.map(Number);
      await changes.next();
    }
  })();
  return Promise.race([seen, early]).finally(() => controller.abort());
}

/** The group gets its signal when the runner is gone; who is on it takes notice at once. */
async function gone(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + 5000;
  let left = await alive(pids);
  while (left.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    left = await alive(pids);
  }
  assert.deepEqual(left, []);
}

async function alive(pids: readonly number[]): Promise<readonly number[]> {
  const states = pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
  const texts = await Promise.all(states);
  // A zombie waits for its reaper only.
  return pids.filter((_, index) => /\) [^ZX]/.test(texts[index] ?? ''));
}
