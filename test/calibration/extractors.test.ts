import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from '../../analysis/sample.ts';
import { bulkSegment, calibrationSamples, datagram } from '../support/calibration-capture.ts';
import type { CaptureRecord } from '../support/capture-file.ts';

const packets = 10;
const paths = [
  { from: 'client', to: 'node1', ms: 10 },
  { from: 'node1', to: 'client', ms: 11 },
  { from: 'client', to: 'node2', ms: 20 },
  { from: 'node2', to: 'client', ms: 22 },
  { from: 'node1', to: 'node2', ms: 30 },
  { from: 'node2', to: 'node1', ms: 33 },
] as const;
type Path = (typeof paths)[number];

/** Ten probes on each path, a datagram every 13 ms, each delayed by its path's latency. */
function probes(delay: (path: Path, sequence: number) => number | undefined): readonly CaptureRecord[] {
  return paths.flatMap((path) =>
    Array.from({ length: packets }, (_, sequence) => {
      const inMs = 100 + 13 * sequence;
      const ms = delay(path, sequence);
      const crossing = {
        from: path.from,
        to: path.to,
        inMs,
        ...(ms === undefined ? {} : { outMs: inMs + ms }),
      };
      return datagram(crossing, { purpose: 'probe', sequence });
    }).flat(),
  );
}

/** Full frames (1514 octets) out of a shaper of that rate, behind a burst of two. */
function flood(from: 'node1' | 'node2', rateKbit: number): readonly CaptureRecord[] {
  return Array.from({ length: 20 }, (_, sequence) => {
    const inMs = 1000 + (Math.max(0, sequence - 1) * 1514 * 8) / rateKbit;
    return datagram(
      { from, to: 'client', inMs, outMs: inMs + 10 },
      { purpose: 'flood', sequence, octets: 1452 },
    );
  }).flat();
}

const sound = probes((path) => path.ms);
const floods = [...flood('node1', 2000), ...flood('node2', 1900)];

function measured(samples: readonly Sample[], measure: string): number | undefined {
  const sample = samples.find((candidate) => candidate.measure === measure);
  assert.equal(sample?.outcome, 'succeeded', `${measure}: ${sample?.reason}`);
  return sample.value;
}

function reasons(samples: readonly Sample[]): readonly string[] {
  assert.deepEqual([...new Set(samples.map((sample) => sample.outcome))], ['failed']);
  return [...new Set(samples.map((sample) => sample.reason))];
}

test('each path’s delay is its own, by both stamps of the same datagram', async () => {
  const samples = await calibrationSamples([...sound, ...floods], { packets });
  for (const { from, to, ms } of paths) assert.equal(measured(samples, `delay-${from}-${to}`), ms);
  assert.equal(measured(samples, 'delay-min'), 10);
  assert.equal(measured(samples, 'delay-max'), 11);
  assert.equal(measured(samples, 'delay-sd'), 0.5);
  assert.equal(measured(samples, 'reordered'), 0);
});

test('the rate of a full shaper is that of Ethernet frames behind the first burst', async () => {
  const samples = await calibrationSamples([...sound, ...floods], { packets });
  assert.ok(Math.abs(measured(samples, 'rate-node1')! - 2000) < 0.01);
  assert.ok(Math.abs(measured(samples, 'rate-node2')! - 1900) < 0.01);
});

test('loss is what came to the router and did not leave, per direction', async () => {
  const lost = new Set(['client-node1/3', 'client-node1/4', 'node1-client/9', 'node2-node1/0']);
  const lossy = probes((path, sequence) =>
    lost.has(`${path.from}-${path.to}/${sequence}`) ? undefined : path.ms,
  );
  const samples = await calibrationSamples([...lossy, ...floods], { packets, lossPct: 1 });
  assert.equal(measured(samples, 'loss-client-node1'), 20);
  assert.equal(measured(samples, 'loss-node1-client'), 10);
  assert.equal(measured(samples, 'loss-other-pairs'), 2.5);
  assert.equal(measured(samples, 'delay-client-node1'), 10, 'lost datagrams have no delay');
});

test('loss on links that were configured without fails the repetition', async () => {
  const lossy = probes((path, sequence) => (path.from === 'node2' && sequence === 3 ? undefined : path.ms));
  const samples = await calibrationSamples([...lossy, ...floods], { packets });
  assert.deepEqual(reasons(samples), [
    'node2-client: 1 datagrams lost without configured loss; node2-node1: 1 datagrams lost without configured loss',
  ]);
});

test('overtaken datagrams are counted, not those which overtake', async () => {
  // The third of client → node1 leaves behind the fourth and the fifth; the sixth of the other way behind the seventh.
  const jittery = probes((path, sequence) => {
    if (path.from === 'client' && path.to === 'node1' && sequence === 2) return 10 + 27;
    if (path.from === 'node1' && path.to === 'client' && sequence === 5) return 11 + 14;
    return path.ms;
  });
  const samples = await calibrationSamples([...jittery, ...floods], { packets });
  assert.equal(measured(samples, 'reordered'), 10);
});

test('a probe that never came to the router fails the repetition: it was lost where nothing may be', async () => {
  const samples = await calibrationSamples([...sound, ...floods], { packets: packets + 1 });
  assert.match(reasons(samples)[0] ?? '', /client-node1: 10 of 11 datagrams came to the router/);
});

test('a datagram that leaves twice fails the repetition', async () => {
  const again = datagram(
    { from: 'client', to: 'node1', inMs: 500, outMs: 510 },
    { purpose: 'probe', sequence: 0 },
  );
  const samples = await calibrationSamples([...sound, ...again.slice(1), ...floods], { packets });
  assert.deepEqual(reasons(samples), ['client-node1: 1 datagrams twice or from nowhere']);
});

/** A connection over a path of 10 ms each way; `segments` of 1000 octets, a millisecond apart. */
function bulk(segments: number): readonly CaptureRecord[] {
  const L = 10;
  const out = (inMs: number) => ({ inMs, outMs: inMs + L });
  const up = { from: 'client', to: 'node1' } as const;
  const down = { from: 'node1', to: 'client' } as const;
  return [
    ...bulkSegment({ ...up, ...out(5000) }, { seq: 1000, flags: 2 }),
    ...bulkSegment({ ...down, ...out(5010) }, { seq: 7000, ack: 1001, flags: 18 }),
    ...bulkSegment({ ...up, ...out(5020) }, { seq: 1001, ack: 7001, flags: 24, octets: 10 }),
    ...Array.from({ length: segments }, (_, index) =>
      bulkSegment(
        { ...down, ...out(5030 + index) },
        { seq: 7001 + 1000 * index, ack: 1011, flags: 16, octets: 1000 },
      ),
    ).flat(),
  ];
}

test('the bulk transfer lasts from the client’s SYN to the last segment that leaves for the client', async () => {
  const records = [...sound, ...floods, ...bulk(20)];
  const samples = await calibrationSamples(records, { packets, bytes: 20_000 }, { ok: true });
  assert.equal(measured(samples, 'bulk-time'), 30 + 19 + 10);
  assert.equal(measured(samples, 'bulk-goodput'), (20_000 * 8) / 59);
});

test('a bulk transfer that is short, wrong, reset or retransmitted fails the repetition', async () => {
  const records = [...sound, ...floods, ...bulk(20)];
  const parameters = { packets, bytes: 20_000 };
  const why = async (
    more: readonly CaptureRecord[],
    verdict?: { ok: boolean; problem?: string },
    bytes = 20_000,
  ) => reasons(await calibrationSamples([...records, ...more], { ...parameters, bytes }, verdict)).join();
  const down = { from: 'node1', to: 'client', inMs: 6000, outMs: 6010 } as const;
  assert.equal(
    await why([], { ok: true }, 21_000),
    '20000 of 21000 octets of the bulk transfer in the capture',
  );
  assert.equal(await why([], { ok: false }), 'bulk transfer: not the document');
  assert.equal(await why([]), 'no word of the client on the bulk transfer');
  assert.match(
    await why(bulkSegment(down, { seq: 27_001, flags: 4 }), { ok: true }),
    /resets of the bulk connection/,
  );
  const up = { from: 'client', to: 'node1', inMs: 5100, outMs: 5110 } as const;
  const wide = bulkSegment(up, { seq: 1011, ack: 27_001, flags: 16, window: 50_001 });
  const bounded = (windowBytes: number) =>
    calibrationSamples([...records, ...wide], { ...parameters, windowBytes }, { ok: true });
  assert.deepEqual(reasons(await bounded(50_000)), [
    'bulk transfer: the client offered a receive window of 50001 octets where windowBytes is 50000',
  ]);
  assert.ok((await bounded(50_001)).every(({ outcome }) => outcome !== 'failed'));
  const again = bulkSegment(down, { seq: 7001, ack: 1011, flags: 16, octets: 1000 });
  assert.equal(await why(again, { ok: true }), '1 retransmissions of the bulk transfer on lossless links');
});

test('without a bulk transfer its measures are unsupported, the others are given', async () => {
  const samples = await calibrationSamples([...sound, ...floods], { packets });
  const bulkTime = samples.find((sample) => sample.measure === 'bulk-time');
  assert.deepEqual(
    [bulkTime?.outcome, bulkTime?.reason],
    ['unsupported', 'the repetition has no such traffic'],
  );
});
