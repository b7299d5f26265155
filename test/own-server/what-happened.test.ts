import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { whatHappened } from '../../runner/serve/what-happened.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('what happened is told in the order in which it did, the command’s end at its place', async () => {
  await using folder = await temporaryFolder();
  const events = [
    { t: '1000000000', node: 'client', event: 'repetition-started' },
    { t: '1001000000', node: 'node1', event: 'client-connected', client: '2001:db8::1' },
    { t: '1700000000', node: 'client', event: 'repetition-finished', ok: true, problem: '' },
    { t: '1900000000', node: 'node1', event: 'handed-off', client: '2001:db8::1' },
  ];
  await writeFile(join(folder.path, 'events.jsonl'), events.map((event) => JSON.stringify(event)).join('\n'));
  assert.deepEqual(await whatHappened(folder.path, { client: '2001:db8::1' }), {
    good: true,
    lines: [
      '1.0 ms: client connects to node1',
      '700.0 ms: the command ended',
      '900.0 ms: node1 has handed client off',
    ],
  });
});
