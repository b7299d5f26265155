import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SoakEvent } from '../../analysis/soak/record.ts';
import { died, held, judged, leaves, lost, violated, without } from '../support/soak-verdicts.ts';
import {
  careOf,
  client,
  clientPort,
  contact,
  event,
  finished,
  goodEvents,
  verdictOn,
} from '../support/soak-world.ts';

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
