import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipv6 } from '../../mip6/wire/address.ts';
import { BackupLeases } from '../../server/successor/backup-leases.ts';
import { memberMs, SurvivalWorld, servedByOne, silentMs, theClient } from '../support/survival-world.ts';

const backup = ipv6('2001:db8:2::2');
const other = ipv6('2001:db8:3::2');

test('a backup’s answer says that it heard of the holder after that beat was sent, and no more', () => {
  const leases = new BackupLeases(() => 500);
  leases.begin(backup, 1000);
  assert.deepEqual([leases.isOver(backup, 1499), leases.isOver(backup, 1500)], [false, true]);
  assert.deepEqual(
    [1, 2, 3].map((n) => leases.beat(backup, 1000 + 100 * n)),
    [1, 2, 3],
  );
  const lasts = (until: number): void =>
    assert.deepEqual([leases.isOver(backup, until - 1), leases.isOver(backup, until)], [false, true]);
  leases.answered(backup, 2, 1400);
  lasts(1700);
  // Late, twice, and of a beat that there has not been.
  for (const number of [1, 2, 4]) leases.answered(backup, number, 1450);
  leases.answered(other, 3, 1450);
  leases.begin(backup, 1400);
  lasts(1700);
  leases.answered(backup, 3, 1699);
  lasts(1800);
  // Behind the end nothing that comes says that it has not begun before.
  assert.equal(leases.beat(backup, 1790), 4);
  leases.answered(backup, 4, 1800);
  lasts(1800);
  leases.end(backup);
  leases.begin(backup, 2000);
  lasts(2500);
});

test('of a backup that answers nothing any more no more beats are remembered than one lease has', () => {
  const leases = new BackupLeases(() => 500);
  leases.begin(backup, 0);
  for (let now = 0; now < 500; now += 100) leases.beat(backup, now);
  assert.equal(leases.unanswered, 5);
  for (let now = 500; now < 100_000; now += 100) leases.beat(backup, now);
  assert.equal(leases.unanswered, 0);
});

test('of a backup that keeps nobody any more nothing is awaited', () => {
  const leases = new BackupLeases(() => 500);
  leases.begin(backup, 0);
  leases.begin(other, 0);
  leases.endAllBut(new Set([other]));
  assert.deepEqual([leases.isOver(backup, 100), leases.isOver(other, 100)], [true, false]);
});

test('as long as the network is in order no client is asked, and no backup is doubted', () => {
  const world = new SurvivalWorld();
  world.begin('one');
  world.run(60_000);
  assert.deepEqual(world.member('one').done, []);
  assert.deepEqual(world.member('one').protection, { kind: 'protected' });
});

test('whenever a holder that was cut off hands its client off, one member has it at the end and no two in turns', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 1500 }), (downMs, laterMs) => {
      const world = servedByOne();
      world.cut('one', 100_000);
      world.run(downMs);
      world.heal('one');
      world.run(laterMs);
      world.handOff('one', 'three');
      world.run(30_000);
      assert.ok(world.history.length <= 2, `${world.history.join(' ')}`);
      // A backup that has begun to serve is not robbed of the client.
      if (world.history.includes('two')) assert.deepEqual(world.serving, ['two']);
    }),
    {
      numRuns: 300,
      examples: [
        [2350, 0],
        [2350, 1454],
        [480, 0],
        [silentMs + 2 * memberMs, 0],
      ],
    },
  );
});

test('a client whose backup may have it is asked when it is to be handed off, and not before', () => {
  const world = servedByOne();
  const { endpoint, done } = world.member('one');
  world.tell('one', { kind: 'may-leave', client: theClient });
  assert.equal(endpoint.whyStays(theClient), undefined);
  // Where answers wait in queues all is in order.
  world.cut('one', 100_000);
  world.run(silentMs + 100);
  assert.deepEqual(done, []);
  world.tell('one', { kind: 'may-leave', client: theClient });
  assert.match(done.join(), /^contest \d+$/);
  assert.match(endpoint.whyStays(theClient) ?? '', /the client is being asked/);
});
