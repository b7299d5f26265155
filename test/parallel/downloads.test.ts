import assert from 'node:assert/strict';
import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import type { Sample } from '../../analysis/sample.ts';
import parallel from '../../experiments/parallel.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { epochNs } from '../support/capture-file.ts';
import { ipv6Packet, mobilityPacket } from '../support/capture-packets.ts';
import {
  atClient,
  bytes,
  client,
  contacts,
  endMs,
  firstMs,
  fromClient,
  fromServer,
  handoffGapMs,
  type LabelledRecord,
  members,
  ParallelCell,
  type ParallelChange,
} from '../support/parallel-cell.ts';

type Records = readonly LabelledRecord[];

async function samplesOf(change?: ParallelChange): Promise<readonly Sample[]> {
  using cell = new ParallelCell(change);
  return await analyzeCell(cell.folder, parallel.measures);
}

/** Why the first repetition has failed; the second one must not have. */
async function failureOf(change: ParallelChange): Promise<string> {
  const samples = await samplesOf(change);
  const of = (repetition: number) => samples.filter((sample) => sample.repetition === repetition);
  assert.deepEqual([...new Set(of(1).map(({ outcome }) => outcome))], ['succeeded']);
  assert.deepEqual([...new Set(of(0).map(({ outcome }) => outcome))], ['failed']);
  return of(0)[0]!.reason;
}

const without =
  (label: string) =>
  (records: Records): Records =>
    records.filter((record) => record.label !== label);
const withAnother =
  (...more: Records) =>
  (records: Records): Records => [...records, ...more];

/** Every octet from the contact node of its range. */
const withoutHandoff = (records: Records): Records =>
  records.map((record) => {
    const [, range] = /range (\d) (?:acceptor|last)$/.exec(record.label) ?? [];
    if (range === undefined) return record;
    const start = 0xffff_ff01 + Number(record.label[0]);
    const seq = start + (record.label.endsWith('last') ? 1500 : 1000);
    const contactNode = Number(range) === 0 ? members.node1 : members.node2;
    return { ...record, packet: fromServer(Number(range), { seq, payload: Buffer.alloc(500) }, contactNode) };
  });

/** Of a cell without handoffs. */
const addresses = { client, contact1: contacts[0]!, contact2: contacts[1]!, ...members };
const elsewhere = ipv6('2001:db8:1:9::2');

test('a faultless download is measured from the first SYN to the last acknowledgement', async () => {
  const samples = await samplesOf();
  const setup = firstMs(1);
  const transfer = endMs(1) + 0.5 - setup - handoffGapMs;
  const goodput = (range: number) => ((bytes / 2) * 8) / (endMs(range) + 0.5 - firstMs(range) - handoffGapMs);
  const expected: Record<string, number> = {
    'download-time': endMs(1) + 0.5,
    'download-setup': setup,
    'transfer-product': 2 * transfer,
    'range-goodput': (goodput(0) + goodput(1)) / 2,
    'range-goodput-least': goodput(1),
    'range-handoff-gap': handoffGapMs,
    'serving-members': 2,
    'ranges-finished-by-acceptor': 2,
    'document-octets': bytes,
  };
  assert.equal(samples.length, 2 * parallel.measures.length);
  for (const { measure, value, outcome, reason } of samples) {
    assert.deepEqual([outcome, reason], ['succeeded', ''], measure);
    assert.ok(
      Math.abs(value! - expected[measure]!) < 1e-5,
      `${measure}: ${value} instead of ${expected[measure]}`,
    );
  }
});

test('a handoff that the donor ends itself is seen, and so is a longer gap', async () => {
  const donors = fromServer(
    0,
    { seq: 0xffff_ff01 + 1500, payload: Buffer.alloc(500) },
    ipv6('2001:db8:1:1::2'),
  );
  const back = (records: Records): Records => [
    ...without('0 range 0 last')(records),
    atClient('range 0 last', 0, endMs(0), 'out', donors),
  ];
  const samples = await samplesOf({ records: back });
  const value = (measure: string) =>
    samples.find((sample) => sample.measure === measure && sample.repetition === 0)?.value;
  assert.equal(value('ranges-finished-by-acceptor'), 1);
});

test('without handoff the contact nodes alone serve, and there is no gap', async () => {
  const samples = await samplesOf({
    records: withoutHandoff,
    cell: { addresses },
  });
  const of = (measure: string) => samples.find((sample) => sample.measure === measure);
  assert.equal(of('range-handoff-gap')?.outcome, 'unsupported');
  assert.equal(of('ranges-finished-by-acceptor')?.value, 0);
  assert.equal(of('serving-members')?.value, 2);
  assert.equal(of('transfer-product')?.value, 2 * (endMs(1) + 0.5 - firstMs(1)));
});

test('what is wrong with one range fails its repetition and no other', async () => {
  const reset = atClient('reset', 0, 300, 'out', fromServer(0, { seq: 9, flags: 4 }));
  const again = atClient('again', 0, 5, 'in', fromClient(0, { seq: 77, flags: 2, from: 41_000 }));
  const stray = fromServer(1, { seq: 0xffff_ff01, payload: Buffer.alloc(10) }, elsewhere);
  const faults: readonly (readonly [RegExp, (records: Records) => Records])[] = [
    [/100: no connection$/, (records) => records.filter(({ label }) => !label.startsWith('0 range 0'))],
    [/100: 2 connections instead of one$/, withAnother(again)],
    [/100: reset in packet \d+$/, withAnother(reset)],
    [/100: octets that never left/, without('0 range 0 donor')],
    [/101: octets that never left/, without('0 range 1 last')],
    [/101: not closed by both ends$/, without('0 range 1 server-fin')],
    [/101: not closed by both ends$/, without('0 range 1 fin')],
    [/101: octets from 2001:db8:1:9::2, which/, withAnother(atClient('stray', 0, 300, 'out', stray))],
    [
      /101: the last octet was not acknowledged$/,
      (records) => records.filter(({ label }) => !/^0 range 1 (ack|fin|last-ack)$/.test(label)),
    ],
  ];
  for (const [reason, records] of faults) assert.match(await failureOf({ records }), reason);
});

test('a client that offers more than its window fails the repetition', async () => {
  // Behind the one acknowledgement of all octets that the faultless range has.
  const wide = atClient(
    'wide',
    0,
    900,
    'in',
    fromClient(0, { seq: 101, ack: 0xffff_ff01 + 2001, window: 5001 }),
  );
  const of = (windowBytes: number): ParallelChange => ({
    records: withAnother(wide),
    cell: { parameters: { contactAddresses: 2, handoff: 1, bytes, windowBytes } },
  });
  assert.match(
    await failureOf(of(5000)),
    /100: the client offered a receive window of 5001 octets where windowBytes is 5000$/,
  );
  const [sample] = await samplesOf(of(5001));
  assert.equal(sample!.outcome, 'succeeded', sample!.reason);
});

test('a range that its contact node sends to the end was not handed off', async () => {
  const [sample] = await samplesOf({
    cell: { addresses: { ...addresses, acceptor1: elsewhere, acceptor2: elsewhere } },
    records: withoutHandoff,
  });
  assert.match(sample!.reason, /100: no handoff; .*101: no handoff$/);
});

test('a Binding Error, an ICMPv6 error and a malformed packet fail the repetition in which they come', async () => {
  const [contact] = contacts as [(typeof contacts)[number]];
  const status = 1 as const;
  const bindingError = mobilityPacket(client, contact, {
    kind: 'binding-error',
    status,
    homeAddress: contact,
    options: [],
  });
  const unreachable = { protocol: 58, bytes: Buffer.from([1, 4, 0, 0, 0, 0, 0, 0]) };
  const faults = [
    [/^Binding Error in packet \d+$/, ipv6Packet(client, contact, bindingError)],
    [/^ICMPv6 error \(type 1, code 4\) in packet \d+$/, ipv6Packet(client, contact, unreachable)],
    [/^malformed packet \d+: /, ipv6Packet(client, contact, { protocol: 6, bytes: Buffer.alloc(4) })],
  ] as const;
  for (const [reason, packet] of faults) {
    const records = withAnother(atClient('fault', 0, 50, 'in', packet));
    assert.match(await failureOf({ records }), reason);
    if (reason.source.startsWith('^malformed')) continue;
    const stopped = { t: String(epochNs), node: 'ha1', event: 'stopped', status: 0 };
    using cell = new ParallelCell({ records, verdicts: (lines) => [...lines, stopped] });
    const samples = await analyzeCell(cell.folder, [{ name: 'download-time', unit: 'ms' }]);
    for (const { outcome } of samples) assert.equal(outcome, 'succeeded', 'the nodes had been told to end');
  }
});

test('the client has the last word on the octets', async () => {
  const first = (change: Record<string, unknown>) => ({
    verdicts: (lines: readonly Record<string, unknown>[]) => [{ ...lines[0], ...change }, lines[1]!],
  });
  assert.match(await failureOf(first({ sha256: 'cd' })), /^payload hash differs \(4000 octets received\)/);
  assert.match(
    await failureOf(first({ ok: false, problem: 'curl: (7)' })),
    /^the client reports a failure: curl: \(7\)$/,
  );
  const silent = await failureOf({ verdicts: (lines) => lines.slice(1) });
  assert.match(silent, /^the client gave no verdict/);
});

test('a capture that is cut off fails the last repetition', async () => {
  using cell = new ParallelCell();
  const file = join(cell.folder, 'router.pcap');
  truncateSync(file, statSync(file).size - 5);
  const samples = await analyzeCell(cell.folder, parallel.measures);
  assert.match(samples.at(-1)!.reason, /^the capture is cut off/);
  assert.equal(samples[0]!.outcome, 'succeeded');
});
