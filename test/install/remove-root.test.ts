import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../support/temporary-folder.ts';

const script = fileURLToPath(new URL('../../scripts/remove-root.sh', import.meta.url));

test('a root goes only when nothing is mounted in it', async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, 'a root');
  const kept = join(root, 'dev/null');
  const mounts = join(folder.path, 'mounts');
  await mkdir(join(root, 'dev'), { recursive: true });
  await writeFile(kept, '');
  const remove = async (...mounted: readonly string[]) => {
    const lines = mounted.map((at) => `devtmpfs ${at.replaceAll(' ', '\\040')} devtmpfs rw 0 0\n`);
    await writeFile(mounts, lines.join(''));
    return spawnSync(script, [root], { env: { ...process.env, MOUNTS: mounts }, encoding: 'utf8' });
  };
  for (const at of [join(root, 'dev'), root, join(root, 'home/a b')]) {
    const { status, stderr } = await remove('/', '/dev', at);
    assert.equal(status, 2, at);
    assert.ok(stderr.includes(`${at} is mounted`), stderr);
    assert.ok(existsSync(kept));
  }
  const { status, stderr } = await remove('/', '/dev', `${root}s`, join(folder.path, 'dev'));
  assert.equal(status, 0, stderr);
  assert.ok(!existsSync(root));
  assert.equal((await remove()).status, 0, 'once more');
});

test('this machine’s own root and no folder at all are refused', async () => {
  // An rm that only pretends, should it get as far.
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'rm'), '#!/bin/sh\n');
  await chmod(join(folder.path, 'rm'), 0o755);
  const env = { ...process.env, PATH: `${folder.path}:${process.env.PATH}`, MOUNTS: '/dev/null' };
  for (const [words, problem] of [
    [['/'], /\/ is this machine's own root/],
    [['/etc/..'], /\/ is this machine's own root/],
    [[''], /a folder/],
    [[], /a folder/],
  ] as const) {
    const { status, stderr } = spawnSync(script, words, { encoding: 'utf8', env });
    assert.notEqual(status, 0);
    assert.match(stderr, problem);
  }
});
