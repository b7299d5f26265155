import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkoutOf } from '../../runner/results/checkout.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const git = (folder: string, ...words: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e@example.org', ...words], {
    cwd: folder,
    encoding: 'utf8',
  }).trim();

async function repository(folder: string): Promise<string> {
  git(folder, 'init', '--quiet');
  await writeFile(join(folder, 'file'), 'one\n');
  git(folder, 'add', 'file');
  git(folder, 'commit', '--quiet', '--message', 'one');
  return git(folder, 'rev-parse', 'HEAD');
}

test('a checkout has its commit, and is dirty when a file differs', async () => {
  await using folder = await temporaryFolder();
  const commit = await repository(folder.path);
  assert.deepEqual(await checkoutOf(folder.path), { commit, dirty: false });
  await writeFile(join(folder.path, 'file'), 'two\n');
  assert.deepEqual(await checkoutOf(folder.path), { commit, dirty: true });
});

test('so has one of another owner, which git would not trust, and none of its programs is started', async () => {
  await using folder = await temporaryFolder();
  const commit = await repository(folder.path);
  const witness = join(folder.path, '.git', 'started');
  git(folder.path, 'config', 'core.fsmonitor', `touch ${witness}; false`);
  // As git's own tests have it: everybody is another owner.
  process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER = '1';
  try {
    assert.throws(() => git(folder.path, 'rev-parse', 'HEAD'), /dubious ownership/);
    assert.deepEqual(await checkoutOf(folder.path), { commit, dirty: false });
  } finally {
    delete process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER;
  }
  assert.throws(() => execFileSync('test', ['-e', witness]));
});

test('a folder in a checkout of something else has no commit', async () => {
  await using folder = await temporaryFolder();
  await repository(folder.path);
  const inside = join(folder.path, 'node_modules/handoff-lab');
  await mkdir(inside, { recursive: true });
  assert.deepEqual(await checkoutOf(inside), { commit: 'unknown', dirty: 'unknown' });
});

test('where git does not answer the checkout is unknown, not clean', async () => {
  await using folder = await temporaryFolder();
  assert.deepEqual(await checkoutOf(folder.path), { commit: 'unknown', dirty: 'unknown' });
  const commit = await repository(folder.path);
  await writeFile(join(folder.path, '.git', 'index'), 'broken');
  assert.deepEqual(await checkoutOf(folder.path), { commit, dirty: 'unknown' });
});
