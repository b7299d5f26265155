import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { addressOf, finishedWell, runTakeover, type TakeoverRun } from '../support/takeover-lab.ts';

const [node1, node2] = ['node1', 'node2'].map(addressOf) as [string, string];

test('a contact node that is killed and started again follows its successor, and takes over when that one is killed', {
  timeout: 200_000,
}, async () => {
  await using run = await runTakeover({
    body: `
      crash node1
      sleep 2
      start node1; ready 1
      sleep 2
      download second client1 150000
      finished
      crash node2
      sleep 2
      download third client2 50000
      finished`,
  });
  assert.equal(run.status, 0, run.console);
  assert.deepEqual(await finishedWell(run, ['second', 'third']), []);
  // A fourth one follows when the test ends node1, which leaves.
  assert.deepEqual((await holders(run)).slice(0, 3), [node1, node2, node1]);
  const events = await run.events('node1');
  const claimed = events.filter(({ event }) => event === 'contact-claimed');
  // The killed life has logged nothing; this one claims once, in its own next term.
  assert.deepEqual(
    claimed.map(({ epoch }) => epoch),
    [16],
  );
  const followed = events.findIndex(({ event }) => event === 'contact-followed');
  assert.ok(followed >= 0 && followed < events.indexOf(claimed[0]!), 'it has not followed first');
});

test('when all members are killed, the first one founds the address anew above all that was: stable storage', {
  timeout: 200_000,
}, async () => {
  await using run = await runTakeover({
    body: `
      crash node1
      sleep 2
      download second client1 50000
      finished
      crash node2; crash node3
      sleep 1
      cp /run/job/node1.state.contact /run/job/before
      start node1; start node2; start node3; ready 3
      download third client2 50000
      finished
      crash node1
      sleep 2
      download fourth client3 50000
      finished
      on ha1 cat /proc/net/xfrm_stat >/run/job/xfrm_stat`,
  });
  assert.equal(run.status, 0, run.console);
  assert.deepEqual(await finishedWell(run, ['second', 'third', 'fourth']), []);
  assert.deepEqual(await holders(run), [node1, node2, node1, node2]);
  const before = JSON.parse(await readFile(join(run.folder, 'before'), 'utf8')) as { epoch: number };
  assert.equal(before.epoch, 0);
  const after = JSON.parse(await readFile(join(run.folder, 'node1.state.contact'), 'utf8')) as {
    epoch: number;
  };
  assert.equal(after.epoch, 16);
});

/** Care-of addresses in the order in which the home agent registered them. */
async function holders(run: TakeoverRun): Promise<readonly unknown[]> {
  const accepted = (await run.events('ha1')).filter(({ event }) => event === 'registration-accepted');
  return accepted
    .map(({ careOfAddress }) => careOfAddress)
    .filter((one, index, all) => one !== all[index - 1]);
}
