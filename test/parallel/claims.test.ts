import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClaimResult, judge } from '../../analysis/claims.ts';
import type { Parameters, ProfileName } from '../../experiments/experiment.ts';
import { downloadMs, frameMs, gapMs, sendingMs } from '../../experiments/parallel/theory.ts';
import parallel from '../../experiments/parallel.ts';
import { syntheticSamples } from '../support/synthetic-samples.ts';

type Model = (p: Parameters) => number;

const ranges: Model = (p) => p.contactAddresses!;
const wireMs: Model = (p) => (p.bytes! * 8 * 1.0793) / p.rateKbit!;
/** By measure: a run that behaves as it should. */
const faultless: Readonly<Record<string, Model>> = {
  'download-time': downloadMs,
  'transfer-product': (p) => wireMs(p) + ranges(p) * 8,
  'range-handoff-gap': gapMs,
  'serving-members': (p) => ranges(p) * (1 + p.handoff!),
  'ranges-finished-by-acceptor': (p) => ranges(p) * p.handoff!,
  'document-octets': (p) => p.bytes!,
};

function judged(profile: ProfileName, changes: Readonly<Record<string, Model>> = {}): readonly ClaimResult[] {
  const models = Object.entries({ ...faultless, ...changes });
  return judge(
    parallel,
    models.flatMap(([measure, model]) =>
      syntheticSamples({ experiment: parallel, profile, measure, unit: '', model }),
    ),
  );
}

function idsOf(results: readonly ClaimResult[], verdict: string): readonly string[] {
  return results.filter((result) => result.verdict === verdict).map(({ id }) => id);
}

test('a run that behaves as the theory says reproduces every claim in every profile', () => {
  for (const profile of ['smoke', 'quick', 'paper'] as const) {
    const results = judged(profile);
    assert.deepEqual(idsOf(results, 'deviates'), [], profile);
    assert.deepEqual(idsOf(results, 'not run'), [], profile);
  }
});

test('what goes wrong makes a claim deviate', () => {
  const time = (change: Model): Readonly<Record<string, Model>> => ({ 'download-time': change });
  const changes: readonly (readonly [string, Readonly<Record<string, Model>>])[] = [
    // a round trip more for every connection
    ['parallel-time', time((p) => downloadMs(p) + 2 * p.csMs!)],
    ['parallel-rate:intercept', time((p) => downloadMs(p) + 2 * p.csMs!)],
    // packets without the Home Address option
    ['parallel-time', time((p) => downloadMs(p) * (1 - 24 / 1498))],
    ['parallel-rate:documentMs', time((p) => downloadMs(p) * (1 - 24 / 1498))],
    // ranges one after the other
    ['parallel-falls', time((p) => downloadMs({ ...p, contactAddresses: 1 }))],
    ['parallel-falls-handoff', time((p) => downloadMs({ ...p, contactAddresses: 1 }))],
    ['parallel-product', { 'transfer-product': (p) => wireMs(p) * ranges(p) }],
    ['parallel-product-handoff', { 'transfer-product': (p) => wireMs(p) + ranges(p) * 80 }],
    // handoffs one after the other
    ['parallel-gap', { 'range-handoff-gap': (p) => ranges(p) * gapMs(p) }],
    ['parallel-time-handoff', time((p) => downloadMs(p) + (ranges(p) - 1) * p.handoff! * gapMs(p))],
    ['parallel-client-link', time((p) => downloadMs({ ...p, clientRateKbit: 100_000 }))],
    ['parallel-members', { 'serving-members': () => 1 }],
    ['parallel-acceptors', { 'ranges-finished-by-acceptor': (p) => ranges(p) * p.handoff! - p.handoff! }],
    ['parallel-intact', { 'document-octets': (p) => p.bytes! - 1 }],
  ];
  for (const [id, change] of changes)
    assert.ok(idsOf(judged('quick', change), 'deviates').includes(id), `${id} bears ${Object.keys(change)}`);
});

test('sending: the bucket, the wait of slow start, and the rate', () => {
  const link = { rateKbit: 2000, csMs: 0, streams: 1, head: false, windowBytes: 1e9 };
  const frame = frameMs(2000);
  // No latency: the link is busy all the time, but the bucket has let three frames pass at once.
  assert.ok(Math.abs(sendingMs({ ...link, octets: 100 * 1388 }) - 97 * frame) < 1e-9);
  // Ten frames are gone after 7, the eleventh waits for the first acknowledgement; the bucket lets two more pass with it by then.
  const late = (segments: number): number => sendingMs({ ...link, csMs: 500, octets: segments * 1388 });
  for (const segments of [11, 12, 13]) assert.equal(late(segments), 1000, String(segments));
  assert.ok(Math.abs(late(14) - (1000 + frame)) < 1e-9, String(late(14)));
  // A short last segment waits for the acknowledgement of the head before it; a full one does not.
  const behindHead = { ...link, csMs: 40, head: true };
  for (const octets of [1, 1387, 1389, 5 * 1388 + 700])
    assert.equal(sendingMs({ ...behindHead, octets }), 80, String(octets));
  for (const octets of [1388, 3 * 1388])
    assert.equal(sendingMs({ ...behindHead, octets }), 0, String(octets));
  // Where the link is still busy then, nobody waits.
  const busy = sendingMs({ ...behindHead, octets: 40 * 1388 - 1 });
  assert.ok(Math.abs(busy - sendingMs({ ...behindHead, octets: 40 * 1388 })) < 1, String(busy));
  // A last segment of one octet costs its headers.
  const more = sendingMs({ ...link, octets: 100 * 1388 + 1 }) - sendingMs({ ...link, octets: 100 * 1388 });
  assert.ok(Math.abs(more - (111 * 8) / 2000) < 1e-9, String(more));
});
