import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { longestGap, near, TakeoverCapture } from '../support/takeover-capture.ts';
import {
  addressOf,
  contactAddress,
  finishedWell,
  groupTimes,
  latencies,
  runTakeover,
  servicePort,
} from '../support/takeover-lab.ts';

const { S1S2: memberMs } = latencies;
const [node1, node2, node3] = ['node1', 'node2', 'node3'].map(addressOf) as [string, string, string];
const homeAgent = addressOf('ha1');
/** of Binding Updates and their acknowledgements; see runner/procedures/security-associations.ts */
const [updates, acknowledgements, tunnelOut] = [0x1001, 0x1002, 0x1003];

test('kill -9 of the contact node: the first backup registers, and nobody but its clients notices for long', {
  timeout: 200_000,
}, async () => {
  await using run = await runTakeover({
    body: `
      download established client1 1000000
      sleep 3
      datagrams client3 1 700
      sleep 0.2
      mark crash
      crash node1
      sleep 1
      download new client2 300000
      finished`,
    // node3 serves clients, and may not hold the associations.
    configure: ({ program }) =>
      program === 'member' ? { group: { trusted: [node1, node2], ...groupTimes } } : {},
  });
  assert.equal(run.status, 0, run.console);
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('crash')!);
  assert.deepEqual(seen.malformed, []);

  // Detection: the end of the channel arrives, and a look whether the process is there comes back.
  const detectionMs = 3 * memberMs;
  const registrationMs = 2 * memberMs;
  const update = seen.esp(updates, { source: node2 })[0]!;
  near(update.ms, detectionMs, 'first Binding Update of the backup');
  const acknowledged = seen
    .esp(acknowledgements, { destination: node2 })
    .find(({ direction }) => direction === 'out')!;
  near(acknowledged.ms, detectionMs + registrationMs, 'its acknowledgement at the backup');

  // Clients in reverse tunnel: what the home agent gets from then on reaches the new contact node.
  const answers = seen.datagrams({ from: servicePort }, 'none').filter(({ direction }) => direction === 'in');
  const served = seen
    .datagrams({ to: servicePort }, { source: homeAgent, destination: node2 })
    .filter(({ direction }) => direction === 'out');
  const last = answers.filter(({ ms }) => ms <= 0).at(-1)!.ms;
  const outage = served[0]!.ms - last;
  // A datagram every millisecond: each end of the outage is known to that.
  const tooLong = outage - (detectionMs + registrationMs);
  assert.ok(tooLong > -0.1 && tooLong < 2.1, `outage ${outage} ms`);
  assert.ok(
    answers.some(({ ms }) => ms > served[0]!.ms),
    'no answers after the takeover',
  );

  // A client of another member, route optimised: no gap.
  const data = seen.dataFrom(node2, addressOf('client1'));
  const before = longestGap(data, -1500, 0);
  near(longestGap(data, 0, 1500), before, 'longest gap after the takeover, compared with that before');
  assert.deepEqual(await finishedWell(run, ['established', 'new']), []);
  assert.deepEqual(seen.resets(contactAddress), []);

  // The new connection went to the new contact node, and from there to the next member with return routability by its tunnel.
  assert.ok(seen.dataFrom(node3, addressOf('client2')).length > 0);
  assert.ok(seen.esp(tunnelOut, { source: node2 }).length > 0);
  const heard = (await run.events('node3')).filter(({ event }) => event === 'contact-followed');
  assert.deepEqual(
    heard.map(({ contactNode }) => contactNode),
    [node1, node2],
  );
  assert.ok((await run.events('node3')).every(({ event }) => event !== 'contact-left'));
  assert.equal(seen.esp(updates, { source: node1 }).filter(({ ms }) => ms > 0).length, 0);
  // One update, no retransmission: seen coming and going.
  assert.equal(seen.esp(updates, { source: node2 }).length, 2);
});
