import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../topologies/seeded-random.ts';
import { type GroupScenario, GroupWorld, groupTiming, type Mishap } from '../support/group-world.ts';

const calm: Omit<GroupScenario, 'mishaps'> = {
  members: 3,
  memberMs: 20,
  homeMs: 15,
  loss: 0,
  random: () => 1,
};
/** Long enough for every suspicion, stagger, retransmission and refresh. */
const SETTLE_MS = 150_000;

function settled(mishaps: readonly Mishap[], more: Partial<GroupScenario> = {}): GroupWorld {
  const last = Math.max(0, ...mishaps.map(({ at }) => at));
  return new GroupWorld({ ...calm, ...more, mishaps }).run(last + SETTLE_MS);
}

function changes(world: GroupWorld): readonly string[] {
  const holders = world.accepted.map(({ at, member }) => ({ at, member }));
  return holders
    .filter(({ member }, index) => holders[index - 1]?.member !== member)
    .map(({ at, member }) => `${at} ${member}`);
}

test('undisturbed, the founder serves and nobody else ever registers', () => {
  const world = settled([]);
  assert.deepEqual(changes(world), ['16 0']);
  assert.deepEqual(world.contactNodes, [0]);
  assert.ok(world.members.slice(0, 3).every(({ group }) => group.holdsData));
  assert.deepEqual(
    [...world.members[0]!.group.backups],
    [world.members[1]!.address, world.members[2]!.address],
  );
});

test('a process that ends is replaced after a channel latency and a registration', () => {
  const world = settled([{ at: 10_000, kind: 'crash', one: 0 }]);
  assert.deepEqual(changes(world), ['16 0', `${10_000 + 20 + 15} 1`]);
  assert.deepEqual(world.contactNodes, [1]);
});

test('a host that falls silent is replaced after the time of suspicion and a registration', () => {
  const world = settled([{ at: 10_000, kind: 'crash', one: 0, told: false }]);
  // The last heartbeat left at 9,001 ms.
  assert.deepEqual(changes(world), ['16 0', `${9_001 + 20 + groupTiming.suspectMs + 15} 1`]);
});

test('when the first backup is silent as well, the next one acts a stagger later', () => {
  const world = settled([
    { at: 9_000, kind: 'crash', one: 1, told: false },
    { at: 10_000, kind: 'crash', one: 0, told: false },
  ]);
  const { suspectMs, staggerMs } = groupTiming;
  assert.deepEqual(changes(world), ['16 0', `${9_001 + 20 + suspectMs + staggerMs + 15} 2`]);
});

test('a contact node that returns from a partition does not fight: it steps back, and the address stays', () => {
  const world = settled([
    { at: 10_000, kind: 'cut', one: 0, other: 1 },
    { at: 10_000, kind: 'cut', one: 0, other: 2 },
    { at: 100_000, kind: 'heal', one: 0, other: 2 },
    { at: 140_000, kind: 'heal', one: 0, other: 1 },
  ]);
  assert.equal(changes(world).length, 2);
  assert.deepEqual(world.contactNodes, [1]);
  assert.equal(world.members[0]!.group.claim, undefined);
  const released = world.outputs.filter(({ output }) => output.kind === 'release');
  assert.deepEqual(
    released.map(({ member }) => member),
    [0],
  );
  // It still reached the home agent, which refused what it sent: nothing of it was accepted after the takeover.
  const takeover = world.accepted.find(({ member }) => member === 1)!.at;
  assert.ok(world.accepted.every(({ at, member }) => at < takeover || member === 1));
  assert.ok([...world.espSenders.values()].filter((sender) => sender === '0/0').length > 3);
});

test('a contact node that steps back, and a backup that has claimed the address in vain, are backups of the one that serves', () => {
  const returned = settled([
    { at: 10_000, kind: 'cut', one: 0, other: 1 },
    { at: 10_000, kind: 'cut', one: 0, other: 2 },
    { at: 10_000, kind: 'cut-home', one: 0 },
    { at: 30_000, kind: 'heal', one: 0, other: 1 },
    { at: 30_000, kind: 'heal-home', one: 0 },
  ]);
  assert.deepEqual(returned.contactNodes, [1]);
  const backups = ({ members }: GroupWorld, one: number): readonly string[] => members[one]!.group.backups;
  assert.ok(backups(returned, 1).includes(returned.members[0]!.address));
  const inVain = settled([
    { at: 10_000, kind: 'cut', one: 0, other: 1 },
    { at: 10_000, kind: 'cut', one: 1, other: 2 },
    { at: 10_000, kind: 'cut-home', one: 1 },
    { at: 14_500, kind: 'heal', one: 0, other: 1 },
    { at: 14_600, kind: 'heal-home', one: 1 },
  ]);
  assert.deepEqual(inVain.contactNodes, [0]);
  assert.ok(backups(inVain, 0).includes(inVain.members[1]!.address));
});

test('a restarted process that connects late hears the contact node out before it acts itself', () => {
  const world = settled([
    { at: 10_000, kind: 'crash', one: 0 },
    { at: 20_000, kind: 'cut', one: 0, other: 1 },
    { at: 20_000, kind: 'cut', one: 0, other: 2 },
    { at: 20_000, kind: 'restart', one: 0 },
    // Later than the time of suspicion, and between two heartbeats.
    { at: 24_300, kind: 'heal', one: 0, other: 1 },
    { at: 24_300, kind: 'heal', one: 0, other: 2 },
  ]);
  assert.deepEqual(changes(world), ['16 0', `${10_000 + 20 + 15} 1`]);
  assert.deepEqual(world.contactNodes, [1]);
});

test('a graceful leave hands over before it ends, to the first backup that holds the data', () => {
  const world = settled([{ at: 10_000, kind: 'leave', one: 0 }]);
  assert.deepEqual(changes(world), ['16 0', `${10_000 + 20 + 15} 1`]);
  const left = world.outputs.find(({ output }) => output.kind === 'left')!;
  assert.deepEqual(left.output, { kind: 'left', handedOver: true });
  const followed = world.outputs.filter(({ member, output }) => member === 0 && output.kind === 'follow');
  assert.equal(followed.length, 1, 'it does not know by whose way its clients are reached');
  assert.ok(left.at >= 10_000 + 20 + 30 + 20);
  assert.equal(world.members[0]!.group.holdsData, false);
});

test('a successor that cannot reach the home agent is passed over', () => {
  const world = settled([
    { at: 9_000, kind: 'cut-home', one: 1 },
    { at: 10_000, kind: 'leave', one: 0 },
    { at: 60_000, kind: 'heal-home', one: 1 },
  ]);
  assert.deepEqual(world.contactNodes, [2]);
  const left = world.outputs.find(({ output }) => output.kind === 'left')!;
  assert.deepEqual(left.output, { kind: 'left', handedOver: true });
});

test('a successor whose registration takes longer than suspicion is waited for, as long as it is heard', () => {
  const slow = { homeMs: groupTiming.suspectMs / 2 + 500 };
  const kill: Mishap = { at: 30_000, kind: 'crash', one: 0 };
  const world = settled([kill], slow);
  assert.deepEqual(changes(world).slice(1), [`${30_000 + 20 + slow.homeMs} 1`]);
  // One that falls silent before it serves is not.
  const both = settled([kill, { at: 31_000, kind: 'crash', one: 1, told: false }], slow);
  const [first, last, ...more] = changes(both).slice(1);
  assert.equal(first, `${30_000 + 20 + slow.homeMs} 1`);
  assert.deepEqual(more, []);
  const [at, member] = last!.split(' ').map(Number) as [number, number];
  assert.equal(member, 2);
  assert.ok(at < 31_000 + groupTiming.suspectMs + groupTiming.staggerMs + slow.homeMs + 100, last);
});

test('a false suspicion ends with the contact node that lives', () => {
  const world = settled([
    { at: 10_000, kind: 'cut', one: 0, other: 1 },
    { at: 10_000, kind: 'cut-home', one: 1 },
    { at: 14_500, kind: 'heal', one: 0, other: 1 },
    { at: 14_600, kind: 'heal-home', one: 1 },
  ]);
  assert.deepEqual(world.contactNodes, [0]);
  assert.equal(world.binding, 0);
});

test('a claim that was withdrawn after its update had arrived: the contact node goes above it at once', () => {
  const world = settled(
    [
      { at: 10_000, kind: 'cut', one: 0, other: 1 },
      { at: 12_530, kind: 'cut-home', one: 1 },
      { at: 12_540, kind: 'heal', one: 0, other: 1 },
      { at: 20_000, kind: 'heal-home', one: 1 },
    ],
    { members: 2 },
  );
  assert.deepEqual(changes(world), ['16 0', '12536 1', `${12_540 + 20 + 20 + 15} 0`]);
  assert.deepEqual(world.contactNodes, [0]);
});

test('association data never goes to a member outside of the trust group, whenever it connects', () => {
  const world = settled([
    { at: 5_000, kind: 'cut', one: 0, other: 3 },
    { at: 6_000, kind: 'heal', one: 0, other: 3 },
  ]);
  assert.deepEqual(world.faults, []);
  assert.equal(world.members[3]!.group.holdsData, false);
  const heard = world.outputs.filter(
    ({ output }) => output.kind === 'send' && output.to === world.members[3]!.address,
  );
  assert.deepEqual(
    heard.map(({ output }) => output.kind === 'send' && output.frame.kind),
    ['contact-node'],
  );
});

const mishap = (members: number): fc.Arbitrary<readonly Mishap[]> => {
  const at = fc.integer({ min: 100, max: 120_000 });
  const member = fc.nat({ max: members - 1 });
  // The outsider's channels break as well.
  const anyone = fc.nat({ max: members });
  const others = fc.tuple(anyone, anyone).filter(([one, other]) => one !== other);
  const lasts = fc.integer({ min: 1, max: 90_000 });
  return fc
    .array(
      fc.oneof(
        fc.tuple(at, others, lasts).map(([from, [one, other], time]): Mishap[] => [
          { at: from, kind: 'cut', one, other },
          { at: from + time, kind: 'heal', one, other },
        ]),
        fc.tuple(at, member, lasts).map(([from, one, time]): Mishap[] => [
          { at: from, kind: 'cut-home', one },
          { at: from + time, kind: 'heal-home', one },
        ]),
        fc.tuple(at, member, lasts, fc.boolean()).map(([from, one, time, told]): Mishap[] => [
          { at: from, kind: 'crash', one, told },
          { at: from + time, kind: 'restart', one },
        ]),
        fc.tuple(at, member, lasts).map(([from, one, time]): Mishap[] => [
          { at: from, kind: 'leave', one },
          { at: from + time, kind: 'restart', one },
        ]),
      ),
      { maxLength: 8 },
    )
    .map((list) => list.flat().sort((a, b) => a.at - b.at));
};

const scenarios = fc.integer({ min: 2, max: 5 }).chain((members) =>
  fc.record({
    members: fc.constant(members),
    memberMs: fc.integer({ min: 1, max: 200 }),
    homeMs: fc.integer({ min: 1, max: 200 }),
    mishaps: mishap(members),
    loss: fc.constantFrom(0, 0.1, 0.4),
    forgetful: fc.boolean(),
    seed: fc.nat(),
  }),
);

test('whatever breaks and heals: no number twice, terms only grow, the data stays in the group, and in the end one serves', () => {
  fc.assert(
    fc.property(scenarios, ({ seed, ...scenario }) => {
      const last = Math.max(0, ...scenario.mishaps.map(({ at }) => at));
      const world = new GroupWorld({ ...scenario, random: seededRandom(seed) }).run(last + SETTLE_MS);
      assert.deepEqual(world.faults, []);
      const epochs = world.accepted.map(({ epoch }) => epoch);
      assert.deepEqual(
        epochs,
        epochs.toSorted((a, b) => a - b),
        'a superseded term was accepted',
      );
      if (!world.living.some((n) => world.members[n]!.group.holdsData)) return;
      assert.equal(world.contactNodes.length, 1, `contact nodes: ${world.contactNodes.join()}`);
      assert.equal(world.binding, world.contactNodes[0]);
      for (const n of world.living) assert.ok(world.members[n]!.group.holdsData, `member ${n} has no data`);
      const late = world.accepted.filter(({ at }) => at > last + SETTLE_MS / 2).map(({ member }) => member);
      assert.equal(new Set(late).size, 1, 'the address still moves');
    }),
    { numRuns: 600, seed: 11 },
  );
});
