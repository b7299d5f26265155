import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { notifyReceiver } from '../support/notify-receiver.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const program = fileURLToPath(new URL('../support/signalled-node.ts', import.meta.url));

interface Told {
  readonly event: string;
  readonly value?: number;
  readonly status?: number;
}

/** The events of a node in their order; each is asked for, and must come. */
function eventsOf(node: ChildProcess): () => Promise<Told> {
  const lines = createInterface({ input: node.stderr! })[Symbol.asyncIterator]();
  return async () => JSON.parse(String((await lines.next()).value));
}

test('a hang-up ends a node in order that reads nothing again; others read their file again, if it is a good one', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'node.json');
  const write = (rereads: boolean, value: unknown) => writeFile(file, JSON.stringify({ rereads, value }));
  const start = (words: readonly string[] = [], env: NodeJS.ProcessEnv = {}) =>
    spawn(process.execPath, [program, '--config', file, '--block', '0', ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 60_000,
      env: { ...process.env, ...env },
    });

  await write(false, 1);
  const ending = start();
  const told = eventsOf(ending);
  assert.equal((await told()).event, 'ready');
  ending.kill('SIGHUP');
  assert.equal((await told()).event, 'cleaned-up');
  assert.deepEqual(await once(ending, 'exit'), [0, null]);

  // A log that was moved away, or a service manager that reloads what it has started, is no terminal that has gone.
  const log = join(folder.path, 'events');
  const notify = join(folder.path, 'notify');
  using manager = notifyReceiver(notify);
  for (const [words, env] of [
    [['--events', log], {}],
    [[], { NOTIFY_SOCKET: notify }],
  ] as const) {
    const staying = start(words, env);
    const said = words.length === 0 ? eventsOf(staying) : undefined;
    const seen = async (text: string) => {
      for (let i = 0; i < 500 && !(await readFile(log, 'utf8').catch(() => '')).includes(text); i++)
        await setTimeout(10);
    };
    if (said === undefined) await seen('"ready"');
    else assert.equal((await said()).event, 'ready');
    if (said === undefined) await rename(log, `${log}.1`);
    staying.kill('SIGHUP');
    if (said === undefined) {
      for (let i = 0; i < 500 && !existsSync(log); i++) await setTimeout(10);
      assert.ok(existsSync(log), 'the log is opened again');
    } else {
      const heard: string[] = [];
      for (let i = 0; i < 500 && !heard.some((text) => text.startsWith('RELOADING=1')); i++) {
        heard.push(...manager.received());
        await setTimeout(10);
      }
      assert.ok(
        heard[0]?.startsWith('READY=1') && heard.some((text) => text.startsWith('RELOADING=1')),
        heard.join(),
      );
    }
    staying.kill('SIGTERM');
    assert.deepEqual(await once(staying, 'exit'), [0, null]);
  }

  await write(true, 1);
  const reading = start();
  const next = eventsOf(reading);
  assert.equal((await next()).event, 'ready');
  await write(true, 2);
  reading.kill('SIGHUP');
  const again = await next();
  assert.deepEqual([again.event, again.value], ['read-again', 2]);
  await write(true, 'x');
  reading.kill('SIGHUP');
  assert.equal((await next()).event, 'reload-refused');
  reading.kill('SIGTERM');
  assert.equal((await next()).event, 'cleaned-up');
  assert.deepEqual(await once(reading, 'exit'), [0, null]);
});
