import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SoakPacket } from '../../analysis/soak/packets.ts';
import type { SoakEvent } from '../../analysis/soak/record.ts';
import { planSoak, wholeSystem } from '../../runner/soak/plan.ts';
import {
  careOf,
  client,
  clientPort,
  contact,
  event,
  finished,
  fromMember,
  goodEvents,
  verdictOn,
} from '../support/soak-world.ts';

const port = clientPort;
const died = (atMs: number, target: string) =>
  event(atMs, 'conductor', 'process-ended', { target, status: 137, asked: true, good: true });
const bound = (atMs: number, member: string) =>
  event(atMs, 'client1', 'binding-accepted', {
    change: 'updated',
    homeAddress: contact,
    careOfAddress: careOf(member),
  });
const chosen = event(300, 'node1', 'backup-chosen', { client, backup: careOf('node3') });
const isProtected = event(500, 'node1', 'connection-protected', { client, port });
const survives = (atMs: number, node = 'node3') =>
  event(atMs, node, 'client-survives', { client, port, holder: careOf('node1'), sent: 1000 });
/** node1 has it from the beginning to the end, or to what the test says. */
const stays = goodEvents.filter(
  ({ atMs, event: name }) => atMs < 1000 || (atMs > 2000 && name !== 'visit-finished'),
);
const [lost, kept] = [false, true].map((ok) => event(3000, 'client1', 'visit-finished', finished(ok)));

const judged = (events: readonly (SoakEvent | undefined)[], packets: readonly SoakPacket[] = []) =>
  verdictOn({ events: [...stays, ...events.flatMap((one) => one ?? [])], packets });
const faults = (...how: Parameters<typeof judged>): readonly string[] =>
  judged(...how).violations.map(({ invariant, text }) => `${invariant}: ${text}`);

test('a kill is no excuse for a visit that was protected, as long as its backup lives', () => {
  const [first] = faults([chosen, isProtected, died(2000, 'node1'), lost]);
  assert.match(
    first!,
    /^intact: client1-1: lost, though it was protected when node1 was killed, its backup node3/,
  );
  assert.deepEqual(faults([chosen, died(2000, 'node1'), lost]), []);
  for (const state of ['pending', 'unprotected']) {
    const no = event(1900, 'node1', `connection-${state}`, { client, port, reason: 'a reason' });
    assert.deepEqual(faults([chosen, isProtected, no, died(2000, 'node1'), lost]), [], state);
    // Another connection of the client.
    const other = { ...no, fields: { ...no.fields, port: port + 1 } };
    assert.equal(faults([chosen, isProtected, other, died(2000, 'node1'), lost]).length, 1, state);
  }
});

test('both dead: the connection is lost, whichever was killed first, until the backup has it', () => {
  const before = [chosen, isProtected];
  assert.deepEqual(faults([...before, died(1900, 'node3'), died(2000, 'node1'), lost]), []);
  assert.deepEqual(faults([...before, died(2000, 'node1'), died(2100, 'node3'), lost]), []);
  const again = [...before, died(1800, 'node3'), event(1900, 'node3', 'ready'), died(2000, 'node1'), lost];
  const follows = event(1950, 'node3', 'contact-followed', { contactNode: careOf('node1'), epoch: 0 });
  assert.equal(faults([...again, follows]).length, 1);
  const taken = [...before, died(2000, 'node1'), bound(2200, 'node3'), survives(2300)];
  assert.deepEqual(faults([...taken, died(2400, 'node3'), lost]), []);
  assert.equal(faults([...taken, lost]).length, 1);
});

const sibling = 'client1-2';
const other = { client, port: port + 1 };
/** Another connection of the client, at node1 as well, that is lost. */
const alsoLost = [
  event(600, 'client1', 'visit-started', { name: sibling, server: contact }),
  event(640, 'client1', 'visit-connected', { name: sibling, port: port + 1 }),
  event(660, 'node1', 'client-connected', other),
  event(8000, 'client1', 'visit-finished', { ...finished(false), name: sibling }),
];
const takenOver = [chosen, isProtected, bound(2200, 'node3'), survives(2300), kept];

test('of a member that was only cut off the client’s unprotected connections are lost when another takes the client over, and those alone', () => {
  assert.deepEqual(faults([...alsoLost, ...takenOver]), []);
  // Never taken over: it waits for the network.
  const whole = takenOver.filter((one) => one?.event !== 'client-survives');
  assert.match(faults([...alsoLost, ...whole])[0]!, /^intact: client1-2: lost, though no member/);
  for (const said of [
    event(700, 'node1', 'connection-protected', other),
    [
      event(700, 'node1', 'connection-protected', other),
      event(2100, 'node1', 'connection-unprotected', { ...other, reason: 'the backup is out of reach' }),
    ],
  ])
    assert.match(faults([...alsoLost, ...takenOver, ...[said].flat()])[0]!, /^intact: client1-2: lost/);
  const pending = event(2100, 'node1', 'connection-pending', { ...other, reason: 'a reason' });
  const before = event(700, 'node1', 'connection-protected', other);
  assert.deepEqual(faults([...alsoLost, ...takenOver, before, pending]), []);
  // The client was done with the protected one, and its end has not come to the backup yet.
  const ended = event(2100, 'client1', 'visit-finished', finished(true));
  const done = [chosen, isProtected, ended, bound(2200, 'node3'), survives(2300)];
  assert.deepEqual(faults([...alsoLost, ...done]), []);
  // A connection that begins behind the takeover is the backup's.
  const later = alsoLost.map((one) => ({ ...one, atMs: one.atMs < 1000 ? one.atMs + 1800 : one.atMs }));
  assert.equal(faults([...later.filter((one) => one.node !== 'node1'), ...takenOver]).length, 1);
});

test('a protected connection of a killed member is not excused by another that its backup has taken over first', () => {
  const protectedToo = event(700, 'node1', 'connection-protected', other);
  const [first] = faults([...alsoLost, protectedToo, died(2000, 'node1'), ...takenOver]);
  assert.match(first!, /^intact: client1-2: lost, though it was protected when node1 was killed/);
});

test('a backup goes on with what it is bound to, and how long that took is told', () => {
  const taken = [chosen, isProtected, died(2000, 'node1'), survives(2300), kept];
  const { violations, figures } = judged([bound(2200, 'node3'), ...taken]);
  assert.deepEqual(violations, []);
  assert.deepEqual([figures.killsOfProtected, figures.longestTakeoverMs], [1, 300]);
  const [stolen] = faults([bound(2200, 'node2'), ...taken]);
  assert.match(
    stolen!,
    /^one-holder: client1-1: node3 takes the connection over, while the client is bound to node2/,
  );
});

test('what a member that was cut off, or its kernel, still sends behind that is no second holder’s', () => {
  const taken = [chosen, isProtected, bound(2200, 'node3'), survives(2300), kept];
  const stale = [fromMember(2900, 'node1', { sequence: 1 })];
  assert.deepEqual(faults(taken, stale), []);
  // Nobody has fenced it off.
  assert.match(faults([died(2000, 'node1'), kept], [fromMember(2900, 'node2', {})])[0]!, /octets from node2/);
  const gives = event(2600, 'node1', 'client-taken-over', { client, reason: 'a reason' });
  assert.deepEqual(faults([...taken, gives], stale), []);
});

test('a handoff that a member was cut off in, and that fails behind its backup’s takeover, gives it nothing back', () => {
  const before = [chosen, isProtected];
  const out = [
    event(1900, 'node1', 'handoff-requested', { client, acceptor: careOf('node2') }),
    event(1910, 'node1', 'socket-extracted', { client }),
  ];
  const failed = event(2600, 'node1', 'handoff-failed', {
    client,
    acceptor: careOf('node2'),
    reason: 'lost',
  });
  const taken = [bound(2200, 'node3'), survives(2300)];
  assert.deepEqual(faults([...before, ...out, ...taken, failed, kept]), []);
  const [twice] = faults([
    ...before,
    ...out,
    ...taken,
    event(2700, 'node2', 'socket-activated', { client }),
    kept,
  ]);
  assert.match(twice!, /^one-holder: client1-1: node2 takes the connection/);
});

test('so many visits only download as are asked for, which changes nothing of the others', () => {
  const plan = (conditions: Parameters<typeof planSoak>[2]) =>
    planSoak(5, { ...wholeSystem, minutes: 30 }, conditions);
  const whole = plan({});
  assert.equal(whole.group.replicas, undefined);
  assert.ok(whole.visits.every(({ itinerary }) => itinerary.pace === undefined));
  const [none, usual, all] = [plan({ downloadsPct: 0 }), plan({ replicas: 1 }), plan({ downloadsPct: 100 })];
  assert.deepEqual(none.visits, whole.visits);
  assert.equal(usual.group.replicas, 1);
  const isDownload = ({ itinerary: { upload, pace } }: (typeof all.visits)[number]) =>
    upload === 0 && pace !== undefined;
  assert.ok(all.visits.every(isDownload));
  const share = usual.visits.filter(isDownload).length / usual.visits.length;
  assert.ok(share > 0.3 && share < 0.5, `${share}`);
  for (const [index, visit] of usual.visits.entries()) {
    if (!isDownload(visit)) assert.deepEqual(visit, whole.visits[index]);
    const { legs, bytes } = visit.itinerary;
    if (isDownload(visit)) assert.ok(legs.length <= 2 && legs.every(({ after }) => after <= bytes));
  }
  // Without replicas the same visits are made, to compare.
  assert.deepEqual(plan({ replicas: 0, downloadsPct: 40 }).visits, usual.visits);
});
