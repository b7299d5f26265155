import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runAdverse, type TimelineStep } from '../support/adverse-lab.ts';
import { leg, long, variants } from '../support/adverse-sessions.ts';
import { testRun } from '../support/adverse-tests.ts';

/** Every packet between the members' sites is lost for a while, from each step of a handoff on. */
interface Cut {
  readonly name: string;
  readonly variant: string;
  readonly atMs: number;
  /** from the session's start */
  readonly offsetMs: number;
  readonly forMs: number;
}

const DONE_TIMEOUT_MS = 5000;
const spacingMs = 300_000;
const stepMs = long ? 20 : 40;
const offsets = Array.from({ length: long ? 26 : 13 }, (_, index) => 200 + index * stepMs);
/** shorter than the donor's patience, and long enough for it to take the client back */
const durations = [3000, 40_000];
const cuts: readonly Cut[] = durations
  .flatMap((forMs) =>
    variants.flatMap((variant) => offsets.map((offsetMs) => ({ variant, offsetMs, forMs }))),
  )
  .map((cut, index) => ({
    ...cut,
    name: `cut for ${cut.forMs} ms, ${cut.offsetMs} ms after the start, ${cut.variant}`,
    atMs: index * spacingMs,
  }));

const between = (one: number, other: number): string =>
  `add rule ip6 cut way ip6 saddr 2001:db8:${one}::/64 ip6 daddr 2001:db8:${other}::/64 drop`;
const drop = [
  'add table ip6 cut',
  'add chain ip6 cut way { type filter hook forward priority 0; }',
  between(1, 2),
  between(2, 1),
].join('; ');

function steps({ atMs, offsetMs, forMs }: Cut): readonly TimelineStep[] {
  return [
    { atMs: atMs + offsetMs, name: 'cut', command: ['nft', drop] },
    { atMs: atMs + offsetMs + forMs, name: 'healed', command: ['nft', 'delete table ip6 cut'] },
  ];
}

const run = await runAdverse({
  network: { clients: [{ csMs: [40, 40] }], members: 2, ssMs: 20, rateKbit: 100_000 },
  sessions: [
    cuts.map(({ name, atMs, variant }) => ({
      name,
      atMs,
      itinerary: { bytes: 200_000, upload: 0, variant, legs: [leg(100_000, 2)] },
    })),
  ],
  timeline: cuts.flatMap(steps),
  member: { doneTimeoutMs: DONE_TIMEOUT_MS, leaseMs: 1000 },
});

testRun(
  run,
  cuts.map(({ name }) => name),
  () => undefined,
);

test('both outcomes were seen: the acceptor has the client, or the donor goes on, also by taking it back', () => {
  const count = (event: string): number => run.events.filter((one) => one.event === event).length;
  assert.equal(count('cut'), cuts.length);
  assert.equal(count('healed'), cuts.length);
  assert.ok(count('handed-off') > 0, 'never handed off');
  assert.ok(count('handoff-failed') > 0, 'never gone on');
  assert.ok(count('client-reclaiming') > 0, 'never taken back');
});
