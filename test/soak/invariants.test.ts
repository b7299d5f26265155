import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MemorySample, SoakEvent } from '../../analysis/soak/record.ts';
import { died, held, judged, lost, violated, without } from '../support/soak-verdicts.ts';
import {
  careOf,
  client,
  contact,
  esp,
  event,
  finished,
  fromMember,
  goodEvents,
  goodPackets,
  tunnelled,
  verdictOn,
} from '../support/soak-world.ts';

test('a good log and capture violate nothing, and their figures are told', () => {
  const { violations, figures } = verdictOn();
  assert.deepEqual(violations, []);
  assert.deepEqual([figures.visits, figures.intact, figures.handoffs, figures.packets], [1, 1, 1, 4]);
});
test('no reset comes to a client whose connection lives', () => {
  const reset = (atMs: number) => [...goodPackets, fromMember(atMs, 'node2', { reset: true })];
  violated(verdictOn({ packets: reset(2000) }), 'no-reset', /a reset from 2001:db8:1:2::2/);
  assert.equal(verdictOn({ packets: reset(4000) }).figures.resetsOfDeadConnections, 1);
  const events = [...without('visit-finished'), lost, died(1900, 'node2')];
  held(verdictOn({ events, packets: reset(2000).filter(({ atMs }) => atMs <= 2000) }));
});

test('one holder: no member takes a connection that another has', () => {
  violated(
    verdictOn({ events: without('socket-extracted') }),
    'one-holder',
    /node2 takes the connection, which node1/,
  );
});

test('one holder: a donor that learns late what became of an earlier connection takes no later one', () => {
  const again = [
    event(3500, 'client1', 'visit-started', { name: 'client1-2', server: contact }),
    event(3540, 'client1', 'visit-connected', { name: 'client1-2', port: 50_000 }),
    event(3560, 'node3', 'client-connected', { client, port: 50_000 }),
    event(4000, 'node1', 'handoff-failed', { client, acceptor: careOf('node2') }),
    event(5000, 'client1', 'visit-finished', { ...finished(true), name: 'client1-2' }),
  ];
  held(verdictOn({ events: [...without('handed-off'), ...again] }));
  // Nor does one that had not read it out: of several connections each may be elsewhere.
  held(verdictOn({ events: [...goodEvents, ...again] }));
  const extracted = event(3600, 'node1', 'socket-extracted', { client, port: 50_000 });
  violated(
    verdictOn({ events: [...goodEvents, ...again, extracted] }),
    'one-holder',
    /node1 takes .* node3 has had/,
  );
});

test('one holder: octets come only from the member that has the connection', () => {
  const late = [...goodPackets, fromMember(2000, 'node1', { sequence: 2001 })];
  violated(verdictOn({ packets: late }), 'one-holder', /octets from node1, while node2/);
  const early = [...goodPackets, fromMember(1150, 'node2', { sequence: 2001 })];
  violated(verdictOn({ packets: early }), 'one-holder', /octets from node2, while nobody/);
});

test('one holder: an acceptor that abandons another connection’s handoff still has what came to it before', () => {
  const settled = event(1310, 'node2', 'handoff-settled', { client });
  const abandoned = event(1500, 'node2', 'handoff-abandoned', { client, reason: 'cancelled by the donor' });
  const packets = [...goodPackets, fromMember(2000, 'node2', { sequence: 2001 })];
  held(verdictOn({ events: [...goodEvents, settled, abandoned], packets }));
  // Of its own there is nothing left.
  violated(verdictOn({ events: [...goodEvents, abandoned], packets }), 'one-holder', /while nobody/);
});

test('one holder: a segment that the contact node forwards is not its own', () => {
  const segment = fromMember(2000, 'node2', { sequence: 4001 });
  const byWayOf = [
    tunnelled(segment, 'node2', 'node1'),
    tunnelled({ ...segment, atMs: 2040 }, 'node1', 'ha1'),
  ];
  held(verdictOn({ packets: [...goodPackets, ...byWayOf] }));
  // While the contact address changes hands it may go by way of two.
  const twice = [
    byWayOf[0]!,
    tunnelled({ ...segment, atMs: 2030 }, 'node1', 'node3'),
    tunnelled({ ...segment, atMs: 2060 }, 'node3', 'ha1'),
  ];
  held(verdictOn({ packets: [...goodPackets, ...twice] }));
  violated(verdictOn({ packets: [...goodPackets, byWayOf[1]!] }), 'one-holder', /octets from node1/);
  // To a client that is bound to the contact node it goes the optimised way.
  const optimised = fromMember(2040, 'node1', { sequence: 4001 });
  held(verdictOn({ packets: [...goodPackets, byWayOf[0]!, optimised] }));
  const another = fromMember(2040, 'node1', { sequence: 5001 });
  violated(verdictOn({ packets: [...goodPackets, byWayOf[0]!, another] }), 'one-holder', /octets from node1/);
});

test('one contact node: terms belong to one member each and the home agent never goes back', () => {
  const claim = (atMs: number, node: string, epoch: number) =>
    event(atMs, node, 'contact-claimed', { epoch });
  const registered = (atMs: number, node: string) =>
    event(atMs, 'ha1', 'registration-accepted', {
      change: 'updated',
      homeAddress: contact,
      careOfAddress: careOf(node),
    });
  const follows = (atMs: number, node: string, whom: string) =>
    event(atMs, node, 'contact-followed', { contactNode: careOf(whom), epoch: 1 });
  const takeover = [...goodEvents, claim(4000, 'node2', 1), registered(4100, 'node2')];
  const all = [...takeover, follows(4200, 'node1', 'node2'), follows(4200, 'node3', 'node2')];
  held(verdictOn({ events: all }));
  assert.equal(verdictOn({ events: all }).figures.takeovers, 1);
  violated(
    verdictOn({ events: [...all, claim(5000, 'node3', 1)] }),
    'one-contact-node',
    /term 1, which is node2's/,
  );
  violated(
    verdictOn({ events: [...all, registered(5000, 'node1')] }),
    'one-contact-node',
    /from term 1 of node2 back to term 0/,
  );
  violated(
    verdictOn({ events: [...all, registered(5000, 'node3')] }),
    'one-contact-node',
    /node3, which has no term/,
  );
  violated(
    verdictOn({ events: takeover }),
    'one-contact-node',
    /node1 takes node1 for the contact node, the home agent node2/,
  );
  // A process that has ended believes nothing.
  held(verdictOn({ events: [...takeover, died(3900, 'node1'), follows(4200, 'node3', 'node2')] }));
});

test('one contact node: ESP numbers are used once and by one member', () => {
  const numbers = [esp(100, 'node1', 1), esp(200, 'node1', 2), esp(300, 'node2', 16_385)];
  held(verdictOn({ packets: [...goodPackets, ...numbers] }));
  violated(
    verdictOn({ packets: [...numbers, esp(400, 'node3', 2)] }),
    'one-contact-node',
    /node3 sends number 2, which node1/,
  );
  violated(
    verdictOn({ packets: [...numbers, esp(400, 'node1', 2)] }),
    'one-contact-node',
    /node1 sends number 2 after 2/,
  );
});

test('processes: none ends by itself, and each does what it is told', () => {
  const of = (name: string, fields: SoakEvent['fields']) =>
    judged([
      ...goodEvents,
      event(5000, 'node2', 'crashed', { reason: 'Error: x' }),
      event(5001, 'conductor', name, fields),
    ]);
  const ended = (asked: boolean) => ({ target: 'node2', status: 1, asked, good: false });
  violated(of('process-ended', ended(false)), 'processes', /^node2 ended by itself with status 1: Error: x$/);
  violated(
    of('process-ended', ended(true)),
    'processes',
    /^node2 was told to end, and did with status 1: Error: x$/,
  );
  violated(of('daemon-too-slow', { target: 'node2' }), 'processes', /^node2 was told to end, and has not$/);
  violated(of('not-ready', { targets: 'node1 node2' }), 'processes', /not ready in time: node1 node2/);
  const heal = { action: 'heal', target: 'node3' };
  violated(of('step-done', { ...heal, status: 1 }), 'processes', /^heal of node3 has failed with status 1$/);
  held(of('step-done', { ...heal, status: 0 }));
});

test('kernel state: what a machine holds more or less than before is told', () => {
  const after = 'machine node1\nmachine node2\nxfrm state left\n';
  const { violations } = verdictOn({ kernelAfter: after });
  assert.deepEqual(
    violations.map(({ invariant, text }) => [invariant, text]),
    [
      ['kernel-state', 'node1: - xfrm nothing'],
      ['kernel-state', 'node2: + xfrm state left'],
    ],
  );
});

test('kernel state: what a daemon finds wrong while it runs is told', () => {
  const checked = (wrong: number) =>
    judged([
      ...goodEvents,
      event(2000, 'node2', 'kernel-checked', { wanted: 9, wrong, told: 'missing: rule 50' }),
    ]);
  held(checked(0));
  assert.equal(checked(0).figures.kernelChecks, 1);
  violated(
    checked(2),
    'kernel-state',
    /node2: 2 of the kernel's objects are not as wanted: missing: rule 50/,
  );
});

test('memory: a short run is judged too, by its descriptors as well', () => {
  const series = (kilobytes: (sample: number) => number, descriptors: (sample: number) => number) => ({
    memory: Array.from({ length: 30 }, (_, sample): MemorySample => {
      return {
        atMs: sample * 2000,
        kind: 'process',
        name: 'node1',
        process: 9,
        kilobytes: kilobytes(sample),
        descriptors: descriptors(sample),
      };
    }),
  });
  const even = () => 60_000;
  held(verdictOn(series(even, (sample) => 60 + (sample % 7))));
  violated(verdictOn(series(even, () => 500)), 'memory', /node1 .* has 500 open descriptors, more than 400/);
  violated(
    verdictOn(series(even, (sample) => 60 + 5 * sample)),
    'memory',
    /grows: 135 open descriptors in the middle, 185 at the end/,
  );
  violated(
    verdictOn(
      series(
        (sample) => 60_000 + 3000 * sample,
        () => 60,
      ),
    ),
    'memory',
    /node1/,
  );
  assert.equal(verdictOn(series(even, () => 77)).figures.mostDescriptors, 77);
});

test('memory: bounded, and not growing without end', () => {
  const series = (of: (minute: number) => number, name = 'node1'): MemorySample[] =>
    Array.from({ length: 30 }, (_, minute) => ({
      atMs: minute * 60_000,
      kind: name === 'Slab' ? 'kernel' : 'process',
      name,
      process: 9,
      kilobytes: of(minute),
      descriptors: 30,
    }));
  held(
    verdictOn({
      memory: [
        ...series((minute) => Math.min(80_000, 50_000 + 5000 * minute)),
        ...series(() => 30_000, 'Slab'),
      ],
    }),
  );
  violated(verdictOn({ memory: series(() => 200_000) }), 'memory', /node1 .* more than/);
  violated(verdictOn({ memory: series((minute) => 50_000 + 3000 * minute) }), 'memory', /node1 .* grows/);
  violated(
    verdictOn({ memory: series((minute) => 30_000 + 2000 * minute, 'Slab') }),
    'memory',
    /kernel grows/,
  );
});

test('of several violations the first in time is the first', () => {
  const events = [...without('visit-finished'), lost];
  const packets = [...goodPackets, fromMember(2500, 'node2', { reset: true }), fromMember(2000, 'node1', {})];
  const { violations } = verdictOn({ events, packets });
  assert.deepEqual(
    violations.map(({ invariant }) => invariant),
    ['one-holder', 'no-reset', 'intact'],
  );
  assert.ok(client !== contact);
});
