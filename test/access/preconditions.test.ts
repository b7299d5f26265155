import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import type { Sample } from '../../analysis/sample.ts';
import { type CaptureRecord, epochNs } from '../support/capture-file.ts';
import { ipv6Packet, mobilityPacket } from '../support/capture-packets.ts';
import {
  atClient,
  EchoCell,
  type EchoChange,
  type EchoPath,
  echo,
  roundTripMs,
} from '../support/echo-cell.ts';
import { client, contactAddress } from '../support/handoff-messages.ts';

const measures = ['round-trip-time', 'round-trip-time-client'].map((name) => ({ name, unit: 'ms' }));

async function samplesOf(over: EchoPath, change?: EchoChange): Promise<Sample[]> {
  using cell = new EchoCell(over, change);
  return await analyzeCell(cell.folder, measures);
}

for (const over of ['beside', 'elsewhere', 'optimized'] as const) {
  test(`a faultless echo ${over} is measured from the client's link, and the client agrees`, async () => {
    const samples = await samplesOf(over);
    assert.deepEqual(
      samples.map(({ measure, value, outcome, reason }) => [measure, value, outcome, reason]),
      [0, 1].flatMap(() => [
        ['round-trip-time', roundTripMs(over), 'succeeded', ''],
        ['round-trip-time-client', roundTripMs(over) + 0.001, 'succeeded', ''],
      ]),
    );
  });

  for (const other of ['beside', 'elsewhere', 'optimized'] as const) {
    if (other === over) continue;
    test(`packets ${other} are refused where the path should be ${over}`, async () => {
      const samples = await samplesOf(over, { records: () => [...echo(other, 0), ...echo(over, 1)] });
      assert.match(reasonOf(samples, 0), /^not the configured path: /);
      assert.equal(reasonOf(samples, 1), '');
    });
  }
}

test('a request or an answer that passes twice or not at all fails its repetition and no other', async () => {
  const twice = await samplesOf('elsewhere', { records: (all) => [...all, again(all[0]!, 5)] });
  assert.match(reasonOf(twice, 0), /'request from client' instead of .* as passage 2 of 8/);
  const late = await samplesOf('beside', { records: (all) => [...all, again(all[3]!, 50)] });
  assert.match(reasonOf(late, 0), /'answer to client' instead of nothing more as passage 5 of 4/);
  const lost = await samplesOf('beside', { records: (all) => all.toSpliced(3, 1) });
  assert.match(reasonOf(lost, 0), /nothing instead of 'answer to client'/);
  const absent = await samplesOf('beside', { records: (all) => all.slice(4) });
  assert.match(reasonOf(absent, 0), /nothing instead of 'request from client'/);
  for (const samples of [twice, late, lost, absent]) assert.equal(reasonOf(samples, 1), '');
});

test('a payload that changes or shrinks on its way fails the repetition', async () => {
  const changed = await samplesOf('beside', { records: (all) => all.with(3, edited(all[3]!, 0)) });
  assert.match(reasonOf(changed, 0), /^the payload has changed in packet 4$/);
  const shrunk = await samplesOf('beside', { records: (all) => all.with(3, edited(all[3]!, 1)) });
  assert.match(reasonOf(shrunk, 0), /^127 octets instead of 128 in packet 4$/);
});

test('a Binding Error, an ICMPv6 error and a malformed packet fail the repetition in which they come', async () => {
  const status = 1 as const;
  const bindingError = mobilityPacket(client, contactAddress, {
    kind: 'binding-error',
    status,
    homeAddress: contactAddress,
    options: [],
  });
  const unreachable = { protocol: 58, bytes: Buffer.from([1, 4, 0, 0, 0, 0, 0, 0]) };
  const faults = [
    [/^Binding Error in packet \d+$/, ipv6Packet(client, contactAddress, bindingError)],
    [/^ICMPv6 error \(type 1, code 4\) in packet \d+$/, ipv6Packet(client, contactAddress, unreachable)],
    [/^malformed packet \d+: /, ipv6Packet(client, contactAddress, unreachable).subarray(0, 43)],
  ] as const;
  for (const [expected, packet] of faults) {
    const samples = await samplesOf('beside', { records: (all) => [...all, atClient(1005, 'in', packet)] });
    assert.equal(reasonOf(samples, 0), '');
    assert.match(reasonOf(samples, 1), expected);
    // What was under way when the nodes were told to end comes to kernels that know no Mobility Header by themselves.
    const ended = (ms: number) =>
      samplesOf('beside', {
        records: (all) => [...all, atClient(1005, 'in', packet)],
        verdicts: (lines) => [...lines, stopped(ms + 1), stopped(ms)],
      });
    const isMalformed = expected.source.startsWith('^malformed');
    assert.match(reasonOf(await ended(1005), 1), isMalformed ? expected : /^$/);
    assert.match(reasonOf(await ended(1005.001), 1), expected);
  }
});

/** The word of a node that has ended. */
function stopped(ms: number): object {
  return { t: String(epochNs + BigInt(Math.round(ms * 1e6))), node: 'ha1', event: 'stopped', status: 0 };
}

test('a client without a good word fails the repetition; one that disagrees is flagged', async () => {
  const silent = await samplesOf('beside', { verdicts: (lines) => lines.slice(1) });
  assert.equal(reasonOf(silent, 0), 'the client gave no verdict');
  const angry = await samplesOf('beside', {
    verdicts: ([first, ...rest]) => [{ ...first, ok: false, problem: 'no answer for 9 ms' }, ...rest],
  });
  assert.equal(reasonOf(angry, 0), 'the client reports: no answer for 9 ms');
  for (const [roundTripMs, remark] of [
    [19, 'disagrees with the capture by −1 ms'],
    [22, 'disagrees with the capture by +2 ms'],
  ] as const) {
    const samples = await samplesOf('beside', {
      verdicts: ([first, ...rest]) => [{ ...first, roundTripMs }, ...rest],
    });
    const [capture, own] = samples;
    assert.deepEqual([capture!.value, capture!.reason], [20, '']);
    assert.deepEqual([own!.value, own!.outcome, own!.reason], [roundTripMs, 'succeeded', remark]);
  }
});

test('an echo that a lossy network has taken is counted and is no failure; one that goes wrong otherwise fails there, too', async () => {
  const waited =
    (ms: number) =>
    (lines: object[]): object[] => [
      { ...lines[0], ok: false, problem: `no answer for ${ms} ms` },
      ...lines.slice(1),
    ];
  const outcomes = async (
    lossPct: number,
    kept: (all: CaptureRecord[]) => CaptureRecord[],
    verdicts = waited(9),
  ): Promise<readonly string[]> => {
    const parameters = { contactNode: 1, routeOptimization: 0, lossPct };
    const samples = await samplesOf('beside', { records: kept, verdicts, cell: { parameters } });
    assert.deepEqual(new Set(samples.slice(2).map(({ outcome }) => outcome)), new Set(['succeeded']));
    return samples.slice(0, 2).map(({ outcome }) => outcome);
  };
  const first = (count: number) => (all: CaptureRecord[]) => all.toSpliced(count, 4 - count);
  const [lost, failed] = [Array(2).fill('unsupported'), Array(2).fill('failed')];
  for (const intoRouter of [1, 3]) assert.deepEqual(await outcomes(1, first(intoRouter)), lost);
  // Latencies have fractions, and so has what a client waits.
  for (const ms of [4921.6, 20.000000000000004])
    assert.deepEqual(await outcomes(1, first(1), waited(ms)), lost);
  // What leaves the router and does not come back, or never came, is not the lossy links' doing.
  for (const count of [0, 2]) assert.deepEqual(await outcomes(1, first(count)), failed);
  assert.deepEqual(await outcomes(0, first(1)), failed, 'links that lose nothing');
  assert.deepEqual(
    await outcomes(1, first(1), (lines) => lines),
    failed,
    'the client has an answer all the same',
  );
  assert.deepEqual(await outcomes(1, (all) => [all[1]!, ...all.slice(4)]), failed, 'on another path');
});

/** Why the repetition failed; '' when it did not. */
function reasonOf(samples: readonly Sample[], repetition: number): string {
  const [sample] = samples.filter((candidate) => candidate.repetition === repetition);
  assert.equal(sample!.outcome === 'failed', sample!.reason !== '');
  return sample!.reason;
}

function again(record: CaptureRecord, laterMs: number): CaptureRecord {
  return { ...record, timeNs: record.timeNs + BigInt(laterMs * 1e6) };
}

/** Another last octet, or `fewer` octets of payload with all lengths adapted. */
function edited(record: CaptureRecord, fewer: number): CaptureRecord {
  const packet = Buffer.from(record.packet.subarray(0, record.packet.length - fewer));
  packet.writeUInt16BE(packet.length - 40, 4);
  packet.writeUInt16BE(packet.length - 40, 44);
  if (fewer === 0) packet[packet.length - 1]! ^= 1;
  return { ...record, packet };
}
