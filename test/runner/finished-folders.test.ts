import assert from 'node:assert/strict';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { FinishedFolders, readRecord } from '../../runner/finished-folders.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const shape = z.object({ says: z.string() });
const things = (folder: string) =>
  new FinishedFolders(folder, (place) => readRecord(join(place, 'record.json'), shape));
const [first, second] = ['00000000000000aa', '00000000000000bb'];

async function put(folder: string, name: string, text: string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'record.json'), text);
}

test('what an index names is found, in either way of writing it; without one any that is whole and fits', async () => {
  await using folder = await temporaryFolder();
  const found = things(folder.path);
  assert.equal(await found.any(), undefined);
  assert.equal(await found.indexed('index'), undefined);
  await put(folder.path, first, '{"says":"first"}');
  await put(folder.path, second, '{"says":"second"}');
  await put(folder.path, '0000000000000000', '{"says":');
  await put(folder.path, 'draft-x', '{"says":"draft"}');
  await put(folder.path, 'building-x', '{"says":"draft"}');
  for (const text of [second, `${second}\n`, JSON.stringify({ key: second })]) {
    await writeFile(join(folder.path, 'index'), text);
    assert.deepEqual(await found.indexed('index'), { says: 'second' });
  }
  assert.deepEqual(await found.any(), { says: 'first' });
  assert.deepEqual(await found.any(({ says }) => says === 'second'), { says: 'second' });
  assert.equal(await found.any(({ says }) => says === 'draft'), undefined);
  await rm(join(folder.path, second), { recursive: true });
  assert.equal(await found.indexed('index'), undefined, 'it names what is gone');
});

test('a thing enters whole, in place of what had its name; of a failed one and of interrupted ones nothing is left', async () => {
  await using folder = await temporaryFolder();
  const found = things(join(folder.path, 'new'));
  const draw = (text: string) => async (draft: string) => {
    await put(draft, 'finished', text);
    await writeFile(join(draft, 'scrap'), '');
    return { folder: join(draft, 'finished'), name: first };
  };
  const make = (text: string) =>
    found.findOrMake(
      () => found.any(),
      () => found.enter(draw(text)),
    );
  assert.deepEqual(await make('{"says":"one"}'), { says: 'one' });
  assert.deepEqual(await make('{"says":"two"}'), { says: 'one' }, 'it is there');
  await mkdir(join(folder.path, 'new', 'draft-dead'));
  assert.deepEqual(await found.enter(draw('{"says":"three"}')), { says: 'three' });
  await found.remember('index', join('elsewhere', first));
  assert.deepEqual(await found.indexed('index'), { says: 'three' });
  await assert.rejects(found.enter(draw('{}')), { name: 'LabError', message: /is not whole/ });
  await assert.rejects(
    found.enter(() => Promise.reject(new Error('no room'))),
    /no room/,
  );
  assert.deepEqual((await readdir(join(folder.path, 'new'))).sort(), [first, 'index', 'lock']);
});
