import assert from 'node:assert/strict';
import { test } from 'node:test';
import { long } from '../support/long.ts';
import { type LoggedEvent, runMembers } from '../support/member-lab.ts';

/** Kills a member by SIGKILL right behind one of its events, in the middle of a download that is handed off. */
interface Death {
  readonly variant: string;
  readonly member: 'node1' | 'node2';
  /** the event behind which it dies */
  readonly at: string;
  /** who serves the client to its end; `nobody`: the state died with its only owner */
  readonly server: 'node1' | 'node2' | 'nobody';
}

const donor = 'node1';
const acceptor = 'node2';

const deaths: readonly Death[] = [
  // The acceptor dies: the donor serves on as long as it has not let go.
  { variant: 'drain+advance-rr', member: acceptor, at: 'prepare-received', server: donor },
  { variant: 'baseline', member: acceptor, at: 'init-received', server: donor },
  { variant: 'baseline', member: acceptor, at: 'binding-update-sent', server: donor },
  { variant: 'drain+advance-rr', member: acceptor, at: 'socket-activated', server: donor },
  { variant: 'drain', member: acceptor, at: 'done-sent', server: 'nobody' },
  // The donor, here the contact node too, dies: without its relay no return routability can be finished any more.
  { variant: 'drain+advance-rr', member: donor, at: 'prepare-sent', server: 'nobody' },
  { variant: 'drain', member: donor, at: 'init-sent', server: 'nobody' },
  { variant: 'drain+advance-rr', member: donor, at: 'init-sent', server: acceptor },
];

/** Between those above nothing else is to be seen. */
const more: readonly Death[] = [
  { variant: 'baseline', member: acceptor, at: 'return-routability-complete', server: donor },
  { variant: 'baseline', member: acceptor, at: 'binding-acknowledged', server: donor },
  { variant: 'baseline', member: acceptor, at: 'socket-activated', server: donor },
  { variant: 'drain+advance-rr', member: donor, at: 'handed-off', server: acceptor },
];

for (const { variant, member, at, server } of long ? [...deaths, ...more] : deaths) {
  const outcome =
    server === 'nobody' ? 'nobody can serve the client' : `${server} serves the client, every octet intact`;
  test(`${variant}: ${member} is killed at ${at}: ${outcome}`, { timeout: 200_000 }, async () => {
    const { events } = await runMembers({ variant, changes: { [member]: { failAt: at } } });
    assert.ok(
      events.some((event) => event.node === member && event.event === at),
      `no ${at} at ${member}`,
    );
    assert.ok(!events.some((event) => event.node === member && event.event === 'stopped'), 'not killed');
    const verdict = events.find(({ event }) => event === 'repetition-finished');
    assert.equal(verdict?.ok, server !== 'nobody', JSON.stringify(verdict));
    assertNeverTwo(events);
    assert.deepEqual(acceptedSequences(events), [...new Set(acceptedSequences(events))]);
    if (server === donor) assert.ok(resumed(events), 'the donor has not gone on');
  });
}

/** A donor that goes on does so behind the last word of an acceptor that has served: that one is dead. */
function assertNeverTwo(events: readonly LoggedEvent[]): void {
  const ofAcceptor = events.filter(({ node }) => node === acceptor);
  const goesOn = events.find(({ node, event }) => node === donor && event === 'handoff-failed');
  if (goesOn === undefined || !ofAcceptor.some(({ event }) => event === 'socket-activated')) return;
  for (const { t, event } of ofAcceptor)
    assert.ok(BigInt(t) < BigInt(goesOn.t), `both members were active: ${event} at the acceptor`);
}

function resumed(events: readonly LoggedEvent[]): boolean {
  return events.some(({ node, event }) => node === donor && event === 'handoff-failed');
}

/** Sequence numbers of the Binding Updates that the client accepted. */
function acceptedSequences(events: readonly LoggedEvent[]): unknown[] {
  return events.filter(({ event }) => event === 'binding-accepted').map(({ sequence }) => sequence);
}
