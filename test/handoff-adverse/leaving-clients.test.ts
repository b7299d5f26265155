import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AdverseSession, runAdverse } from '../support/adverse-lab.ts';
import { leg, variants } from '../support/adverse-sessions.ts';
import { testRun } from '../support/adverse-tests.ts';
import { clientAddress } from '../support/adverse-topology.ts';
import { long } from '../support/long.ts';

const FIRST = 100_000;
const EARLY = 60_000;
const spacingMs = 40_000;
/** ms from the arrival of the donor's last octet to the client's leaving; below 0: of an earlier octet */
const stepMs = long ? 15 : 30;
/** not a multiple of the latencies: a client that leaves at the very instant of a step is in no phase for certain */
const firstMs = -40;
/** at once after the first octet: before the handoff, which waits for the client's first binding */
const AT_FIRST = -1000;
const offsets = [AT_FIRST, ...Array.from({ length: long ? 32 : 14 }, (_, index) => firstMs + index * stepMs)];

function moment(offsetMs: number): { readonly afterBytes: number; readonly delayMs: number } {
  if (offsetMs === AT_FIRST) return { afterBytes: 1, delayMs: 0 };
  return offsetMs < 0
    ? { afterBytes: EARLY, delayMs: 100 + offsetMs }
    : { afterBytes: FIRST, delayMs: offsetMs };
}

function sessions(how: 'fin' | 'rst'): readonly AdverseSession[] {
  const all = variants.flatMap((variant) => offsets.map((offsetMs) => ({ variant, offsetMs })));
  return all.map(({ variant, offsetMs }, index) => ({
    name: `${how} ${offsetMs} ms, ${variant}`,
    atMs: index * spacingMs,
    leave: { how, ...moment(offsetMs) },
    itinerary: { bytes: 200_000, upload: 0, variant, legs: [leg(FIRST, 2)] },
  }));
}

const path = { csMs: [40, 40] };
const all = [sessions('fin'), sessions('rst')];
const run = await runAdverse({
  network: { clients: [path, path], members: 2, ssMs: 20, rateKbit: 100_000 },
  sessions: all,
});

testRun(
  run,
  all.flat().map(({ name }) => name),
  (verdict) => {
    if (verdict.dead) return;
    assert.equal(verdict.bytes, 200_004);
    assert.ok(
      !verdict.failures.some((failure) => failure.startsWith('client-lost')),
      verdict.failures.join(),
    );
  },
);

/** The latest step of the client's handoff when its leaving reached the router. */
function phaseOf(index: number, leftAt: string): string {
  const steps = [
    'handoff-requested',
    'init-sent',
    'return-routability-complete',
    'binding-update-sent',
    'handed-off',
  ];
  const started = run.events.filter(
    ({ node, event, t }) =>
      node === `client${index}` && event === 'session-started' && BigInt(t) < BigInt(leftAt),
  );
  const from = BigInt(started.at(-1)?.t ?? 0n);
  const before = run.events.filter(
    ({ t, client, correspondent, event, node }) =>
      (client ?? correspondent) === clientAddress(index) &&
      BigInt(t) > from &&
      BigInt(t) <= BigInt(leftAt) &&
      steps.includes(event) &&
      // The donor's own return routability comes before its handoff.
      (event !== 'return-routability-complete' || node === 'node2'),
  );
  return before.at(-1)?.event ?? 'before the handoff';
}

for (const [index, how] of ['FIN', 'RST'].entries()) {
  test(`a ${how} came in every phase of a handoff`, () => {
    const left = run.events.filter(({ node, event }) => node === `client${index}` && event === 'leaving');
    const phases = new Set(left.map(({ t }) => phaseOf(index, t)));
    const wanted = [
      'before the handoff',
      'handoff-requested',
      'init-sent',
      'binding-update-sent',
      'handed-off',
    ];
    assert.deepEqual(
      wanted.filter((phase) => !phases.has(phase)),
      [],
      `only ${[...phases].join(', ')}`,
    );
  });
}

test('a client that resets while its donor waits for it is noticed and counted', () => {
  const lost = run.events.filter(({ event }) => event === 'client-lost');
  assert.ok(lost.length > 0);
  for (const { reason } of lost) assert.equal(reason, 'the client has closed its connection');
});
