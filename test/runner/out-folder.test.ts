import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { OutFolder } from '../../runner/results/out-folder.ts';
import { UsageError } from '../../runner/usage-error.ts';
import { endWithTest } from '../support/end-with-test.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const holder = fileURLToPath(new URL('../support/out-folder-holder.ts', import.meta.url));

test('a second run into the same folder is refused until the first has ended, however it ended', async () => {
  await using folder = await temporaryFolder();
  const out = join(folder.path, 'deep', 'out');
  const other = endWithTest(spawn(process.execPath, [holder, out], { stdio: ['ignore', 'pipe', 'inherit'] }));
  await once(other.stdout, 'data');
  await assert.rejects(
    OutFolder.open(out),
    (error) => error instanceof UsageError && /is being written to by another run; wait/.test(error.message),
  );
  other.kill('SIGKILL');
  await once(other, 'close');
  await using again = await openSoon(out);
  assert.deepEqual(await readdir(again.jobs), [], 'what the killed run left there is gone');
});

test('the end of a run leaves nothing of its own', async () => {
  await using folder = await temporaryFolder();
  {
    await using out = await OutFolder.open(folder.path);
    await writeFile(join(out.jobs, 'x'), '');
  }
  assert.deepEqual(await readdir(folder.path), []);
});

test('a file, a folder that cannot be made and a disk without room are refused', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'file');
  await writeFile(file, '');
  await assert.rejects(OutFolder.open(file), /^UsageError: --out: '.*' is a file; name a folder/);
  await assert.rejects(OutFolder.open(join(file, 'x')), /--out: '.*' cannot be written to \(ENOTDIR\)/);
  await assert.rejects(OutFolder.open('/proc/nowhere/x'), /--out: '.*' cannot be written to \(ENOENT\)/);
  await using out = await OutFolder.open(join(folder.path, 'out'));
  await assert.rejects(
    out.checkRoom(1e18),
    /--out: '.*' has .* GB left, the run needs about .*--capture none/,
  );
  await out.checkRoom(0);
});

/** The child that keeps the lock sees the end of its pipe a moment after the death of its parent. */
async function openSoon(path: string): Promise<OutFolder> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const out = await OutFolder.open(path).catch((error: unknown) => {
      if (!(error instanceof UsageError)) throw error;
    });
    if (out) return out;
  }
  return OutFolder.open(path);
}
