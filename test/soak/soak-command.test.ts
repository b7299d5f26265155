import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SoakVerdict } from '../../analysis/soak/check-soak.ts';
import { decimalNumber } from '../../runner/commands/arguments.ts';
import { checkSize } from '../../runner/soak/check-size.ts';
import { outcomeTable, type SeedOutcome, statusOfOutcomes } from '../../runner/soak/outcomes.ts';
import { wholeSystem } from '../../runner/soak/plan.ts';
import { parseSeeds } from '../../runner/soak/seeds.ts';
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

test('conditions that nobody can run are refused with the field, the value and the remedy', () => {
  const whole = { ...wholeSystem, minutes: 30 };
  checkSize(1, whole, { lossPct: 10, jitterMs: 100, disturbancesPerMinute: 60, visitsPerMinute: 12 });
  checkSize(1, whole, { lossPct: 0, jitterMs: 0, disturbancesPerMinute: 0, visitsPerMinute: 0.1 });
  checkSize(1, whole, { connections: 8, halfClosedPct: 100 });
  const refused = (conditions: object, words: RegExp): void =>
    assert.throws(
      () => checkSize(1, whole, conditions),
      (error) => error instanceof UsageError && words.test(error.message),
    );
  refused({ lossPct: 10.1 }, /^--loss: '10.1' is too large; give 10 at most: /);
  refused({ jitterMs: 101 }, /^--jitter: '101' is too large; give 100 at most: /);
  refused({ disturbancesPerMinute: 61 }, /^--disturbances: '61' is too large; give 60 at most: /);
  refused({ visitsPerMinute: 12.5 }, /^--visits: '12.5' is too large; give 12 at most: /);
  refused({ visitsPerMinute: 0 }, /^--visits: '0' is too small; give 0.1 at least: /);
  refused({ connections: 9 }, /^--connections: '9' is too large; give 8 at most: /);
  refused({ halfClosedPct: 101 }, /^--half-closed: '101' is too large; give 100 at most: /);
  assert.equal(decimalNumber('--loss')('0.25'), 0.25);
  for (const text of ['-1', '1e3', 'much', '', '.5', '0x10', '1.2345', 'NaN'])
    assert.throws(() => decimalNumber('--loss')(text), /--loss: .* is no such number/, text);
});

test('seeds are numbers and ranges, each once', () => {
  assert.deepEqual(parseSeeds('1,2,5..9'), [1, 2, 5, 6, 7, 8, 9]);
  assert.deepEqual(parseSeeds('7..7, 3, 7'), [7, 3]);
  const refused = (text: string, words: RegExp): void =>
    assert.throws(
      () => parseSeeds(text),
      (error) => error instanceof UsageError && words.test(error.message),
    );
  for (const text of ['', '1,,2', '1-5', 'x', '-3', '1...5', '1.5', '99999999999'])
    refused(text, /^--seeds: '.*' names no seeds with '.*'; give numbers and ranges such as/);
  refused('9..5', /^--seeds: '9..5' goes backwards with '9..5'/);
  refused('0..1000', /are too many; give 1000 at most/);
});

const verdict = (seed: number, more: Partial<SoakVerdict> = {}): SoakVerdict => ({
  seed,
  violations: [],
  figures: { visits: 600, lostWithTheirMember: 20, handoffs: 900, packets: 230_000 },
  ...more,
});

test('several seeds: one table, and status 0 only when all held', () => {
  const held: SeedOutcome = {
    seed: 1,
    verdict: verdict(1, { longestSilence: { visit: 'client4-2', fromMs: 9000, lastedMs: 1234 } }),
  };
  const violated: SeedOutcome = {
    seed: 202,
    verdict: verdict(202, { violations: [{ invariant: 'silence', atMs: 65_432, text: 'x' }] }),
  };
  const failed: SeedOutcome = { seed: 3, failure: 'the lab ended before its time' };
  assert.deepEqual(outcomeTable([held, violated, failed]).split('\n'), [
    'seed  outcome                                    longest silence      visits  lost  handoffs  packets',
    '1     held                                       1.234 s (client4-2)  600     20    900       230000',
    '202   silence at 65.432 s                        none                 600     20    900       230000',
    '3     lab failed: the lab ended before its time',
  ]);
  assert.equal(statusOfOutcomes([held, held]), 0);
  assert.equal(statusOfOutcomes([held, violated]), 1);
  assert.equal(statusOfOutcomes([failed, violated]), 1);
  assert.equal(statusOfOutcomes([held, failed]), 3);
  assert.equal(statusOfOutcomes([held, { ...held, failure: 'not orderly' }]), 3);
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
