import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
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
  const start = () =>
    spawn(process.execPath, [program, '--config', file, '--block', '0'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 60_000,
    });

  await write(false, 1);
  const ending = start();
  const told = eventsOf(ending);
  assert.equal((await told()).event, 'ready');
  ending.kill('SIGHUP');
  assert.equal((await told()).event, 'cleaned-up');
  assert.deepEqual(await once(ending, 'exit'), [0, null]);

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
