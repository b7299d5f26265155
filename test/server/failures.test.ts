import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wholeAxes } from '../../server/variants/axes.ts';
import { handoffVariants } from '../../server/variants/variants.ts';
import { HandoffWorld, type Mishaps } from '../support/handoff-world.ts';

const moment = fc.integer({ min: 0, max: 2000 });
const sometimes = fc.option(moment, { nil: undefined });
const mishaps: fc.Arbitrary<Mishaps> = fc
  .record({
    cutAt: sometimes,
    donorNotices: fc.integer({ min: 0, max: 30_000 }),
    acceptorNotices: fc.integer({ min: 0, max: 30_000 }),
    restoredAt: fc.option(fc.integer({ min: 0, max: 40_000 }), { nil: undefined }),
    donorDies: sometimes,
    acceptorDies: sometimes,
    hostTells: fc.boolean(),
    claims: fc.boolean(),
    linkSeed: fc.option(fc.nat(), { nil: undefined }),
    clientLinkSeed: fc.option(fc.nat(), { nil: undefined }),
    connections: fc.integer({ min: 1, max: 3 }),
    cutOff: fc.constantFrom(undefined, 'donor' as const, 'acceptor' as const),
    lostUpdates: fc.nat({ max: 3 }),
    lostAcknowledgements: fc.nat({ max: 3 }),
    lostReclaims: fc.nat({ max: 2 }),
    lostReclaimAnswers: fc.nat({ max: 2 }),
    memberMs: fc.integer({ min: 1, max: 200 }),
    clientMs: fc.integer({ min: 1, max: 200 }),
  })
  .map(
    (all) =>
      Object.fromEntries(
        Object.entries(all).filter(([, value]) => value !== undefined),
      ) as unknown as Mishaps,
  );
const variant = fc.constantFrom(...handoffVariants.map(({ name }) => name));
/** Those whose acceptor is heard by the client only when that has accepted its number: whose the client is, it can say at once. */
const decidedNames = handoffVariants
  .map((one) => ({ name: one.name, ...wholeAxes(one) }))
  .filter(({ binder, firstPath }) => binder === 'acceptor' && firstPath === 'optimised')
  .map(({ name }) => name);
const decided = fc.constantFrom(...decidedNames);

const nothing: Mishaps = {
  donorNotices: 0,
  acceptorNotices: 0,
  hostTells: true,
  lostUpdates: 0,
  lostAcknowledgements: 0,
  memberMs: 20,
  clientMs: 40,
};

test('whatever breaks, and whenever, never are two members active, and the donor ends once at most', () => {
  fc.assert(
    fc.property(variant, mishaps, (name, wrong) => {
      const world = new HandoffWorld(name, wrong).run();
      assert.deepEqual(world.conflicts, []);
      assert.ok(world.ends.length <= 1, world.ends.join());
      if (wrong.donorDies === undefined) assert.equal(world.ends.length, 1, 'the donor never ends');
    }),
    { numRuns: 3000, seed: 7 },
  );
});

test('without mishaps the acceptor serves', () => {
  for (const { name } of handoffVariants) {
    const world = new HandoffWorld(name, nothing).run();
    assert.deepEqual(world.active, { donor: false, acceptor: true });
    assert.deepEqual(world.ends, ['handed-off']);
  }
});

test('while one member and the client live, one member serves when the acceptor dies before it is active', () => {
  fc.assert(
    fc.property(variant, fc.integer({ min: 0, max: 150 }), fc.boolean(), (name, acceptorDies, hostTells) => {
      const world = new HandoffWorld(name, { ...nothing, acceptorDies, hostTells }).run();
      if (world.accepted || world.ends.includes('handed-off')) return;
      // Of an acceptor that the client has bound, and of whose end nobody tells, the donor must believe that it serves.
      const believed = !hostTells && world.acceptorBound && !world.active.donor;
      assert.deepEqual(world.active, { donor: !believed, acceptor: false });
    }),
    { numRuns: 300, seed: 7 },
  );
});

test('cuts alone, of whomever and however long, never take the client from an acceptor that has served it', () => {
  const cut = mishaps.map(({ donorDies: _, acceptorDies: __, ...rest }) => ({ ...rest, donorNotices: 5000 }));
  fc.assert(
    fc.property(variant, cut, moment, (name, wrong, cutAt) => {
      const world = new HandoffWorld(name, { ...wrong, cutAt }).run();
      assert.deepEqual(world.conflicts, []);
      if (world.accepted) assert.deepEqual(world.active, { donor: false, acceptor: true });
      // One that has been bound in band serves without having heard a word of the client.
      else if (wrong.restoredAt !== undefined && decidedNames.includes(name))
        assert.equal(world.active.donor, true, world.ends.join());
    }),
    { numRuns: 5000, seed: 7 },
  );
});

/** Those whose acceptor serves by its own update before that is acknowledged. */
const early = fc.constantFrom(
  ...handoffVariants
    .map((one) => ({ name: one.name, ...wholeAxes(one) }))
    // One that begins with Init serves in the reverse tunnel before it has been tested, and for a lease alone: its donor may take the client back.
    .filter(({ binder, start }) => binder === 'acceptor' && start !== 'acknowledgement' && start !== 'init')
    .map(({ name }) => name),
);

test('an acceptor that serves early and is cut off behind its first data has the client when the network has healed, however late', () => {
  const cut = fc.record({
    cutAt: fc.integer({ min: 100, max: 1000 }),
    donorNotices: fc.nat({ max: 20_000 }),
    acceptorNotices: fc.nat({ max: 20_000 }),
    restoredAt: fc.nat({ max: 60_000 }),
    lostAcknowledgements: fc.nat({ max: 3 }),
    memberMs: fc.integer({ min: 1, max: 200 }),
    clientMs: fc.integer({ min: 1, max: 200 }),
  });
  let spoke = 0;
  fc.assert(
    fc.property(early, cut, (name, wrong) => {
      const world = new HandoffWorld(name, { ...nothing, ...wrong, cutOff: 'acceptor' }).run();
      assert.deepEqual(world.conflicts, []);
      if (!world.spoke) return;
      spoke++;
      assert.deepEqual(world.ends, ['handed-off']);
      assert.deepEqual(world.active, { donor: false, acceptor: true });
    }),
    { numRuns: 2000, seed: 7 },
  );
  assert.ok(spoke > 500, `only ${spoke} acceptors have spoken`);
});

test('a channel that breaks and comes back leaves the client with exactly one member', () => {
  fc.assert(
    fc.property(variant, moment, fc.nat({ max: 5000 }), fc.nat({ max: 5000 }), (name, cutAt, one, other) => {
      const wrong = { ...nothing, cutAt, donorNotices: one, acceptorNotices: other, restoredAt: 100 };
      const { active } = new HandoffWorld(name, wrong).run();
      assert.equal(Number(active.donor) + Number(active.acceptor), 1);
    }),
    { numRuns: 1000, seed: 7 },
  );
});

test('a client stands still for an acceptor that is cut off, or stops, no longer than it takes to ask that one, and then the client, twice', () => {
  const where = fc.record({
    at: fc.integer({ min: -500, max: 1500 }),
    stops: fc.boolean(),
    memberMs: fc.integer({ min: 1, max: 200 }),
    clientMs: fc.integer({ min: 1, max: 200 }),
  });
  fc.assert(
    fc.property(decided, where, (name, { at, stops, ...latencies }) => {
      const noticed = { donorNotices: 5000, acceptorNotices: 5000, hostTells: false };
      const away = stops ? { acceptorDies: at } : { cutAt: at, cutOff: 'acceptor' as const };
      const world = new HandoffWorld(name, { ...nothing, ...latencies, ...noticed, ...away }).run();
      assert.deepEqual(world.conflicts, []);
      if (world.accepted || world.acceptorBound) return;
      assert.deepEqual(world.ends, ['resume']);
      assert.ok(world.silentMs <= world.longestMs + 4 * latencies.clientMs, `${world.silentMs} ms`);
      if (at < 0) assert.equal(world.froze, false, 'no sign of life, no freeze');
    }),
    { numRuns: 2000, seed: 7 },
  );
});

test('an acceptor whose first Binding Updates or their answers are lost serves all the same', () => {
  const lost = fc.record({
    lostUpdates: fc.nat({ max: 2 }),
    lostAcknowledgements: fc.nat({ max: 2 }),
    claims: fc.boolean(),
  });
  fc.assert(
    fc.property(variant, lost, (name, wrong) => {
      const world = new HandoffWorld(name, { ...nothing, ...wrong }).run();
      assert.deepEqual(world.active, { donor: false, acceptor: true });
      assert.deepEqual(world.ends, ['handed-off']);
    }),
    { numRuns: 300, seed: 7 },
  );
});

test('an acceptor that the client has bound serves when its donor dies, whatever answers are lost', () => {
  const dying = fc.record({
    donorDies: fc.integer({ min: 120, max: 4000 }),
    lostAcknowledgements: fc.nat({ max: 3 }),
    lostUpdates: fc.nat({ max: 2 }),
    memberMs: fc.integer({ min: 1, max: 200 }),
    clientMs: fc.integer({ min: 1, max: 200 }),
  });
  fc.assert(
    fc.property(variant, dying, (name, wrong) => {
      const world = new HandoffWorld(name, { ...nothing, ...wrong }).run();
      assert.deepEqual(world.conflicts, []);
      if (world.acceptorBound) assert.equal(world.active.acceptor, true);
    }),
    { numRuns: 2000, seed: 7 },
  );
});

test('a donor that has served on behind Init and dies is not followed by its acceptor, which would repeat what has been said since', () => {
  const dying = fc.record({
    cutAt: fc.integer({ min: 90, max: 400 }),
    donorNotices: fc.nat({ max: 200 }),
    acceptorNotices: fc.nat({ max: 5000 }),
    donorDies: fc.integer({ min: 100, max: 3000 }),
    lostAcknowledgements: fc.nat({ max: 3 }),
    lostUpdates: fc.nat({ max: 3 }),
    memberMs: fc.integer({ min: 1, max: 200 }),
    clientMs: fc.integer({ min: 1, max: 200 }),
  });
  let served = 0;
  fc.assert(
    fc.property(variant, dying, (name, wrong) => {
      const world = new HandoffWorld(name, { ...nothing, ...wrong }).run();
      assert.deepEqual(world.conflicts, []);
      if (!world.donorServed) return;
      served++;
      assert.equal(world.accepted, false);
    }),
    { numRuns: 2000, seed: 7 },
  );
  assert.ok(served > 100, `only ${served} donors have served on`);
});
