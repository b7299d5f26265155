import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipv6 } from '../../mip6/wire/address.ts';
import { Acceptor } from '../../server/handoff/acceptor.ts';
import { acceptorTransitions } from '../../server/handoff/acceptor-states.ts';
import type { AcceptorInput } from '../../server/handoff/acceptor-types.ts';
import { Donor } from '../../server/handoff/donor.ts';
import { donorTransitions } from '../../server/handoff/donor-states.ts';
import type { DonorInput } from '../../server/handoff/donor-types.ts';
import { checkTransition } from '../../server/transitions.ts';
import {
  type HandoffAxes,
  handoffVariant,
  handoffVariants,
  untoldAxes,
} from '../../server/variants/variants.ts';
import { arrowsOf, figureOf, follow, stepsOf } from '../support/transitions.ts';

const page = readFileSync(new URL('../../server/handoff/README.md', import.meta.url), 'utf8');
const nothing = new Uint8Array(0);
const handoff = 1;
const reason = 'a reason';
const inBandDrained = { ...untoldAxes, binder: 'both', start: 'update' } as const;
const inBand = { ...untoldAxes, freezeAt: 'last-send', binder: 'donor', start: 'init' } as const;

const timed = handoffVariant('timed');
/** No role is told this by another; here nothing of it has to be awaited. */
const untested = { returnRoutability: 'at-init', prepareAt: 'never' } as const;

for (const [place, name, transitions] of [
  [0, 'donor', donorTransitions],
  [1, 'acceptor', acceptorTransitions],
] as const)
  test(`README's figure of the ${name} is its list of transitions`, () => {
    assert.deepEqual(figureOf(page, place), arrowsOf(transitions));
  });

const answers = [
  { kind: 'routable' },
  { kind: 'bound', sequence: 42 },
  { kind: 'superseded', reason },
  { kind: 'refused', reason },
  { kind: 'unanswered', reason },
] as const;
const peers = [{ kind: 'channel-lost' }, { kind: 'channel-restored' }, { kind: 'peer-gone' }] as const;

test('whatever a donor hears in whatever state, the states that follow are those of the list, and every one of them does', () => {
  const state = { tcpState: Uint8Array.of(1), applicationState: nothing };
  const inputs: readonly DonorInput[] = [
    ...[0, 1].map((connection) => ({ kind: 'last-send-returned', connection }) as const),
    ...[0, 1].map((connection) => ({ kind: 'drained', connection }) as const),
    ...[0, 1].map((connection) => ({ kind: 'extracted', connection, state, sequence: 41 }) as const),
    ...[0, 1].map((connection) => ({ kind: 'client-gone', connection }) as const),
    ...[0, 1].map(
      (connection) => ({ kind: 'extracted', connection, state, sequence: 41, goesOn: true }) as const,
    ),
    ...([
      { kind: 'not-extracted', reason },
      { kind: 'cancelled', reason },
    ] as const),
    ...([{ kind: 'settled' }, { kind: 'here', handoff }] as const),
    ...[false, true].map((bound) => ({ kind: 'refuse', handoff, bound, reason }) as const),
    ...([
      { kind: 'done', handoff, sequence: 42 },
      { kind: 'prepared', handoff, careOfNonceIndex: 1, careOfKeygenToken: nothing, ageMs: 0, tripMs: 0 },
      { kind: 'claim', handoff },
    ] as const),
    ...([
      { kind: 'unsent', frame: 'init' },
      { kind: 'unsent', frame: 'ask' },
    ] as const),
    ...answers,
    ...peers,
  ];
  const plans = (variants: readonly HandoffAxes[]) =>
    fc.record({
      variant: fc.constantFrom(...variants),
      /** octets, each time that this is looked at; 250 leave in a ms */
      unsent: fc.array(fc.constantFrom(0, 1250, 40_000), { minLength: 1, maxLength: 4 }),
      waitMs: fc.constantFrom(0, 50),
      claims: fc.boolean(),
      settles: fc.constantFrom(0, 1, 3),
      /** whether the acceptor has been heard of lately, each time that this is looked at */
      fresh: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
      both: fc.boolean(),
      /** whether something is missing at the client, each time that this is looked at */
      lost: fc.constantFrom([false], [false], [false], [true, false], [true]),
      /** so that what follows Init is tried as often as what goes before */
      initiated: fc.boolean(),
    });
  const seen = new Set<string>();
  const every = (variants: readonly HandoffAxes[], numRuns: number): void =>
    fc.assert(
      fc.property(
        plans(variants),
        stepsOf(inputs),
        ({ settles, fresh, both, lost, initiated, unsent, ...plan }, steps) => {
          let measured = 0;
          let asked = 0;
          let looked = 0;
          let losses = 0;
          const heardAt = (): number => (fresh[looked++ % fresh.length] ? 1e9 : -1e9);
          const donor = new Donor({
            ...{ handoff, client: ipv6('2001:db8:c::2'), contactAddress: ipv6('2001:db8:1::100') },
            ...plan,
            connections: both ? [0, 1] : [0],
            announced: false,
            settled: () => initiated || asked++ >= settles,
            tripsMs: () => ({ client: 20, acceptor: 60 }),
            unsent: () => ({ octets: unsent[measured++ % unsent.length]!, perMs: 250, evenly: true }),
            repairsLoss: () => !initiated && lost[losses++ % lost.length]!,
            ...{ doneTimeoutMs: 2000, leaseMs: 300 },
            attention: { freshMs: 500, everyMs: 300, patienceMs: 400, heardAt, progressAt: () => -1e9 },
          });
          const begun = initiated
            ? ([0, 1] as const).flatMap((connection): DonorInput[] => [
                { kind: 'last-send-returned', connection },
                { kind: 'drained', connection },
              ])
            : [];
          const ready = initiated ? [{ kind: 'here', handoff } as const, inputs[4]!, inputs[5]!] : [];
          const before = [...begun, ...ready].map((input) => ({ input, waits: input.kind === 'here' }));
          follow<DonorInput>(donor, [...before, ...steps], seen);
        },
      ),
      { numRuns, seed: 1 },
    );
  every([...['baseline', 'drain', 'advance-rr'].map(handoffVariant), inBand, inBandDrained], 50_000);
  every([timed, { ...timed, ...untested }, { ...handoffVariant('binding-first'), ...untested }], 30_000);
  assert.deepEqual([...seen].toSorted(), arrowsOf(donorTransitions));
});

test('whatever an acceptor hears in whatever state, the states that follow are those of the list, and every one of them does', () => {
  const connections = [0, 1].map(() => ({ state: nothing, octets: 0, applicationState: nothing }));
  const inputs: readonly AcceptorInput<Uint8Array>[] = [
    ...handoffVariants.map((variant) => ({ kind: 'prepare', variant }) as const),
    ...handoffVariants.map((variant) => ({ kind: 'init', variant, sequence: 41, connections }) as const),
    { kind: 'init', variant: inBand, sequence: 41, connections },
    ...([{ kind: 'cancel' }, { kind: 'released' }, { kind: 'grant' }, { kind: 'restored' }] as const),
    ...([
      { kind: 'not-restored', reason },
      { kind: 'withdrawn', reason },
    ] as const),
    ...[0, 1].map((connection) => ({ kind: 'client-gone', connection }) as const),
    ...answers,
    ...peers,
  ];
  const init = { kind: 'init', variant: handoffVariant('baseline'), sequence: 41, connections } as const;
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.boolean(), fc.nat({ max: 3 }), stepsOf(inputs), (claims, begun, steps) => {
      const acceptor = new Acceptor<Uint8Array>({ handoff, timeoutMs: 2000, leaseMs: 300, claims }, 0);
      const before = [init, { kind: 'restored' }, { kind: 'routable' }] as const;
      const all = [...before.slice(0, begun).map((input) => ({ input, waits: false })), ...steps];
      follow<AcceptorInput<Uint8Array>>(acceptor, all, seen);
    }),
    { numRuns: 30_000, seed: 1 },
  );
  assert.deepEqual([...seen].toSorted(), arrowsOf(acceptorTransitions));
});

test('a transition that no list has is refused', () => {
  const list = { here: ['there'], there: [] } as const;
  checkTransition<'here' | 'there'>('a machine', list, 'here', 'there');
  checkTransition<'here' | 'there'>('a machine', list, 'there', 'there');
  assert.throws(() => checkTransition<'here' | 'there'>('a machine', list, 'there', 'here'), /there to here/);
});
