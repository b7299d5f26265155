import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planSoak, type SoakPlan, wholeSystem } from '../../runner/soak/plan.ts';

const seeds = Array.from({ length: 40 }, (_, seed) => seed);
const whole = (seed: number): SoakPlan => planSoak(seed, { ...wholeSystem, minutes: 30 });

/** When each member is disturbed, ms. */
function absences({
  disturbances,
  membership,
}: SoakPlan): ReadonlyMap<string, readonly [from: number, to: number][]> {
  const found = new Map<string, [number, number][]>();
  const open = new Map(membership.joins.map(({ member }) => [member, Number.NEGATIVE_INFINITY]));
  for (const { atMs, action, target } of disturbances) {
    if (action === 'start' || action === 'heal') {
      const from = open.get(target);
      assert.ok(from !== undefined && from < atMs, `${target} comes back at ${atMs} without having gone`);
      found.set(target, [...(found.get(target) ?? []), [from, atMs]]);
      open.delete(target);
    } else {
      assert.ok(!open.has(target), `${target} is disturbed twice at ${atMs}`);
      open.set(target, atMs);
    }
  }
  assert.deepEqual([...open.keys()], [], 'everybody comes back');
  return found;
}

test('a seed decides all that happens, and another seed something else', () => {
  const text = (plan: SoakPlan) => JSON.stringify([plan.disturbances, plan.visits, plan.network]);
  assert.equal(text(whole(7)), text(whole(7)));
  assert.equal(new Set(seeds.map((seed) => text(whole(seed)))).size, seeds.length);
});

test('kills, departures, cuts and returns: never too many at a time, and of each trust group one member is always in order', () => {
  for (const seed of seeds) {
    const plan = whole(seed);
    const away = [...absences(plan)];
    const gone = (name: string, atMs: number, settleMs = 0): boolean =>
      away.some(
        ([who, of]) => who === name && of.some(([from, to]) => from <= atMs && atMs <= to + settleMs),
      );
    for (const { atMs, action } of plan.disturbances) {
      if (action === 'start' || action === 'heal') continue;
      const joined = ({ name }: { readonly name: string }): boolean =>
        plan.membership.joins.every((join) => join.member !== name || join.atMs <= atMs);
      const names = plan.roles.members.filter(joined).map(({ name }) => name);
      assert.ok(names.filter((name) => gone(name, atMs)).length <= 2, `seed ${seed}, ${atMs} ms`);
      for (const { address, contactNode, backups } of plan.roles.contactAddresses) {
        const settled = [contactNode, ...backups].filter((name) => !gone(name, atMs, 14_000));
        assert.ok(settled.length > 0, `seed ${seed}, ${atMs} ms: nobody is left for ${address}`);
      }
    }
    assert.ok(plan.disturbances.every(({ atMs }) => atMs <= 30 * 60_000 - 15_000));
  }
});

test('one member in four comes later, no contact node among them, and calls some of those that are there', () => {
  for (const seed of seeds) {
    const { membership, roles, disturbances } = whole(seed);
    const { joins, introducers, leaveMs } = membership;
    assert.deepEqual(joins.map(({ member }) => member).sort(), ['node7', 'node8']);
    const late = roles.members.filter(({ name }) => joins.some(({ member }) => member === name));
    for (const { name, address } of roles.members) {
      const called = introducers[name]!;
      assert.equal(called.length, late.some((other) => other.name === name) ? 3 : 5);
      assert.ok(!called.includes(address) && late.every((other) => !called.includes(other.address)));
    }
    for (const { member, atMs } of joins) {
      const [first] = disturbances.filter(({ target }) => target === member);
      assert.deepEqual([first?.action, first?.atMs], ['start', atMs]);
      assert.ok(atMs >= 10_000 && atMs <= 180_000);
    }
    // Whoever leaves is back only when the longest departure is over.
    const left = new Map<string, number>();
    for (const { action, target, atMs } of disturbances) {
      const since = left.get(target);
      if (action === 'leave') left.set(target, atMs);
      else if (since !== undefined) {
        assert.ok(atMs >= Math.min(since + leaveMs + 1000, 30 * 60_000 - 15_000), `seed ${seed}`);
        left.delete(target);
      }
    }
  }
  const policies = new Set(seeds.map((seed) => whole(seed).membership.acceptorPolicy));
  assert.deepEqual([...policies].sort(), ['least-clients', 'nearest', 'round-robin']);
  const few = (members: number, contactAddresses: number) =>
    planSoak(1, { ...wholeSystem, members, contactAddresses, minutes: 1 }).membership.joins.length;
  assert.deepEqual([few(2, 1), few(3, 1), few(4, 4), few(4, 1), few(12, 4)], [0, 0, 0, 1, 3]);
});

test('every kind of disturbance, client and handoff is drawn', () => {
  const plans = seeds.slice(0, 5).map(whole);
  const actions = new Set(plans.flatMap(({ disturbances }) => disturbances.map(({ action }) => action)));
  assert.deepEqual([...actions].sort(), ['crash', 'cut', 'heal', 'leave', 'start']);
  for (const { visits, roles, disturbances } of plans) {
    assert.ok(disturbances.length > 60, `${disturbances.length} disturbances`);
    assert.deepEqual(
      Object.entries(Object.groupBy(roles.clients, ({ kind }) => kind)).map(([kind, of]) => [
        kind,
        of.length,
      ]),
      [
        ['correspondent-node', 30],
        ['plain', 10],
        ['filtered', 10],
      ],
    );
    assert.equal(new Set(visits.map(({ host }) => host)).size, 50);
    assert.equal(new Set(visits.map(({ server }) => server)).size, 3);
    assert.equal(new Set(visits.map(({ itinerary }) => itinerary.variant)).size, 4);
    const legs = visits.flatMap(({ itinerary }) => itinerary.legs);
    assert.ok(legs.some(({ of }) => of === 'sent') && legs.some(({ of }) => of === 'received'));
    assert.equal(new Set(legs.map(({ acceptor }) => acceptor)).size, 8);
  }
});

test('handoffs of a visit are in an order in which they can be reached', () => {
  for (const { itinerary } of whole(3).visits) {
    const { bytes, upload, legs } = itinerary;
    for (const { after, of } of legs) assert.ok(after >= 1 && after <= (of === 'sent' ? bytes : upload));
    for (const which of ['sent', 'received']) {
      const points = legs.filter(({ of }) => of === which).map(({ after }) => after);
      assert.deepEqual(
        points,
        points.toSorted((one, other) => one - other),
      );
    }
  }
});
