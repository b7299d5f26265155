import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { incompleteness } from '../../analysis/capture/complete.ts';
import { experiments } from '../../experiments/index.ts';
import { LabError } from '../../linux/lab-error.ts';
import { captureRoomBytes, refuseLargeCaptures } from '../../runner/cells/capture-room.ts';
import { digestOf } from '../../runner/cells/cell-store.ts';
import { type Cell, cellsOf } from '../../runner/cells.ts';
import { samplesOf } from '../../runner/results/cell-samples.ts';
import { UsageError } from '../../runner/usage-error.ts';
import { HandoffScript } from '../support/handoff-script.ts';
import { runCli } from '../support/run-cli.ts';
import { SyntheticCell } from '../support/synthetic-cell.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const experimentCalled = (id: string) => experiments.find((one) => one.id === id)!;
const selection = { variants: [], clock: 'virtual', seed: 1 } as const;

function cells(
  id: string,
  settings: Readonly<Record<string, number>>,
  repetitions: number,
): { cell: Cell }[] {
  const lists = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, [value]]));
  const all = cellsOf(experimentCalled(id), { ...selection, profile: 'quick', settings: lists, repetitions });
  return all.map((cell) => ({ cell }));
}

const refusal = (prepared: { cell: Cell }[], capture: 'headers' | 'full' | 'none'): string | undefined => {
  try {
    refuseLargeCaptures(prepared, capture);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return error.message;
  }
};

test('captures larger than a lab’s memory holds are refused, with the number of repetitions that fit', () => {
  assert.equal(refusal(cells('fig12', { csMs: 40 }, 100), 'headers'), undefined);
  assert.equal(refusal(cells('fig12', { csMs: 40 }, 90), 'full'), undefined);
  const full = refusal(cells('fig12', { csMs: 40 }, 130), 'full');
  assert.match(
    full ?? '',
    /^--repetitions: '130' captures about 316 MB .* holds 242; give 99 at most, .*headers/,
  );
  const headers = refusal(cells('fig12', { csMs: 40 }, 400), 'headers');
  assert.match(
    headers ?? '',
    /^--repetitions: '400' .* give 371 at most, and further seeds in runs of their own$/,
  );
  assert.equal(
    refusal(cells('fig12', { csMs: 40 }, 400), 'none'),
    headers,
    'what is dropped afterwards is captured all the same',
  );
});

test('one repetition that does not fit is refused by the parameter that makes it large', () => {
  const document = refusal(cells('frontend', { bytes: 50_000_000, clients: 30, service: 0 }, 1), 'headers');
  assert.match(document ?? '', /^bytes: '50000000' captures about .* give less/);
  assert.match(
    refusal(cells('calibration', { packets: 100_000, burst: 10 }, 2), 'headers') ?? '',
    /^--repetitions: '2' .* give 1 at most/,
  );
});

test('every profile fits with headers', () => {
  for (const experiment of experiments)
    for (const profile of ['smoke', 'quick', 'paper'] as const)
      refuseLargeCaptures(
        cellsOf(experiment, { ...selection, profile, settings: {} }).map((cell) => ({ cell })),
        'headers',
      );
  assert.ok(captureRoomBytes < 256 * 2 ** 20);
});

test('the command line refuses before it makes anything', async () => {
  await using folder = await temporaryFolder();
  const out = join(folder.path, 'out');
  const { status, stderr } = await runCli(
    `run fig12 --set csMs=40 --capture full --repetitions 130 --out ${out}`.split(' '),
  );
  assert.deepEqual([status, await readdir(folder.path)], [2, []], stderr);
  assert.match(stderr, /--repetitions: '130' captures about/);
});

/** A cell with one session, as a lab leaves it. */
async function aCell(path: string): Promise<string> {
  const script = new HandoffScript();
  script.openChannel(0);
  script.session({ startMs: 1000, clientPort: 40_000, initAtMs: 203, initBodyOctets: 91 });
  using cell = new SyntheticCell(script.hops, [{ repetition: 0, atMs: 3000 }], { repetitions: 1 });
  await mkdir(path, { recursive: true });
  for (const name of await readdir(cell.folder)) await copyFile(join(cell.folder, name), join(path, name));
  return path;
}

test('a capture is whole where its last record is, whatever its length', async () => {
  await using folder = await temporaryFolder();
  const cell = await aCell(join(folder.path, 'cell'));
  const whole = await readFile(join(cell, 'router.pcap'));
  assert.equal(incompleteness(join(cell, 'router.pcap')), undefined);
  const ends = recordEnds(whole);
  assert.equal(ends.at(-1), whole.length);
  const file = join(folder.path, 'cut.pcap');
  for (let length = ends[2]! - 5; length <= ends[3]! + 5; length++) {
    await writeFile(file, whole.subarray(0, length));
    const problem = incompleteness(file);
    if (ends.includes(length)) assert.equal(problem, undefined, `${length} octets`);
    else assert.match(problem ?? '', /^its file ends within the record of packet [345]$/, `${length} octets`);
  }
});

test('a cell with a cut capture is not measured: capture incomplete', async () => {
  await using folder = await temporaryFolder();
  const cell = await aCell(join(folder.path, 'cell'));
  const experiment = experimentCalled('fig12');
  assert.ok((await samplesOf(cell, experiment)).length > 0);
  const { length } = await readFile(join(cell, 'router.pcap'));
  await truncate(join(cell, 'router.pcap'), length - 1);
  await assert.rejects(
    samplesOf(cell, experiment),
    (error) => error instanceof LabError && /^capture incomplete: its file ends within/.test(error.message),
  );
});

test('samples made with digests that were given are those of the files: they stand as long as no file changes', async () => {
  await using folder = await temporaryFolder();
  const cell = await aCell(join(folder.path, 'cell'));
  const experiment = experimentCalled('fig12');
  const names = ['events.jsonl', 'router.pcap'];
  const pairs = names.map(async (name) => [name, await digestOf(join(cell, name))] as const);
  const digests = Object.fromEntries(await Promise.all(pairs));
  const given = await samplesOf(cell, experiment, { digests });
  const kept = await readFile(join(cell, 'samples.json'), 'utf8');
  await writeFile(join(cell, 'samples.json'), kept.replace(/"reason":"[^"]*"/, '"reason":"kept"'));
  const again = await samplesOf(cell, experiment);
  assert.equal(again.length, given.length);
  assert.equal(again[0]!.reason, 'kept');
});

test('a capture that is cut where a record ends is told from the one that the run has kept', async () => {
  await using folder = await temporaryFolder();
  const cell = await aCell(join(folder.path, 'cell'));
  const capture = join(cell, 'router.pcap');
  const whole = await readFile(capture);
  const record = JSON.parse(await readFile(join(cell, 'cell.json'), 'utf8'));
  const files = { 'router.pcap': createHash('sha256').update(whole).digest('hex') };
  await writeFile(join(cell, 'cell.json'), JSON.stringify({ ...record, fingerprint: 'f', files }));
  const experiment = experimentCalled('fig12');
  assert.ok((await samplesOf(cell, experiment)).length > 0);
  await truncate(capture, recordEnds(whole).at(-2));
  assert.equal(incompleteness(capture), undefined);
  await assert.rejects(
    samplesOf(cell, experiment),
    (error) => error instanceof LabError && /^capture incomplete: it is not the one/.test(error.message),
  );
});

/** Where the records of a classic pcap end: 24 octets of file header, 16 before each packet, its captured length in the third word. */
function recordEnds(file: Buffer): readonly number[] {
  const little = file.readUInt32LE(0) === 0xa1b23c4d || file.readUInt32LE(0) === 0xa1b2c3d4;
  const ends: number[] = [];
  for (let at = 24; at < file.length; ) {
    at += 16 + (little ? file.readUInt32LE(at + 8) : file.readUInt32BE(at + 8));
    ends.push(at);
  }
  return ends;
}
