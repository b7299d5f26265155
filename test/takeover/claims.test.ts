import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClaimResult, judge } from '../../analysis/claims.ts';
import type { Parameters, ProfileName } from '../../experiments/experiment.ts';
import takeover from '../../experiments/takeover.ts';
import { clientOutageMs, detectionMs, endings, outageMs } from '../../experiments/takeover-formulae.ts';
import { keyedRandom } from '../../topologies/seeded-random.ts';
import { syntheticSamples } from '../support/synthetic-samples.ts';

type Model = (p: Parameters) => number;
type Models = Readonly<Record<string, Model>>;

/** of the last heartbeat when the contact node ended, by cell */
const age: Model = (p) => Math.floor(keyedRandom(JSON.stringify(p))() * p.heartbeatMs!);
/** What a mean heartbeat leaves out, where silence is what is noticed. */
const unheard: Model = (p) => (p.ending === endings.cutOff ? p.heartbeatMs! / 2 - age(p) : 0);

/** As docs/server.md has it. */
const faultless: Models = {
  outage: (p) => outageMs(p) + unheard(p) + (p.ending === endings.leaves ? 0 : 1),
  'client-outage': (p) => clientOutageMs(p) + unheard(p),
  detection: (p) => detectionMs(p) + unheard(p),
  silence: (p) => (p.ending === endings.cutOff ? p.suspectMs! : 2 * p.memberMs!),
  'heartbeat-age': age,
  registration: (p) => 2 * p.homeMs!,
  'optimized-gap': () => 0,
  registrations: () => 1,
  'contact-switches': () => 1,
  'esp-reversals': () => 0,
  'update-reversals': () => 0,
  resets: () => 0,
  'lost-held': () => 1,
  'lost-others': () => 0,
};

function judged(profile: ProfileName, models: Models): readonly ClaimResult[] {
  const samples = takeover.measures.flatMap(({ name, unit }) =>
    syntheticSamples({ experiment: takeover, profile, measure: name, unit, model: models[name]! }),
  );
  return judge(takeover, samples);
}

function idsOf(results: readonly ClaimResult[], verdict: string): readonly string[] {
  return results.filter((result) => result.verdict === verdict).map(({ id }) => id);
}

test('a run that behaves as described reproduces every claim that its profile can judge', () => {
  for (const profile of ['smoke', 'quick', 'paper'] as const) {
    const results = judged(profile, faultless);
    assert.deepEqual(idsOf(results, 'deviates'), [], profile);
    const open = idsOf(results, 'not run').map((id) => id.replace(/:.*$/, ''));
    const few = ['takeover-killed-clients', 'takeover-cut-outage', 'takeover-cut-slopes'];
    assert.deepEqual([...new Set(open)], profile === 'smoke' ? few : [], profile);
  }
});

/** What may go wrong with a takeover, and which claims say so. */
const others: readonly (readonly [what: string, Models, RegExp])[] = [
  [
    'the host of a killed process is not asked: suspicion decides',
    { detection: (p) => p.suspectMs!, outage: (p) => p.suspectMs! + 2 * p.homeMs! },
    /killed-detection|killed-outage/,
  ],
  [
    'the registration takes one more round trip',
    {
      registration: (p) => 4 * p.homeMs!,
      outage: (p) => faultless.outage!(p) + (p.ending === endings.leaves ? 0 : 2 * p.homeMs!),
    },
    /takeover-registration|killed-slopes:homeMs|cut-slopes:homeMs/,
  ],
  [
    'two heartbeats more are waited for',
    { silence: (p) => faultless.silence!(p) + 2 * p.heartbeatMs! },
    /cut-silence/,
  ],
  [
    'the suspicion is twice what was asked for',
    { outage: (p) => faultless.outage!(p) + (p.ending === endings.cutOff ? p.suspectMs! : 0) },
    /cut-outage:detection|cut-slopes:suspectMs/,
  ],
  [
    'a contact node that leaves ends before its successor serves',
    { outage: (p) => (p.ending === endings.leaves ? 2 * p.homeMs! : faultless.outage!(p)) },
    /leave-outage/,
  ],
  ['the clients’ distance counts', { outage: (p) => faultless.outage!(p) + 0.1 * p.csMs! }, /killed-clients/],
  ['optimised clients stall', { 'optimized-gap': () => 20 }, /optimized-gap/],
  ['two members register', { registrations: () => 2, 'contact-switches': () => 3 }, /registrations|switches/],
  ['numbers go backwards', { 'esp-reversals': () => 1 }, /esp-reversals/],
  ['updates go backwards', { 'update-reversals': () => 1 }, /update-reversals/],
  ['another member’s client is reset', { resets: () => 1 }, /resets/],
  ['another member’s connection is lost', { 'lost-others': () => 1 }, /lost-others/],
  ['the dead member’s connection lives on', { 'lost-held': () => 0 }, /lost-held/],
];

for (const [what, changes, claims] of others) {
  test(`${what}: a claim deviates`, () => {
    const deviating = idsOf(judged('quick', { ...faultless, ...changes }), 'deviates');
    const named = claims.source.split('|');
    for (const name of named)
      assert.ok(
        deviating.some((id) => id.includes(name)),
        `${name} holds; deviating: ${deviating.join(' ')}`,
      );
  });
}
