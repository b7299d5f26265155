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

function isMember({ roles }: SoakPlan, target: string): boolean {
  return roles.members.some(({ name }) => name === target);
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
    for (const { atMs, action, target } of plan.disturbances) {
      if (action === 'start' || action === 'heal' || !isMember(plan, target)) continue;
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

test('home agents and correspondent nodes are killed and come back, never two of a kind at a time', () => {
  const plans = seeds.map(whole);
  const targets = plans.map((plan) => {
    const ofAgents = plan.disturbances.filter(({ target }) => !isMember(plan, target));
    for (const kind of [/^ha/, /^correspondents/]) {
      const steps = ofAgents.filter(({ target }) => kind.test(target));
      for (const [index, { action, target, atMs }] of steps.entries()) {
        assert.equal(action, index % 2 === 0 ? 'crash' : 'start');
        if (index % 2 === 1)
          assert.ok(target === steps[index - 1]!.target && atMs - steps[index - 1]!.atMs <= 3001);
      }
    }
    return ofAgents.map(({ target }) => target);
  });
  const all = new Set(targets.flat());
  assert.deepEqual([...all].sort(), ['correspondents1', 'correspondents2', 'ha1', 'ha2', 'ha3']);
  const { agents, roles } = whole(1);
  const capable = roles.clients.filter(({ kind }) => kind === 'correspondent-node').map(({ name }) => name);
  assert.deepEqual(Object.values(agents.correspondents).flat(), capable);
  assert.deepEqual(
    Object.values(agents.correspondents).map(({ length }) => length),
    [20, 10],
  );
});

test('what is given is not drawn, and changes nothing of what is', () => {
  const size = { ...wholeSystem, minutes: 30 };
  const given = planSoak(3, size, {
    lossPct: 0.25,
    jitterMs: 7,
    disturbancesPerMinute: 0,
    visitsPerMinute: 2.4,
    connections: 1,
  });
  const drawn = planSoak(3, size);
  assert.deepEqual([given.network.lossPct, given.network.jitterMs], [0.25, 7]);
  assert.equal(given.network.spanMs, drawn.network.spanMs);
  // Members join all the same.
  assert.deepEqual(given.disturbances.map(({ action, target }) => `${action} ${target}`).sort(), [
    'start node7',
    'start node8',
  ]);
  assert.deepEqual(given.membership, drawn.membership);
  const first = drawn.visits.filter(({ series }) => series === 1).length;
  assert.ok(
    given.visits.length > 1.6 * first && given.visits.length < 2.4 * first,
    `${given.visits.length} of ${first}`,
  );
  const often = planSoak(3, size, { disturbancesPerMinute: 12 }).disturbances.length;
  assert.ok(often > drawn.disturbances.length, `${often}`);
});

test('some clients have two connections at a time, and no visit shares a document with another', () => {
  const { visits, roles } = whole(5);
  const second = new Set(visits.filter(({ series }) => series === 2).map(({ host }) => host));
  assert.ok(second.size > 5 && second.size < roles.clients.length / 2, `${second.size} clients`);
  assert.ok(visits.every(({ series }) => series <= 2));
  assert.equal(new Set(visits.map(({ name }) => name)).size, visits.length);
  const documents = visits.flatMap(({ itinerary }) => Object.values(itinerary.documents));
  assert.equal(new Set(documents).size, 2 * visits.length);
  const many = planSoak(5, { ...wholeSystem, minutes: 5 }, { connections: 4 }).visits;
  assert.deepEqual([...new Set(many.map(({ series }) => series))].sort(), [1, 2, 3, 4]);
});

test('some visits outlast a binding, whose lifetime fits into the soak', () => {
  for (const minutes of [1, 8, 30]) {
    for (const seed of seeds.slice(0, 10)) {
      const { lifetimes, visits } = planSoak(seed, { ...wholeSystem, minutes });
      assert.ok(lifetimes.bindingSeconds === 60 || 3 * lifetimes.bindingSeconds <= 60 * minutes);
      const long = visits.filter(
        ({ deadlineMs }) => deadlineMs - 300_000 > 1.19 * 1000 * lifetimes.bindingSeconds,
      );
      if (minutes > 1) assert.ok(long.length > 5, `seed ${seed}: ${long.length}`);
    }
  }
  const drawn = new Set(seeds.map((seed) => whole(seed).lifetimes.bindingSeconds));
  assert.deepEqual([...drawn].sort(), [120, 420, 60]);
});

test('no visit asks its holder to hand it off to itself, nor at first the contact node that takes it', () => {
  for (const seed of seeds.slice(0, 10)) {
    const { visits, roles } = whole(seed);
    for (const { itinerary, server } of visits) {
      const { contactNode } = roles.contactAddresses.find(({ address }) => address === server)!;
      let holder = roles.members.find(({ name }) => name === contactNode)!.address;
      for (const { acceptor } of itinerary.legs) {
        assert.notEqual(acceptor, holder);
        holder = acceptor;
      }
    }
  }
});

test('as many half-closed visits are drawn as are asked for', () => {
  const share = (halfClosedPct?: number) => {
    const { visits } = planSoak(
      2,
      { ...wholeSystem, minutes: 30 },
      halfClosedPct === undefined ? {} : { halfClosedPct },
    );
    return visits.filter(({ halfClose }) => halfClose === true).length / visits.length;
  };
  assert.ok(Math.abs(share() - 0.1) < 0.03);
  assert.equal(share(0), 0);
  assert.equal(share(100), 1);
  assert.ok(Math.abs(share(20) - 0.2) < 0.05);
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
