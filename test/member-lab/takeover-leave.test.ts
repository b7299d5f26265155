import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { near, TakeoverCapture } from '../support/takeover-capture.ts';
import {
  addressOf,
  contactAddress,
  finishedWell,
  latencies,
  runTakeover,
  servicePort,
} from '../support/takeover-lab.ts';

const { S1S2: memberMs } = latencies;
const [node1, node2] = ['node1', 'node2'].map(addressOf) as [string, string];
const updates = 0x1001;

test('a contact node that leaves serves until its successor does: nobody is without an answer', {
  timeout: 200_000,
}, async () => {
  await using run = await runTakeover({
    body: `
      download established client1 1000000
      sleep 3
      datagrams client3 1 700
      sleep 0.2
      mark leave
      finish node1
      mark left
      sleep 1
      download new client2 300000
      finished`,
  });
  assert.equal(run.status, 0, run.console);
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('leave')!);

  // The wish goes to the backup, its update to the home agent, the acknowledgement back, and the news of it to the old contact node.
  near(seen.esp(updates, { source: node2 })[0]!.ms, memberMs, 'first Binding Update of the successor');
  const leftMs = Number(run.marks.get('left')! - run.marks.get('leave')!) / 1e6;
  near(leftMs, 4 * memberMs, 'end of the old contact node');

  // Datagrams reach the home agent at any time, and always somebody answers.
  const asked = seen.datagrams({ to: servicePort }, 'none').filter(({ direction }) => direction === 'in');
  const answers = seen.datagrams({ from: servicePort }, 'none').filter(({ direction }) => direction === 'in');
  assert.equal(asked.length, 700);
  assert.equal(answers.length, 700);

  assert.deepEqual(await finishedWell(run, ['established', 'new']), []);
  assert.deepEqual(seen.resets(contactAddress), []);
  const released = (await run.events('node1')).map(({ event }) => event);
  assert.ok(released.includes('contact-released') && released.includes('stopped'), released.join(' '));
  assert.equal(seen.esp(updates, { source: node1 }).length, 0);
});
