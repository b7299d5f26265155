import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { memberMs, type SurvivalWorld, servedByOne } from '../support/survival-world.ts';

const port = 40_001;

/** The connection that a backup keeps has ended when the backup, out of its holder's reach, takes the client over; others of the client live at the holder. */
function takenForNothing(endMs = 100): SurvivalWorld {
  const world = servedByOne();
  world.part('one', 'two');
  world.run(endMs);
  world.end('one', port);
  world.run(3000);
  assert.ok(world.member('two').done.includes('let-go'), world.member('two').done.join(', '));
  assert.equal(world.bound, undefined);
  return world;
}

test('a client that was taken over for nothing is its holder’s again as soon as backup and holder hear each other', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 399 }), fc.integer({ min: 0, max: 5000 }), (endMs, apartMs) => {
      const world = takenForNothing(endMs);
      world.run(apartMs);
      const had = world.has;
      world.join();
      world.run(memberMs + 200);
      assert.equal(world.bound, world.member('one'));
      assert.deepEqual(world.history, ['one', 'two', 'one']);
      world.run(2000);
      assert.ok(world.has > had);
      const regained = world.member('one').done.filter((what) => what.startsWith('regain'));
      assert.equal(regained.length, 1);
    }),
    { numRuns: 100 },
  );
});

test('a client that has come to a third member since stays there: its number is that one’s', () => {
  const world = takenForNothing();
  world.comeAnew('three');
  world.run(1000);
  assert.equal(world.bound, world.member('three'));
  world.join();
  world.run(2000);
  assert.equal(world.member('one').done.filter((what) => what.startsWith('regain')).length, 1);
  assert.equal(world.bound, world.member('three'));
});

test('nothing is asked for a client whose holder has protected it again, nor at a word of another member', () => {
  const again = takenForNothing();
  again.checkpoint('one', port + 1);
  again.join();
  again.run(1000);
  assert.deepEqual(
    again.member('one').done.filter((what) => what.startsWith('regain')),
    [],
  );
  const never = servedByOne();
  never.end('one', port);
  never.run(memberMs);
  never.part('one', 'two');
  never.run(1000);
  never.join();
  never.run(1000);
  assert.deepEqual(never.member('one').done, []);
  assert.equal(never.bound, never.member('one'));
});
