import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundledIn } from '../../runner/bundle/bundled.ts';
import { cacheFolder } from '../../runner/cache-folder.ts';
import { examineNode } from '../../runner/doctor/node.ts';
import { checkoutOf } from '../../runner/results/checkout.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('of a machine without kernel, programs and tools each is named, with what to do and no compiler', async () => {
  await using folder = await temporaryFolder();
  const findings = await examineNode({
    cacheDir: join(folder.path, 'cache'),
    kernel: undefined,
    path: folder.path,
  });
  const missing = findings.filter(({ verdict }) => verdict === 'missing');
  const tools = ['flock', 'setarch', 'setpriv', 'sh', 'taskset'];
  assert.deepEqual(
    missing.map(({ id }) => id).filter((id) => id !== 'npm packages'),
    [...tools, 'kernel', 'programs'],
  );
  for (const { remedy } of missing) assert.ok(remedy !== undefined && !/gcc|apt-get/.test(remedy), remedy);
});

test('a cache folder that cannot be written to is named', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'file'), '');
  const findings = await examineNode({ cacheDir: join(folder.path, 'file', 'cache'), kernel: undefined });
  const found = findings.find(({ id }) => id === 'cache folder');
  assert.match(found?.text ?? '', /file\/cache cannot be written to \(ENOTDIR\)/);
});

test('what was unpacked from a bundle has its own cache, and the commit that it was made at', async () => {
  await using folder = await temporaryFolder();
  const environment = { XDG_CACHE_HOME: '/elsewhere' };
  assert.equal(bundledIn(folder.path), undefined);
  assert.equal(cacheFolder(environment, folder.path), '/elsewhere/handoff-lab');
  await mkdir(join(folder.path, 'cache'));
  const record = { commit: 'c'.repeat(40), dirty: false, kernel: 'k', userland: 'u' };
  await writeFile(join(folder.path, 'bundle.json'), JSON.stringify(record));
  assert.equal(cacheFolder(environment, folder.path), join(folder.path, 'cache'));
  assert.deepEqual(await checkoutOf(folder.path), { commit: record.commit, dirty: false });
  await writeFile(join(folder.path, 'bundle.json'), '{');
  assert.equal(bundledIn(folder.path), undefined);
});
