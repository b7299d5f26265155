import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lendHostPatches } from '../../runner/kernel/host-patches.ts';
import { makeFolders } from '../../runner/make-folders.ts';

const name = '0013-um-all-of-a-hosts-xstate.patch';

test('sources of a commit from before a processor get the patch without which their kernel does not start there, once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'host-patches-'));
  try {
    const patches = join(folder, 'runner/kernel/patches');
    assert.deepEqual(await lendHostPatches(folder, ['amx_tile']), [], 'a commit without a lab kernel');
    await makeFolders(patches);
    assert.deepEqual(await lendHostPatches(folder, ['avx512f']), []);
    assert.deepEqual(readdirSync(patches), []);
    assert.deepEqual(await lendHostPatches(folder, ['avx512f', 'amx_tile']), [name]);
    assert.deepEqual(await lendHostPatches(folder, ['avx512f', 'amx_tile']), []);
    const own = join(import.meta.dirname, '../../runner/kernel/patches', name);
    assert.equal(readFileSync(join(patches, name), 'utf8'), readFileSync(own, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
