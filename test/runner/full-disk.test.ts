import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fullDisk, fullDiskText } from '../../runner/full-disk.ts';

const noSpace = (path?: string): Error =>
  Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', path });

test('an error that comes from a full disk says so, however deep it lies', () => {
  assert.match(fullDiskText(noSpace('/out/cells')) ?? '', /^the disk is full \(\/out\/cells\); make room/);
  const wrapped = new Error('cannot keep', { cause: new Error('rename', { cause: noSpace() }) });
  assert.match(fullDiskText(wrapped) ?? '', /^the disk is full; make room/);
  const quota = Object.assign(new Error('EDQUOT'), { code: 'EDQUOT' });
  assert.match(fullDiskText(quota) ?? '', /^the disk is full/);
  for (const other of [new Error('no'), Object.assign(new Error(), { code: 'ENOENT' }), 'ENOSPC', undefined])
    assert.equal(fullDiskText(other), undefined);
});

test('programs of a lab that met a full disk are believed when it has room again', async () => {
  for (const printed of [
    'tcpdump: Unable to write output: No space left on device',
    'Error: ENOSPC: no space left on device, write',
    'cat: write error: Disk quota exceeded',
  ])
    assert.match((await fullDisk({}, printed)) ?? '', /^the disk is full; make room/, printed);
  assert.equal(await fullDisk({}, 'Error: ECONNRESET'), undefined);
  assert.equal(await fullDisk({ gone: '/nonexistent' }, ''), undefined);
  assert.equal(
    await fullDisk({ 'the job folder': '/proc/self' }, ''),
    undefined,
    'no blocks, none of them free',
  );
});
