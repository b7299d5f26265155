import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipv6 } from '../../mip6/wire/address.ts';
import { BackupLeases } from '../../server/successor/backup-leases.ts';
import { memberMs, SurvivalWorld, silentMs, theClient } from '../support/survival-world.ts';

const backup = ipv6('2001:db8:2::2');
const other = ipv6('2001:db8:3::2');

test('a backup’s answer says that it heard of the holder after that beat was sent, and no more', () => {
  const leases = new BackupLeases(() => 500);
  leases.begin(backup, 1000);
  assert.equal(leases.deadline(), 1500);
  assert.deepEqual(
    [1, 2, 3].map((n) => leases.beat(backup, 1000 + 100 * n)),
    [1, 2, 3],
  );
  leases.answered(backup, 2);
  assert.equal(leases.deadline(), 1700);
  // Late, twice, and of a beat that there has not been.
  for (const number of [1, 2, 4]) leases.answered(backup, number);
  leases.answered(other, 3);
  leases.begin(backup, 1400);
  assert.equal(leases.deadline(), 1700);
  assert.deepEqual(leases.takeLapsed(1699), []);
  assert.deepEqual(leases.takeLapsed(1700), [backup]);
  assert.deepEqual(leases.takeLapsed(1701), []);
  leases.answered(backup, 3);
  assert.equal(leases.deadline(), undefined);
});

test('of a backup that keeps nobody any more nothing is awaited', () => {
  const leases = new BackupLeases(() => 500);
  leases.begin(backup, 0);
  leases.begin(other, 0);
  leases.endAllBut(new Set([other]));
  assert.deepEqual(leases.takeLapsed(1000), [other]);
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
      const world = new SurvivalWorld();
      world.begin('one');
      world.run(1000);
      world.cut('one');
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

test('a holder says that its client cannot be handed off while it does not know whether its backup has it', () => {
  const world = new SurvivalWorld();
  world.begin('one');
  world.run(1000);
  const { endpoint } = world.member('one');
  assert.equal(endpoint.whyStays(theClient), undefined);
  world.cut('one');
  world.run(silentMs + 100);
  assert.match(endpoint.whyStays(theClient) ?? '', /the client is being asked/);
});
