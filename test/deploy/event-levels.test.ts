import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { isWanted, levelOf, levels, namedEvents } from '../../nodes/support/event-levels.ts';
import { EventLog } from '../../nodes/support/event-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('every event with a level of its own is written somewhere', () => {
  const root = resolve(import.meta.dirname, '../..');
  const files = execFileSync(
    'git',
    ['ls-files', '-co', '--exclude-standard', 'nodes/*.ts', 'server/*.ts', 'mip6/*.ts'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  const text = files
    .trim()
    .split('\n')
    .filter((file) => !file.endsWith('event-levels.ts'))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n');
  assert.deepEqual(
    [...namedEvents.keys()].filter((event) => !text.includes(`'${event}'`)),
    [],
  );
});

test('a level has its events and all weightier ones', () => {
  const weights = {
    crashed: 'error',
    'peer-lost': 'warning',
    'peer-up': 'info',
    'init-sent': 'debug',
  } as const;
  for (const [event, level] of Object.entries(weights)) {
    assert.equal(levelOf(event), level);
    for (const wanted of levels)
      assert.equal(
        isWanted(event, wanted),
        levels.indexOf(level) <= levels.indexOf(wanted),
        `${event} at ${wanted}`,
      );
  }
  for (const event of ['ready', 'handed-off', 'contact-claimed', 'keys-taken', 'counters'])
    assert.equal(levelOf(event), 'info');
});

test('a log has the events of its level; in the journal each line says its weight', async () => {
  await using folder = await temporaryFolder();
  const written = async (options: ConstructorParameters<typeof EventLog>[2]) => {
    const path = join(folder.path, 'log');
    const log = new EventLog('node', path, options);
    for (const event of ['crashed', 'peer-lost', 'ready', 'discarded']) log.write(event);
    log.close();
    const text = await readFile(path, 'utf8');
    await import('node:fs/promises').then(({ rm }) => rm(path));
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).event);
  };
  assert.deepEqual(await written({}), ['crashed', 'peer-lost', 'ready', 'discarded']);
  assert.deepEqual(await written({ level: 'info' }), ['crashed', 'peer-lost', 'ready']);
  assert.deepEqual(await written({ level: 'error' }), ['crashed']);
  // A file is no journal: its lines are JSON.
  assert.deepEqual(await written({ level: 'error', toJournal: true }), ['crashed']);
  const program = `import { EventLog } from '${new URL('../../nodes/support/event-log.ts', import.meta.url)}';
    const log = new EventLog('node', undefined, { toJournal: true });
    for (const event of ['crashed', 'peer-lost', 'ready', 'discarded']) log.write(event);`;
  const lines = execFileSync(
    '/bin/sh',
    ['-c', 'exec "$0" --input-type=module -e "$1" 2>&1', process.execPath, program],
    {
      encoding: 'utf8',
    },
  );
  assert.deepEqual(
    lines
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, 3), JSON.parse(line.slice(3)).event]),
    [
      ['<3>', 'crashed'],
      ['<4>', 'peer-lost'],
      ['<6>', 'ready'],
      ['<7>', 'discarded'],
    ],
  );
});
