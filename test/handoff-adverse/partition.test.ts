import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bounds } from '../../server/attention.ts';
import { runAdverse, type TimelineStep } from '../support/adverse-lab.ts';
import { variants as all, leg } from '../support/adverse-sessions.ts';
import { testRun } from '../support/adverse-tests.ts';
import { long } from '../support/long.ts';

/** Every packet between the members' sites is lost for a while, from each step of a handoff on. */
interface Cut {
  readonly name: string;
  readonly variant: string;
  readonly atMs: number;
  /** from the session's start */
  readonly offsetMs: number;
  readonly forMs: number;
}

/** What tells of a cut: silence behind a question, and the channel's own time-out; Done is waited for as long as by default. */
const CHANNEL_TIMEOUT_MS = 3000;
const DONE_TIMEOUT_MS = 60_000;
/** the one that has most steps */
const variants = long ? all : ['drain+advance-rr'];
const spacingMs = 300_000;
const stepMs = long ? 20 : 50;
const offsets = Array.from({ length: long ? 26 : 10 }, (_, index) => 200 + index * stepMs);
/** shorter than the channel's patience, and longer than anything that waits for it */
const durations = [1000, 40_000];
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
  member: { doneTimeoutMs: DONE_TIMEOUT_MS, channelTimeoutMs: CHANNEL_TIMEOUT_MS, leaseMs: 1000 },
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
  assert.ok(count('client-contested') > 0, 'never asked of the client');
});

test('a donor that does not know asks the client first, and leaves it to an acceptor that has bound it', () => {
  const contests = run.events.filter(({ event }) => event === 'client-contested');
  const won = contests.filter(({ t, client }) => {
    const next = run.events.find(
      (one) =>
        BigInt(one.t) > BigInt(t) &&
        one.node === 'node1' &&
        /handoff-failed|rejected/.test(one.event) &&
        (one.client ?? one.correspondent) === client,
    );
    return next?.event === 'handoff-failed';
  });
  assert.ok(won.length > 0, 'never taken back');
  assert.ok(won.length < contests.length, 'never left to the acceptor');
});

test('every acceptor that has served learns in the end that its donor has let go', () => {
  const count = (name: string): number => run.events.filter(({ event }) => event === name).length;
  assert.equal(count('handoff-settled'), count('socket-activated'));
  assert.equal(count('client-taken-back'), 0);
});

/** ms from a cut until a donor serves on: a question, the patience with a channel whose round trips vary after the cut before, the client's answer. */
const LONGEST_STALL_MS = bounds.every[1] + bounds.patience[1] + 80;
/** and with one that is in order: two round trips, three more, 200 ms, and the same answer, with as much again for what was under way */
const USUAL_STALL_MS = 2 * (5 * 40 + 200 + 80);

test('a channel notices a cut within seconds of its last frame; a donor serves on long before that', () => {
  const ms = (from: string, to: string): number => Number(BigInt(to) - BigInt(from)) / 1e6;
  const donor = run.events.filter(({ node }) => node === 'node1');
  const delays = donor.flatMap(({ event, t }, index) => {
    if (event !== 'peer-lost') return [];
    const frame = donor.slice(0, index).findLast((one) => /^(prepare|init)-sent$/.test(one.event));
    return frame === undefined ? [] : [ms(frame.t, t)];
  });
  assert.ok(delays.length > 0, 'never noticed');
  assert.ok(Math.max(...delays) < 2 * CHANNEL_TIMEOUT_MS, `after ${delays.map(Math.round).join(', ')} ms`);
  const failed = donor.filter(({ event }) => event === 'handoff-failed');
  const waited = failed.map(({ t }) => {
    const cut = run.events.findLast((one) => one.event === 'cut' && BigInt(one.t) < BigInt(t));
    return ms(cut!.t, t);
  });
  assert.ok(
    waited.length > 0 && Math.max(...waited) < LONGEST_STALL_MS,
    `served on after ${waited.map(Math.round).join(', ')} ms`,
  );
  const half = waited.toSorted((a, b) => a - b)[Math.floor(waited.length / 2)]!;
  assert.ok(half < USUAL_STALL_MS, `half of them after ${half} ms`);
});
