import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import type { Sample } from '../../analysis/sample.ts';
import frontend from '../../experiments/frontend.ts';
import { type CaptureRecord, epochNs } from '../support/capture-file.ts';
import { ipv6Packet, mobilityPacket, tcpSegment } from '../support/capture-packets.ts';
import {
  clientAddresses,
  contactAddress,
  document,
  FrontendCell,
  type FrontendChange,
  indices,
  requestTimes,
  sighting,
  toClient,
} from '../support/frontend-cell.ts';

const [client] = clientAddresses;
/** IPv6 and TCP without options. */
const header = 60;

async function samplesOf(service: number, change?: FrontendChange): Promise<Sample[]> {
  using cell = new FrontendCell(service, change);
  return await analyzeCell(cell.folder, frontend.measures);
}

test('packets by another way than configured fail the repetition', async () => {
  for (const [service, other] of [
    [0, 1],
    [1, 0],
    [2, 3],
    [3, 2],
    [0, 2],
    [2, 0],
  ] as const) {
    const strange = toClient(other, { client, port: 40_000 }, 2100, { seq: 9000, flags: 16 });
    const samples = await samplesOf(service, { records: (all) => [...all, ...strange] });
    const [sample] = samples;
    assert.equal(sample!.outcome, 'failed', `${service} ${other}`);
    assert.match(sample!.reason, /^not the configured path: '(request|answer) /);
  }
});

test('a part of the way that no packet takes fails the repetition', async () => {
  const without = (all: CaptureRecord[]): CaptureRecord[] =>
    all.filter(({ interfaceIndex, direction }) => interfaceIndex !== indices.gw2 || direction !== 'out');
  assert.match(
    reasonOf(await samplesOf(0, { records: without })),
    /^not the configured path: no 'request to gw2 in /,
  );
});

test('a segment that leaves twice, or is missing, fails the repetition: it would count in every measure', async () => {
  const isData = ({ packet, interfaceIndex, direction }: CaptureRecord): boolean =>
    packet.length === header + document.octets && interfaceIndex === indices.access1 && direction === 'out';
  const again = (all: CaptureRecord[]): CaptureRecord[] => [
    ...all,
    { ...all.findLast(isData)!, timeNs: all.findLast(isData)!.timeNs + 5_000_000n },
  ];
  const twice = await samplesOf(0, { records: again });
  assert.match(reasonOf(twice), /: document: 1000 of 5000 octets left twice$/);
  assert.equal(
    twice.every(({ outcome }) => outcome === 'failed'),
    true,
  );
  const lossy = await samplesOf(0, { records: again, lossPct: 1 });
  assert.deepEqual([...new Set(lossy.map(({ outcome }) => outcome))], ['succeeded']);
  const missing = await samplesOf(0, { records: (all) => all.toSpliced(all.findIndex(isData), 1) });
  assert.match(reasonOf(missing), /: document: 4000 octets left for the client instead of 5000$/);
});

test('resets, errors, malformed packets and absent clients fail the repetition', async () => {
  const reset = tcpSegment(client, contactAddress, { from: 40_000, to: 8080, seq: 200, flags: 4 });
  const resetFaults = await samplesOf(0, {
    records: (all) => [...all, sighting('access1', 'in', 3000, ipv6Packet(client, contactAddress, reset))],
  });
  assert.match(reasonOf(resetFaults), /: 1 resets/);
  const bindingError = mobilityPacket(client, contactAddress, {
    kind: 'binding-error',
    status: 1,
    homeAddress: contactAddress,
    options: [],
  });
  const error = (type: number): Buffer =>
    ipv6Packet(client, contactAddress, { protocol: 58, bytes: Buffer.from([type, 1, 0, 0, 0, 0, 0, 0]) });
  for (const [expected, packet] of [
    [/^Binding Error in packet \d+$/, ipv6Packet(client, contactAddress, bindingError)],
    [/^ICMPv6 error \(type 4, code 1\) in packet \d+$/, error(4)],
    [/^malformed packet \d+: /, error(4).subarray(0, 43)],
  ] as const) {
    const samples = await samplesOf(1, {
      records: (all) => [...all, sighting('access1', 'in', 3000, packet)],
    });
    assert.match(reasonOf(samples), expected);
    const behind = await samplesOf(1, {
      records: (all) => [...all, sighting('access1', 'in', 3000, packet)],
      verdicts: (lines) => [...lines, { t: String(epochNs), node: 'ha1', event: 'stopped', status: 0 }],
    });
    if (expected.source.startsWith('^malformed')) assert.match(reasonOf(behind), expected);
    else assert.equal(behind[0]!.outcome, 'succeeded', 'the nodes had been told to end');
  }
  const early = await samplesOf(0, { records: (all) => [...all, sighting('access1', 'in', 50, error(4))] });
  assert.equal(early[0]!.outcome, 'succeeded', 'a client may say that it has no Mobile IPv6');
  const alone = await samplesOf(1, {
    records: (all) =>
      all.filter(({ packet }) => !packet.includes(Buffer.from('20010db8000c00020000', 'hex'))),
  });
  assert.match(reasonOf(alone), /^1 connections of 2 clients/);
});

test('a client that offers more than its window fails the repetition: queues would hold what it lets come', async () => {
  const wide = tcpSegment(client, contactAddress, {
    from: 40_000,
    to: 8080,
    seq: 200,
    ack: 12_000,
    flags: 16,
    window: 20_001,
  });
  const records = (all: CaptureRecord[]) => [
    ...all,
    sighting('access1', 'in', 4500, ipv6Packet(client, contactAddress, wide)),
  ];
  assert.equal(
    reasonOf(await samplesOf(0, { records, windowBytes: 20_000 })),
    'the client offered a receive window of 20001 octets where windowBytes is 20000',
  );
  assert.equal((await samplesOf(0, { records, windowBytes: 20_001 }))[0]!.outcome, 'succeeded');
});

test('a session that did not come to its end, or whose clients are not content, fails', async () => {
  const cutShort = await samplesOf(1, {
    records: (all) =>
      all.filter(({ timeNs }) => timeNs % 10_000_000_000n < BigInt(requestTimes[3]) * 1_000_000n),
  });
  assert.match(reasonOf(cutShort), /: 3 of 4 requests/);
  assert.equal(reasonOf(await samplesOf(1, { verdicts: () => [] })), 'the clients gave no verdict');
  const angry = await samplesOf(1, {
    verdicts: ([line]) => [{ ...line, ok: false, problem: 'client2: damaged' }],
  });
  assert.equal(reasonOf(angry), 'the clients report: client2: damaged');
});

function reasonOf([sample]: readonly Sample[]): string {
  assert.equal(sample!.outcome, 'failed');
  return sample!.reason;
}
