import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Results } from '../../analysis/results.ts';
import access from '../../experiments/access.ts';
import type { Clock } from '../../experiments/experiment.ts';
import { runExperiment } from '../../runner/run.ts';
import { tsharkFields } from '../support/capture-tshark.ts';

/** The echo experiment in the lab kernel, its captures read by our analysis and, decrypted, by tshark. */
const latencies = { cs1Ms: [10], cs2Ms: [40], ssMs: [30] };
const allPaths = { ...latencies, contactNode: [1, 2], routeOptimization: [0, 1] };
/** contact node, route optimisation → the sum of the trips, ms */
const expectedMs: Readonly<Record<string, number>> = { '1 0': 20, '2 0': 80, '1 1': 20, '2 1': 80 };
const homeAgent = '20010db8000100000000000000000001';
const contactAddress = '20010db8000100000000000000000100';

const folders: string[] = [];
let out = '';
let results: Results;

before(async () => {
  out = await newFolder();
  results = await run(out, { settings: allPaths, repetitions: 3 });
});
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

test('every echo succeeds on its configured path, in the sum of its trips', () => {
  assert.deepEqual(
    results.samples.filter(({ outcome, reason }) => outcome !== 'succeeded' || reason !== ''),
    [],
  );
  assert.equal(results.samples.length, 4 * 3 * 3);
  for (const { parameters, measure, value } of results.samples) {
    const trips = expectedMs[`${parameters.contactNode} ${parameters.routeOptimization}`]!;
    const expected = measure === 'round-trip-remainder' ? 0 : trips;
    assert.ok(Math.abs(value! - expected) < 0.1, `${measure}: ${value} instead of ${expected} ms`);
  }
});

test('an echo is the same alone and after others of its cell', async () => {
  const folder = await newFolder();
  const alone = await run(folder, {
    settings: { ...latencies, contactNode: [2], routeOptimization: [0] },
    repetitions: 1,
  });
  const same = results.samples.filter(
    ({ parameters }) => parameters.contactNode === 2 && parameters.routeOptimization === 0,
  );
  for (const { measure, value } of alone.samples) {
    // Each look at a clock, of whatever process, costs 256 ns; what leaks between repetitions would cost a trip, 10 ms at least.
    for (const other of same.filter((sample) => sample.measure === measure))
      assert.ok(Math.abs(other.value! - value!) < 0.004, `${measure}: ${other.value} and ${value} ms`);
  }
});

test('the same seed gives the same octets', async () => {
  const again = await newFolder();
  await run(again, { settings: { ...allPaths, contactNode: [2] }, repetitions: 3 });
  const cells = await readdir(join(again, 'access', 'cells'));
  assert.equal(cells.length, 2);
  for (const cell of cells) {
    for (const file of ['router.pcap', 'events.jsonl', 'esp_sa', 'preferences']) {
      const name = join('access', 'cells', cell, file);
      assert.equal(await digest(join(again, name)), await digest(join(out, name)), name);
    }
  }
});

test('with the keys beside the capture tshark decrypts the home registration and the tunnelled tests', async () => {
  const cells = join(out, 'access', 'cells');
  const plain = await decrypted(join(cells, await cellWith(cells, 'contactNode=2', 'routeOptimization=0')));
  // A Binding Update and its acknowledgement, each on both sides of the router's delay.
  assert.deepEqual(
    plain.map(({ type }) => type),
    ['5', '5', '6', '6'],
  );
  const optimized = await decrypted(
    join(cells, await cellWith(cells, 'contactNode=2', 'routeOptimization=1')),
  );
  assert.deepEqual(
    optimized.map(({ type }) => type),
    ['5', '5', '6', '6', '1', '1', '3', '3'],
  );
  for (const packet of [...plain, ...optimized]) {
    assert.equal(packet.authentic, '1', `ICV of packet ${packet.number}`);
    assert.equal(packet.malformed, '', `packet ${packet.number}`);
  }
  for (const { type, data, number } of plain) {
    const [source, destination] = type === '5' ? [contactAddress, homeAgent] : [homeAgent, contactAddress];
    assert.equal(checksumOf(source, destination, data), 0xffff, `checksum of packet ${number}`);
  }
});

test('on the wall clock the same cell runs, and is not mixed with the other', async () => {
  const settings = { ...latencies, contactNode: [2], routeOptimization: [0] };
  const { samples } = await run(await newFolder(), { settings, repetitions: 5, clock: 'wall' });
  const trips = samples.filter(({ measure }) => measure === 'round-trip-time');
  assert.equal(trips.length, 5);
  for (const { outcome, value, clock, reason } of trips) {
    assert.deepEqual([outcome, clock, reason], ['succeeded', 'wall', '']);
    assert.ok(value! > 80, `${value} ms: work and timers take time on the wall clock`);
  }
});

interface Run {
  readonly settings: Record<string, number[]>;
  readonly repetitions: number;
  readonly clock?: Clock;
}

function run(folder: string, { settings, repetitions, clock = 'virtual' }: Run): Promise<Results> {
  return runExperiment(access, {
    profile: 'smoke',
    settings,
    variants: [],
    clock,
    seed: 7,
    repetitions,
    out: folder,
    jobs: 2,
    capture: 'headers',
    signal: AbortSignal.timeout(300_000),
    log: () => undefined,
  });
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'handoff-test-'));
  folders.push(folder);
  return folder;
}

async function cellWith(cells: string, ...words: readonly string[]): Promise<string> {
  const found = (await readdir(cells)).filter((name) => words.every((word) => name.includes(word)));
  assert.equal(found.length, 1, `cells with ${words.join(' and ')}: ${found}`);
  return found[0]!;
}

/** Every ESP packet of a cell's capture as tshark decrypts it with the cell's own `esp_sa`. */
async function decrypted(cell: string) {
  const options = ['esp.enable_encryption_decode:TRUE', 'esp.enable_authentication_check:TRUE'];
  const lines = (await readFile(join(cell, 'esp_sa'), 'utf8')).trim().split('\n');
  assert.equal(lines.length, 4);
  const words = [...options, ...lines.map((line) => `uat:esp_sa:${line}`)].flatMap((word) => ['-o', word]);
  const fields = ['frame.number', 'mip6.mhtype', 'esp.icv_good', '_ws.malformed', 'esp.contained_data'];
  const rows = tsharkFields(join(cell, 'router.pcap'), fields, ...words, '-Y', 'esp');
  return rows.map(([number = '', type = '', authentic = '', malformed = '', data = '']) => {
    return { number, type, authentic, malformed, data };
  });
}

/** The one's complement sum over a Mobility Header and its pseudo-header (RFC 6275 §6.1.1); 0xffff when it is right. */
function checksumOf(source: string, destination: string, data: string): number {
  const length = (data.length / 2).toString(16).padStart(8, '0');
  const text = `${source}${destination}${length}00000087${data}`;
  let sum = 0;
  for (let at = 0; at < text.length; at += 4) sum += Number.parseInt(text.slice(at, at + 4), 16);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

async function digest(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
