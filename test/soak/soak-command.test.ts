import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkSize } from '../../runner/soak/check-size.ts';
import { wholeSystem } from '../../runner/soak/plan.ts';
import { SoakFolder } from '../../runner/soak/soak-folder.ts';
import { UsageError } from '../../runner/usage-error.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('sizes that nobody can build are refused with the field, the value and the remedy', () => {
  const whole = { ...wholeSystem, minutes: 30 };
  checkSize(0xffff_ffff, { ...whole, members: 15, contactAddresses: 15, clients: 99, minutes: 1440 });
  checkSize(0, {
    members: 2,
    contactAddresses: 1,
    clients: 1,
    plainClients: 1,
    filteredClients: 0,
    minutes: 1,
  });
  const refused = (changed: object, words: RegExp, seed = 1): void =>
    assert.throws(
      () => checkSize(seed, { ...whole, ...changed }),
      (error) => error instanceof UsageError && words.test(error.message),
    );
  refused({}, /^--seed: '4294967296' is too large; give 4294967295 at most/, 2 ** 32);
  refused({ minutes: 1441 }, /^--minutes: '1441' is too large; give 1440 at most/);
  refused({ members: 16 }, /^--members: '16' .* 15 at most/);
  refused({ members: 2, contactAddresses: 3 }, /^--contacts: '3' .* 2 at most/);
  refused({ clients: 100 }, /^--clients: '100' .* 99 at most/);
  refused({ clients: 5, plainClients: 6 }, /^--plain: '6' .* 5 at most/);
  refused({ clients: 12 }, /^--filtered: '10' .* 2 at most/);
});

test('a folder that is not a soak’s alone is refused and left as it is', async () => {
  await using temporary = await temporaryFolder();
  await writeFile(join(temporary.path, 'thesis.tex'), 'years');
  await assert.rejects(SoakFolder.open(temporary.path, 1), /--out: .* holds 'thesis.tex'; name a folder/);
  await assert.rejects(SoakFolder.open(join(temporary.path, 'thesis.tex'), 1), /--out: .* is a file/);
  assert.equal(await readFile(join(temporary.path, 'thesis.tex'), 'utf8'), 'years');
});

test('a soak’s files replace an earlier one’s, and only when there are some', async () => {
  await using temporary = await temporaryFolder();
  const path = join(temporary.path, 'soak');
  const names = async (): Promise<readonly string[]> => (await readdir(path)).sort();
  {
    await using folder = await SoakFolder.open(path, 1);
    const job = join(folder.jobs, 'one');
    await mkdir(join(job, 'events'), { recursive: true });
    await writeFile(join(job, 'router.pcap'), 'capture');
    await writeFile(join(job, 'events', 'a.jsonl'), '{"t":"2","node":"a"}\n');
    await writeFile(join(job, 'events', 'b.jsonl'), '{"t":"1","node":"b"}\n');
    await writeFile(join(job, 'events', 'a.stderr'), 'it hurts');
    await writeFile(join(job, 'events', 'b.stderr'), '');
    await folder.keep(job, { seed: 1 });
  }
  const first = ['a.stderr', 'events.jsonl', 'router.pcap', 'soak.json'];
  assert.deepEqual(await names(), first);
  assert.equal((await readFile(join(path, 'events.jsonl'), 'utf8')).split('\n')[0], '{"t":"1","node":"b"}');
  // Interrupted: nothing is kept.
  await (await SoakFolder.open(path, 1))[Symbol.asyncDispose]();
  assert.deepEqual(await names(), first);
  {
    await using folder = await SoakFolder.open(path, 1);
    await assert.rejects(SoakFolder.open(path, 1), /is being written to by another run/);
    await folder.keep(join(folder.jobs, 'nothing'), { seed: 2 });
  }
  assert.deepEqual(await names(), ['events.jsonl', 'soak.json']);
});
