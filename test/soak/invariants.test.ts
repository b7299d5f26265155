import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SoakVerdict } from '../../analysis/soak/check-soak.ts';
import type { MemorySample, SoakEvent } from '../../analysis/soak/record.ts';
import {
  careOf,
  client,
  clientPort,
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

const without = (...names: readonly string[]) => goodEvents.filter((one) => !names.includes(one.event));
const lost = event(3000, 'client1', 'visit-finished', finished(false));
const leaves = (atMs: number, target: string) => [
  event(atMs - 50, 'conductor', 'step', { action: 'leave', target }),
  died(atMs, target),
];
const died = (atMs: number, target: string) =>
  event(atMs, 'conductor', 'process-ended', { target, status: 137, asked: true, good: true });

function violated({ violations }: SoakVerdict, invariant: string, text: RegExp): void {
  const [first] = violations;
  assert.equal(first?.invariant, invariant, JSON.stringify(violations));
  assert.match(first.text, text);
}

function held({ violations }: SoakVerdict): void {
  assert.deepEqual(violations, []);
}

test('a good log and capture violate nothing, and their figures are told', () => {
  const { violations, figures } = verdictOn();
  assert.deepEqual(violations, []);
  assert.deepEqual([figures.visits, figures.intact, figures.handoffs, figures.packets], [1, 1, 1, 4]);
});

/** Without a capture: who sends what is not the question. */
const judged = (events: readonly SoakEvent[]) => verdictOn({ events, packets: [] });

test('intact: a connection may be lost with the last process that could serve it, and not otherwise', () => {
  const failed = [...without('visit-finished'), lost];
  violated(judged(failed), 'intact', /client1-1: lost, though no member that had it was killed: Error/);
  held(judged([...failed, died(2000, 'node2')]));
  // After Init and before Done either of them can: one's death is no excuse, both are.
  violated(judged([...failed, died(1160, 'node1')]), 'intact', /lost/);
  const both = [...failed, died(1160, 'node1'), died(1170, 'node2')];
  held(judged(both.filter(({ event: name }) => name !== 'socket-activated')));
  // Before Init only the donor can.
  const untaken = failed.filter(
    ({ event: name }) => !/^(init-received|socket-activated|handed-off)$/.test(name),
  );
  held(judged([...untaken, died(1120, 'node1')]));
  // What the connection has survived excuses nothing later.
  violated(judged([...failed, died(1120, 'node1')]), 'intact', /lost/);
  // One that has nothing to do with it excuses nothing, nor does one that had handed the client off before.
  violated(judged([...failed, died(2000, 'node3')]), 'intact', /lost/);
  violated(judged([...failed, died(2000, 'node1')]), 'intact', /lost/);
});

test('intact: a member that leaves hands its clients off, so that its end is no excuse', () => {
  const failed = [...without('visit-finished'), lost];
  violated(
    judged([...failed, ...leaves(2000, 'node2')]),
    'intact',
    /no member that had it was killed \(node2 left meanwhile\)/,
  );
  // Nor while a handoff from it is under way, should the acceptor live.
  const early = failed.filter(({ event: name }) => name !== 'socket-activated');
  violated(judged([...early, ...leaves(1160, 'node1')]), 'intact', /lost/);
  held(judged([...early, ...leaves(1160, 'node1'), died(1170, 'node2')]));
  const { figures } = judged([...goodEvents, ...leaves(1245, 'node1')]);
  assert.equal(figures.handoffsOfLeaving, 1);
  // In a later life it may be killed.
  const again = [...leaves(50, 'node2'), event(90, 'node2', 'ready'), died(2000, 'node2')];
  held(judged([...failed, ...again]));
});

test('intact: a client whose binding leads to a member that has ended reaches nobody until that one is back, or it is released', () => {
  const bound = event(50, 'client1', 'binding-accepted', {
    change: 'created',
    homeAddress: contact,
    careOfAddress: careOf('node3'),
  });
  const unanswered = goodEvents.filter(
    ({ event: name, fields }) => fields.client === undefined && !/^visit-(connected|finished)$/.test(name),
  );
  const events = [...unanswered, bound, lost];
  held(judged([...events, died(80, 'node3')]));
  violated(judged([...events, ...leaves(80, 'node3')]), 'intact', /lost/);
  violated(judged(events), 'intact', /lost/);
  violated(judged([...events, died(80, 'node3'), event(90, 'node3', 'ready')]), 'intact', /lost/);
  const late = event(100_090, 'client1', 'visit-finished', finished(false));
  violated(judged([...unanswered, bound, died(80, 'node3'), late]), 'intact', /lost/);
  // The end of who has it by then is another matter.
  const taken = event(5010, 'node1', 'client-connected', { client, port: clientPort });
  const connected = event(5000, 'client1', 'visit-connected', { name: 'client1-1', port: clientPort });
  const anew = [...unanswered, bound, died(80, 'node3'), connected, taken, died(5500, 'node1'), late];
  held(judged(anew));
});

test('intact: a connection whose contact node is killed while its answer to the SYN is on its way is nobody’s', () => {
  const unanswered = goodEvents.filter(
    ({ atMs, event: name }) => atMs <= 100 || name === 'schedule-finished',
  );
  const connected = event(140, 'client1', 'visit-connected', { name: 'client1-1', port: clientPort });
  const killed = [...unanswered, died(130, 'node1'), connected, lost];
  held(judged(killed));
  violated(judged([...unanswered, connected, lost]), 'intact', /lost/);
  // Another member has answered, or this one has come back before.
  const registered = event(135, 'ha1', 'registration-accepted', {
    change: 'updated',
    homeAddress: contact,
    careOfAddress: careOf('node2'),
  });
  const claimed = event(133, 'node2', 'contact-claimed', { epoch: 1 });
  violated(judged([...killed, claimed, registered]), 'intact', /lost/);
  violated(judged([...killed, event(138, 'node1', 'ready')]), 'intact', /lost/);
});

test('intact: wrong octets have no excuse, and every visit ends', () => {
  const wrong = event(3000, 'client1', 'visit-finished', finished(false, false));
  const events = [...without('visit-finished'), wrong, died(2000, 'node2')];
  violated(judged(events), 'intact', /not the document's/);
  violated(judged(without('visit-finished')), 'intact', /did not end/);
});

test('intact: a damaged upload has no excuse either, nor has an orderly end before all octets', () => {
  const kill = died(2000, 'node2');
  const judgedAs = (fields: SoakEvent['fields']) =>
    judged([
      ...without('visit-finished'),
      event(3000, 'client1', 'visit-finished', { ...finished(false), ...fields }),
      kill,
    ]);
  held(judgedAs({ uploaded: -1, upload: 500 }));
  violated(
    judgedAs({ uploaded: 499, upload: 500 }),
    'intact',
    /other octets than the 500 that were sent: it says 499/,
  );
  violated(judgedAs({ uploaded: 0, upload: 500 }), 'intact', /it says 0/);
  violated(
    judgedAs({ uploaded: -1, upload: 500, ended: true }),
    'end-of-stream',
    /client1-1: the stream ended in order after 1000 octets, before all were there/,
  );
  // The end is in order behind the last octet; what goes wrong then is another matter.
  held(judgedAs({ uploaded: 500, upload: 500, ended: true }));
});

test('intact: an excuse ends with the client’s patience', () => {
  const late = (atMs: number) =>
    judged([
      ...without('visit-finished'),
      event(atMs, 'client1', 'visit-finished', finished(false)),
      died(2000, 'node2'),
    ]);
  held(late(300_100));
  violated(late(300_300), 'intact', /lost/);
});

test('intact: several connections of a client have their own holders and excuses', () => {
  const other = (atMs: number, ok: boolean) => [
    event(300, 'client1', 'visit-started', { name: 'client1-2-1', server: contact }),
    event(340, 'client1', 'visit-connected', { name: 'client1-2-1', port: 6000 }),
    event(360, 'node1', 'client-connected', { client, port: 6000 }),
    event(atMs, 'client1', 'visit-finished', { ...finished(ok), name: 'client1-2-1' }),
  ];
  const deadlineMs = 300_000;
  const visits = ['client1-1', 'client1-2-1'].map((name) => ({
    name,
    host: 'client1',
    server: contact,
    deadlineMs,
  }));
  const both = (events: readonly SoakEvent[]) => verdictOn({ events, packets: [], record: { visits } });
  const ports = (which: readonly number[]) =>
    which.flatMap((port) => [
      event(1110, 'node1', 'socket-extracted', { client, port }),
      event(1200, 'node2', 'socket-activated', { client, port }),
    ]);
  const moved = without('socket-extracted', 'socket-activated');
  const { violations, figures } = both([...moved, ...ports([clientPort, 6000]), ...other(2500, true)]);
  assert.deepEqual([violations, figures.intact], [[], 2]);
  // One that closes meanwhile stays where it was, and is lost with that member; the other is not.
  const closing = [...moved, ...ports([clientPort]), ...other(2500, false)];
  held(both([...closing, died(1300, 'node1')]));
  violated(both([...closing, died(1300, 'node2')]), 'intact', /client1-2-1: lost/);
  // Two at a time are not one connection that two members have.
  held(both([...moved, ...ports([clientPort]), ...other(2500, true)]));
  violated(
    both([
      ...moved,
      ...ports([clientPort]),
      ...other(2500, true),
      event(1300, 'node2', 'socket-activated', { client, port: 6000 }),
    ]),
    'one-holder',
    /client1-2-1: node2 takes the connection, which node1/,
  );
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
