import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { endWithTest } from '../support/end-with-test.ts';
import { runCli } from '../support/run-cli.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = join(root, 'bin/handoff-lab');
const signals = fileURLToPath(new URL('../../runner/end-signals.ts', import.meta.url));

/** A program that ends by a first signal as the command line does where nothing is to be ended; it has a worker thread that never ends. */
const script = `
import { Worker } from 'node:worker_threads';
import { endBy, onEndSignal } from ${JSON.stringify(signals)};
onEndSignal(endBy);
new Worker('setInterval(() => {}, 1000)', { eval: true }).on('online', () => process.stdout.write('ready'));
`;

async function endOf(signal: NodeJS.Signals, prefix: readonly string[] = []): Promise<unknown> {
  const [command = '', ...words] = [
    ...prefix,
    process.execPath,
    '--input-type=module-typescript',
    '-e',
    script,
  ];
  const child = endWithTest(spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] }));
  await once(child.stdout, 'data');
  const ended = once(child, 'close');
  child.kill(signal);
  return (await ended)[1];
}

test('where nothing is to be ended a signal ends the process, worker threads or not', async () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) assert.equal(await endOf(signal), signal);
});

test('a full disk under standard output is told, with status 3', async () => {
  const child = endWithTest(
    spawn(program, ['list'], { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] }),
  );
  let complaint = '';
  child.stderr!.on('data', (text: Buffer) => (complaint += text.toString()));
  assert.deepEqual(
    [(await once(child, 'close'))[0], complaint.split(';')[0]],
    [3, 'handoff-lab: the disk is full'],
  );
});

test('usage and help have their statuses without process.exit()', async () => {
  for (const [words, status] of [
    ['--help', 0],
    ['run --help', 0],
    ['no-such-command', 2],
    ['run fig12 --profile huge', 2],
    ['run fig12 --set csMs=-1', 2],
    ['topology show nowhere', 2],
  ] as const)
    assert.equal((await runCli(words.split(' '))).status, status, words);
});

test('no program of the host ends by process.exit(), which joins threads that may never end', async () => {
  for (const folder of ['runner', 'analysis', 'bench', 'scripts', 'topologies', 'experiments']) {
    const names = await readdir(join(root, folder), { recursive: true });
    for (const name of names.filter((one) => one.endsWith('.ts'))) {
      const text = await readFile(join(root, folder, name), 'utf8');
      const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      assert.ok(!/process\.exit\(/.test(code), join(folder, name));
    }
  }
});
