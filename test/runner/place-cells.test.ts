import assert from 'node:assert/strict';
import { mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { VerifiedFiles } from '../../runner/cells/verified-files.ts';
import { captureWays, placeCell } from '../../runner/results/place-cells.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('captures are linked, and copied where that is asked for; what may be written again is a file of its own', async () => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, 'shard');
  await mkdir(source);
  await writeFile(join(source, 'router.pcap'), 'packets');
  await writeFile(join(source, 'samples.json'), 'samples');
  for (const way of captureWays) {
    const target = join(folder.path, way);
    await placeCell(source, target, way);
    const same = async (name: string): Promise<boolean> => {
      const [a, b] = await Promise.all([source, target].map((place) => stat(join(place, name))));
      return a!.ino === b!.ino;
    };
    assert.equal(await readFile(join(target, 'router.pcap'), 'utf8'), 'packets');
    assert.equal(await same('router.pcap'), way !== 'copy', way);
    assert.equal(await same('samples.json'), false, way);
  }
});

test('what was read of a file is known until it is touched', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'router.pcap');
  await writeFile(file, 'packets');
  const verified = new VerifiedFiles();
  await verified.remember(folder.path, {
    'router.pcap': 'digest',
    'events.jsonl': 'of a file that is not there',
  });
  const names = ['router.pcap', 'events.jsonl'];
  assert.deepEqual(await verified.of(folder.path, names), { 'router.pcap': 'digest' });
  assert.deepEqual(await verified.of(folder.path, []), {});
  await writeFile(file, 'packetS');
  const now = new Date();
  await utimes(file, now, new Date(now.getTime() + 1000));
  assert.deepEqual(await verified.of(folder.path, names), {});
  await verified.remember(folder.path, { 'router.pcap': 'other' });
  await writeFile(file, 'more packets');
  assert.deepEqual(await verified.of(folder.path, names), {});
});
