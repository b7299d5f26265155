import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf } from '../../runner/cells/cell-store.ts';
import { Analysts } from '../../runner/results/analysts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('many labs get threads that read their captures, few labs have this one', () => {
  assert.deepEqual(
    [1, 2, 4, 5, 8, 16, 64].map((labs) => Analysts.forLabs(labs).threads),
    [0, 0, 0, 2, 2, 4, 16],
  );
});

test('threads give what this thread gives, more orders than threads one after the other, each its own answer', async () => {
  await using folder = await temporaryFolder();
  const files = Array.from({ length: 9 }, (_, number) => join(folder.path, `file-${number}`));
  for (const file of files) await writeFile(file, file);
  await using threads = new Analysts(2);
  const digests = await Promise.all(files.map((file) => threads.digest(file)));
  assert.deepEqual(digests, await Promise.all(files.map(digestOf)));
  assert.equal(new Set(digests).size, files.length);
  await using none = new Analysts(0);
  assert.equal(await none.digest(files[0]!), digests[0]);
});

test('what fails on a thread fails as it does here, and the thread goes on', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'file');
  await writeFile(file, 'content');
  await using threads = new Analysts(1);
  const measures = [{ name: 'handoff-gap', unit: 'ms' }];
  await using none = new Analysts(0);
  const said = (analysts: Analysts) =>
    analysts.analyze(folder.path, measures).then(
      () => assert.fail('a folder without a cell was analysed'),
      (error: Error) => [error.constructor.name, error.message],
    );
  assert.deepEqual(await said(threads), await said(none));
  await assert.rejects(threads.digest(join(folder.path, 'none')), { code: 'ENOENT' });
  assert.equal(await threads.digest(file), await digestOf(file));
});

test('a measure of one’s own is a function, which no thread can be told: it is read all the same', async () => {
  const cells = join(import.meta.dirname, '../../results/quick/fig11/cells');
  const [cell = ''] = await readdir(cells);
  const own = { name: 'mine', unit: 'packets', description: 'any', from: () => 42 };
  for (const threads of [0, 1]) {
    await using analysts = new Analysts(threads);
    const samples = await analysts.analyze(join(cells, cell), [own]);
    assert.deepEqual([...new Set(samples.map(({ value }) => value))], [42]);
  }
});
