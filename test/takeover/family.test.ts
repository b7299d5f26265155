import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import { measuresIn } from '../../experiments/measure.ts';
import { takeoverTable } from '../../experiments/takeover-measures.ts';
import {
  acknowledgement,
  addresses,
  latencies,
  relayed,
  segmentTo,
  TakeoverCell,
  type TakeoverChange,
  update,
} from '../support/takeover-cell.ts';

const { memberMs, homeMs } = latencies;
const reset = 0x04;

/** By measure; a repetition that failed throws its reason. */
async function measured(change?: TakeoverChange): Promise<Readonly<Record<string, number>>> {
  using cell = new TakeoverCell(change);
  const samples = await analyzeCell(cell.folder, measuresIn(takeoverTable));
  const failed = samples.find(({ outcome }) => outcome === 'failed');
  if (failed !== undefined) assert.fail(failed.reason);
  return Object.fromEntries(samples.map(({ measure, value }) => [measure, value ?? Number.NaN]));
}

const faultless = {
  outage: 3 * memberMs + 2 * homeMs + 2,
  'client-outage': 3 * memberMs + 2 * homeMs,
  detection: 3 * memberMs,
  silence: 2 * memberMs,
  'heartbeat-age': 40,
  registration: 2 * homeMs,
  'optimized-gap': 0,
  registrations: 1,
  'contact-switches': 1,
  'esp-reversals': 0,
  'update-reversals': 0,
  resets: 0,
  'lost-held': 1,
  'lost-others': 0,
};

test('a takeover is measured from the capture, its home registration from inside ESP', async () => {
  assert.deepEqual(await measured(), faultless);
});

/** What is added to the capture, and the measures that show it. */
const additions: Readonly<Record<string, readonly [TakeoverChange['records'], Partial<typeof faultless>]>> = {
  'a second contact node at once': [
    (all) => [...all, ...relayed(300, 1000, addresses.contactNode)],
    { 'contact-switches': 3 },
  ],
  'an ESP number that was used before': [
    (all) => [...all, ...update(300, 16_384, 66)],
    { 'esp-reversals': 1 },
  ],
  'an ESP number of the term before': [(all) => [...all, ...update(300, 1, 66)], { 'esp-reversals': 1 }],
  'a number of the home agent that goes backwards': [
    (all) => [...all, ...acknowledgement(300, 0, 66, 135)],
    { 'esp-reversals': 1 },
  ],
  'an update with an earlier sequence number': [
    (all) => [...all, ...update(300, 16_385, 64)],
    { 'update-reversals': 1 },
  ],
  'a second registration': [
    (all) => [...all, ...update(300, 16_385, 66), ...acknowledgement(320, 2, 66)],
    { registrations: 2 },
  ],
  'a reset to the client of another member': [
    (all) => [...all, ...segmentTo(addresses.optimizedClient, 200, reset, 0)],
    { resets: 1 },
  ],
  'a reset to the client of the dead member': [
    (all) => [...all, ...segmentTo(addresses.heldClient, 200, reset, 0)],
    {},
  ],
};

for (const [what, [records, difference]] of Object.entries(additions)) {
  test(`${what} is seen`, async () => {
    assert.deepEqual(await measured({ records: records! }), { ...faultless, ...difference });
  });
}

test('a silence of the optimised client and a lost connection are seen', async () => {
  // also one that begins with the end
  for (const [from, to] of [
    [100, 200],
    [-1, 100],
  ] as const) {
    const silent = await measured({
      records: (all) =>
        all.filter(
          (one, index) => !(isData(all[index]!.packet) && between(one.timeNs, all[0]!.timeNs, from, to)),
        ),
    });
    assert.ok(silent['optimized-gap']! >= 90, String(silent['optimized-gap']));
  }
  const lost = await measured({ events: (lines) => lines.map((line) => ({ ...line, ok: false })) });
  assert.deepEqual(lost, { ...faultless, 'lost-others': 1 });
});

/** What makes a repetition unfit to be measured, and the reason. */
const broken: Readonly<Record<string, readonly [TakeoverChange, RegExp]>> = {
  'an integrity check value that is wrong': [
    { records: (all) => all.map((one) => ({ ...one, packet: damaged(one.packet) })) },
    /ESP packet \d+: .*integrity check value/,
  ],
  'no update': [
    {
      records: (all) => all.filter(({ packet }) => !packet.includes(Buffer.from('0000100100004000', 'hex'))),
    },
    /no Binding Update of the first backup/,
  ],
  'no acknowledgement': [
    {
      records: (all) => all.filter(({ packet }) => !packet.includes(Buffer.from('0000100200000001', 'hex'))),
    },
    /no acknowledgement/,
  ],
  'no word of an end': [{ events: (lines) => lines.slice(1) }, /did not end exactly once/],
  'two ends': [{ events: (lines) => [lines[0]!, ...lines] }, /did not end exactly once/],
  'no verdict': [{ events: (lines) => lines.filter(({ name }) => name !== 'held-0') }, /no verdict/],
  'answers missing before the end': [
    { records: (all) => all.filter(({ direction, packet }) => direction === 'in' || !isAnswer(packet, 3)) },
    /1 datagrams that came before the end were not answered/,
  ],
};

for (const [what, [change, reason]] of Object.entries(broken)) {
  test(`${what}: nothing is measured`, async () => {
    await assert.rejects(measured(change), reason);
  });
}

test('where links lose packets single answers may be missing: the outage at a client is the longest row without', async () => {
  const [, [change]] = Object.entries(broken).find(([what]) => what.startsWith('answers missing'))!;
  assert.deepEqual(await measured({ ...change, lossPct: 1 }), faultless);
});

const endMs = 2000;

/** ms after the end; the first record is 2 s before it. */
function between(timeNs: bigint, firstNs: bigint, from: number, to: number): boolean {
  const ms = Number(timeNs - firstNs) / 1e6 - endMs;
  return ms > from && ms < to;
}

/** It carries 100 octets of TCP over an optimised route. */
function isData(packet: Buffer): boolean {
  return packet.length === 40 + 24 + 20 + 100;
}

/** The last octet of an ESP packet, if it is one. */
function damaged(packet: Buffer): Buffer {
  const isEsp = packet.includes(Buffer.from('00001001', 'hex'));
  return isEsp ? Buffer.concat([packet.subarray(0, -1), Buffer.from([packet.at(-1)! ^ 1])]) : packet;
}

/** An answer to the datagram of this number, in no tunnel any more. */
function isAnswer(packet: Buffer, number: number): boolean {
  return packet.length === 64 && packet.readUInt16BE(40) === 8080 && packet.readUInt32BE(48) === number;
}
