import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipv6 } from '../../mip6/wire/address.ts';
import { Holder } from '../../server/successor/holder.ts';
import { holderTransitions } from '../../server/successor/holder-state.ts';
import type { HolderInput } from '../../server/successor/holder-types.ts';
import { Successor } from '../../server/successor/successor.ts';
import { successorTransitions } from '../../server/successor/successor-state.ts';
import type { Standing, SuccessorInput } from '../../server/successor/successor-types.ts';
import { aStanding, replicaState } from '../support/survival-world.ts';
import { arrowsOf, figureOf, follow, stepsOf } from '../support/transitions.ts';

const page = readFileSync(new URL('../../server/successor/README.md', import.meta.url), 'utf8');
const reason = 'a reason';
const octets = Uint8Array.of(1);

for (const [place, name, transitions] of [
  [0, 'holder', holderTransitions],
  [1, 'successor', successorTransitions],
] as const)
  test(`README's figure of the ${name} is its list of transitions`, () => {
    assert.deepEqual(figureOf(page, place), arrowsOf(transitions));
  });

const answers = [
  { kind: 'routable' },
  { kind: 'bound', sequence: 512 },
  { kind: 'bound', sequence: 2000 },
  { kind: 'superseded', reason },
  { kind: 'refused', reason },
  { kind: 'unanswered', reason },
] as const;

test('whatever a holder hears in whatever state, the states that follow are those of the list, and every one of them does', () => {
  const plan = {
    client: ipv6('2001:db8:c::2'),
    contactAddress: ipv6('2001:db8:1::100'),
    lastSequence: () => 0,
    isBound: () => true,
    silentMs: () => 500,
  };
  const backup = ipv6('2001:db8:2::2');
  const inputs: readonly HolderInput[] = [
    ...[1, 2].map(
      (port) => ({ kind: 'checkpoint', port, tcpState: octets, applicationState: octets }) as const,
    ),
    ...[1, 2].map((port) => ({ kind: 'ended', port }) as const),
    { kind: 'chosen', backup },
    { kind: 'chosen', backup: undefined },
    { kind: 'acknowledged', number: 1 },
    { kind: 'refused-by-backup', reason },
    ...(
      [
        ...['backup-lost', 'backup-gone', 'member-in-reach'],
        ...['leaving', 'staying', 'not-mobile', 'answers-probe'],
      ] as const
    ).map((kind) => ({ kind })),
    ...answers,
  ];
  const seen = new Set<string>();
  const chosen = { kind: 'chosen', backup } as const;
  /** What has come before: the rare states are begun with as often as the others. */
  const before = fc.constantFrom<readonly HolderInput[]>(
    [],
    [{ kind: 'chosen', backup: undefined }],
    [chosen],
    [chosen, { kind: 'backup-lost' }],
    [chosen, { kind: 'leaving' }],
    [{ kind: 'chosen', backup: undefined }, { kind: 'leaving' }],
  );
  fc.assert(
    fc.property(before, stepsOf(inputs), (first, steps) => {
      const holder = new Holder(plan);
      holder.handle({ kind: 'checkpoint', port: 1, tcpState: octets, applicationState: octets }, 0);
      follow(holder, [...first.map((input) => ({ input, waits: false })), ...steps], seen);
    }),
    { numRuns: 3000 },
  );
  assert.deepEqual([...seen].toSorted(), arrowsOf(holderTransitions));
});

test('whatever a successor hears in whatever state, the states that follow are those of the list, and every one of them does', () => {
  const state = replicaState(1);
  const standings = [aStanding(state, 10), aStanding(state, -10), { ...aStanding(state, 0), over: true }];
  const standing = (port: number, one: Standing) =>
    ({ kind: 'standing', port, standing: one, ahead: false }) as const;
  const inputs: readonly SuccessorInput<typeof state>[] = [
    ...[1, 2].map(
      (port) =>
        ({ kind: 'replica', port, number: port, takeover: 512, state, applicationState: octets }) as const,
    ),
    { kind: 'sequence', number: 3, takeover: 600 },
    ...[0, 1, 2].map((port) => ({ kind: 'dropped', port }) as const),
    { kind: 'holder-gone' },
    { kind: 'holder-back' },
    { kind: 'withdrawn', reason },
    ...standings.flatMap((one) => [1, 2].map((port) => standing(port, one))),
    ...[1, 2].map((port) => ({ kind: 'client-gone', port }) as const),
    ...[1, 2].map((port) => ({ kind: 'received', port, octets: 0 }) as const),
    ...answers,
  ];
  const seen = new Set<string>();
  /** on the usual way, of which as much is gone as `far` says */
  const usual = [inputs[0]!, answers[0], { kind: 'holder-gone' }, standing(1, standings[0]!)] as const;
  fc.assert(
    fc.property(fc.nat(usual.length), stepsOf(inputs), (far, steps) => {
      const before = usual.slice(0, far).map((input) => ({ input, waits: false }));
      const successor = new Successor<typeof state>({ silentMs: 500, heardAt: () => 0 }, 0);
      follow(successor, [...before, ...steps], seen);
    }),
    { numRuns: 3000 },
  );
  assert.deepEqual([...seen].toSorted(), arrowsOf(successorTransitions));
});
