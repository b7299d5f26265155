import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClaimResult, judge } from '../../analysis/claims.ts';
import type { Parameters, ProfileName } from '../../experiments/experiment.ts';
import {
  acknowledgedOctets,
  acknowledgedShare,
  forwardedOctets,
  forwardedShare,
} from '../../experiments/frontend/formulas.ts';
import frontend from '../../experiments/frontend.ts';
import { syntheticSamples } from '../support/synthetic-samples.ts';

type Model = Readonly<Record<string, (p: Parameters) => number>>;

/** By service: by way of the contact node, route-optimised, front end, direct server return. */
const by =
  (...values: readonly ((p: Parameters) => number)[]) =>
  (p: Parameters): number =>
    values[p.service!]!(p);

const via = (p: Parameters): number => 2 * p.cs1Ms! + 2 * p.ssMs!;
const direct = (p: Parameters): number => 2 * p.cs2Ms!;
const latency = by(via, direct, via, (p) => p.cs1Ms! + p.ssMs! + p.cs2Ms!);
const both = (p: Parameters): number => forwardedOctets(p.bytes!);
const acks = (p: Parameters): number => acknowledgedOctets(p.bytes!);
const perClient = by(both, () => 0, both, acks);
const shared = (p: Parameters): number => forwardedShare * p.frontRateKbit!;
const sum = by(
  shared,
  (p) => 12_000 * p.clients!,
  shared,
  (p) => acknowledgedShare * p.frontRateKbit!,
);

const faultless: Model = {
  'first-octet-latency': latency,
  'front-octets-client': perClient,
  'front-octets': (p) => p.clients! * perClient(p),
  'setup-octets-client': () => 13_000,
  'throughput-sum': sum,
  'throughput-client': (p) => sum(p) / p.clients!,
};

function judged(model: Model, profile: ProfileName = 'quick'): readonly ClaimResult[] {
  const samples = Object.entries(model).flatMap(([measure, value]) => {
    const unit = frontend.measures.find(({ name }) => name === measure)!.unit;
    return syntheticSamples({ experiment: frontend, profile, measure, unit, model: value });
  });
  return judge(frontend, samples);
}

function idsOf(results: readonly ClaimResult[], verdict: string): readonly string[] {
  return results.filter((result) => result.verdict === verdict).map(({ id }) => id);
}

test('a run that follows the formulae reproduces every claim, in quick and paper', () => {
  for (const profile of ['quick', 'paper'] as const) {
    const results = judged(faultless, profile);
    assert.deepEqual(idsOf(results, 'deviates'), [], profile);
    assert.deepEqual(idsOf(results, 'not run'), [], profile);
  }
  assert.deepEqual(idsOf(judged(faultless, 'smoke'), 'deviates'), []);
});

test('the formulae are what can be counted: a segment for each 1388 octets, an acknowledgement each, and a request, twice', () => {
  const crossed = (octets: number): number => 72 + octets + (40 + 72 + octets);
  const data = 360 * crossed(1388) + crossed(500_000 - 360 * 1388);
  assert.equal(forwardedOctets(500_000), data + 361 * crossed(0) + crossed('GET 500000\n'.length));
  assert.equal(acknowledgedOctets(500_000), 351 * crossed(0) + crossed('GET 500000\n'.length));
  assert.equal(forwardedShare, 1388 / (14 + 72 + 1388 + (14 + 40 + 72)));
});

test('what another way would show makes the claim deviate that it belongs to', () => {
  const others: readonly (readonly [string, Model])[] = [
    [
      'frontend-latency-contact-node:ssMs',
      { 'first-octet-latency': by((p) => 2 * p.cs1Ms! + p.ssMs!, direct, via, via) },
    ],
    [
      'frontend-latency-contact-node-cells',
      { 'first-octet-latency': by((p) => via(p) + 10, direct, via, via) },
    ],
    ['frontend-latency-route-optimized:cs2Ms', { 'first-octet-latency': by(via, via, via, via) }],
    ['frontend-latency-route-optimized:ssMs', { 'first-octet-latency': by(via, via, via, via) }],
    ['frontend-latency-route-optimized-cells', { 'first-octet-latency': by(via, via, via, via) }],
    ['frontend-latency-front-end:cs1Ms', { 'first-octet-latency': by(via, direct, direct, via) }],
    ['frontend-latency-direct-return:cs2Ms', { 'first-octet-latency': by(via, direct, via, via) }],
    ['frontend-latency-direct-return-cells', { 'first-octet-latency': by(via, direct, via, via) }],
    [
      'frontend-load-contact-node-cells',
      {
        'front-octets-client': by(
          (p) => both(p) / 2,
          () => 0,
          both,
          acks,
        ),
      },
    ],
    ['frontend-load-contact-node:clients', { 'front-octets': (p) => p.clients! ** 2 * both(p) }],
    ['frontend-load-front-end:clients', { 'front-octets': (p) => p.clients! * both(p) * 0.98 }],
    ['frontend-load-direct-return:clients', { 'front-octets': (p) => p.clients! * both(p) }],
    ['frontend-load-direct-return-cells', { 'front-octets-client': both }],
    ['frontend-load-route-optimized:clients', { 'front-octets': (p) => p.clients! * acks(p) }],
    ['frontend-load-route-optimized-cells', { 'front-octets-client': () => 72 }],
    ['frontend-setup-route-optimized', { 'setup-octets-client': (p) => 13_000 + 1000 * p.clients! }],
    ['frontend-throughput-contact-node', { 'throughput-sum': (p) => p.frontRateKbit! }],
    ['frontend-throughput-front-end', { 'throughput-sum': (p) => shared(p) * p.clients! }],
    ['frontend-throughput-direct-return', { 'throughput-sum': shared }],
    ['frontend-throughput-route-optimized', { 'throughput-sum': shared }],
    ['frontend-throughput-route-optimized-client', { 'throughput-client': (p) => shared(p) / p.clients! }],
  ];
  for (const [id, change] of others) {
    assert.ok(idsOf(judged({ ...faultless, ...change }), 'deviates').includes(id), id);
  }
});
