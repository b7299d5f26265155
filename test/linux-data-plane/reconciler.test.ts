import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LabError } from '../../linux/lab-error.ts';
import { type Change, type Outcome, oneByOne, runsOf } from '../../linux/objects/change.ts';
import { canonical, identity, type ObjectStore } from '../../linux/objects/objects.ts';
import type { KernelObject } from '../../linux/objects/types.ts';
import {
  correspondentBinding,
  mobileBindingActive,
  mobileBindingPending,
} from '../../linux/recipes/correspondent.ts';
import { homeAgentBinding } from '../../linux/recipes/home-agent.ts';
import { memberBase } from '../../linux/recipes/member.ts';
import { Reconciler } from '../../linux/reconciler.ts';
import { ipv6 } from '../../mip6/wire/address.ts';

/** A kernel that keeps objects by identity and refuses what the real one refuses. */
class FakeStore implements ObjectStore {
  readonly objects = new Map<string, KernelObject>();
  calls: string[] = [];
  failOn: string | undefined;

  add(object: KernelObject): void {
    this.#note('add', object);
    assert.ok(!this.objects.has(identity(object)), `exists: ${identity(object)}`);
    this.objects.set(identity(object), object);
  }
  update(object: KernelObject, previous: KernelObject): void {
    this.#note('update', object);
    assert.deepEqual(this.objects.get(identity(object)), previous, 'previous is what the kernel has');
    this.objects.set(identity(object), object);
  }
  remove(object: KernelObject): void {
    this.#note('remove', object);
    assert.ok(this.objects.delete(identity(object)), `absent: ${identity(object)}`);
  }
  list(kind: KernelObject['kind']): KernelObject[] {
    return [...this.objects.values()].filter((object) => object.kind === kind).map(canonical);
  }
  taken(): string[] {
    return this.calls.splice(0);
  }
  #note(verb: string, object: KernelObject): void {
    if (`${verb} ${object.kind}` === this.failOn) throw new LabError(`refused ${this.failOn}`);
    this.calls.push(`${verb} ${object.kind}`);
  }
}

/** A kernel that takes changes together: it goes on behind what it refuses, as netlink does. */
class TogetherStore extends FakeStore {
  readonly sends: string[][] = [];

  changeAll(changes: readonly Change[]): readonly Outcome[] {
    this.sends.push(changes.map(({ verb, object }) => `${verb} ${object.kind}`));
    return changes.flatMap((change) => oneByOne(this, [change]));
  }
}

const homeAddress = ipv6('2001:db8:1::100');
const homeAgent = ipv6('2001:db8:1::1');
const correspondent = ipv6('2001:db8:c::2');
const [C1, C2] = [ipv6('2001:db8:1::2'), ipv6('2001:db8:2::2')];
const binding = (careOfAddress: typeof C1) =>
  correspondentBinding({ correspondent, homeAddress, careOfAddress });
const mobile = { correspondent, homeAddress, careOfAddress: C1 };

function start() {
  const store = new FakeStore();
  return { store, reconciler: new Reconciler(store) };
}

test('adds in order, does nothing for the same list, removes in reverse', () => {
  const { store, reconciler } = start();
  reconciler.set('base', memberBase({ homeAddress }));
  assert.deepEqual(store.taken(), [
    'add address',
    'add mobility-state',
    'add xfrm-policy',
    'add xfrm-policy',
  ]);
  reconciler.set('base', memberBase({ homeAddress }));
  assert.deepEqual(store.taken(), []);
  reconciler.clear('base');
  assert.deepEqual(store.taken(), [
    'remove xfrm-policy',
    'remove xfrm-policy',
    'remove mobility-state',
    'remove address',
  ]);
  assert.equal(store.objects.size, 0);
});

test('a new care-of address updates all four objects of a binding', () => {
  const { store, reconciler } = start();
  reconciler.set('binding', binding(C1));
  store.taken();
  reconciler.set('binding', binding(C2));
  assert.deepEqual(store.taken(), [
    'update mobility-state',
    'update mobility-state',
    'update xfrm-policy',
    'update xfrm-policy',
  ]);
  assert.deepEqual([...store.objects.values()], binding(C2));
});

test('from pending to active and back', () => {
  const { store, reconciler } = start();
  reconciler.set('client', mobileBindingPending(mobile));
  store.taken();
  reconciler.set('client', mobileBindingActive(mobile));
  assert.deepEqual(store.taken(), [
    'update mobility-state',
    'update xfrm-policy',
    'add xfrm-policy',
    'add xfrm-policy',
  ]);
  reconciler.set('client', mobileBindingPending(mobile));
  assert.deepEqual(store.taken(), [
    'remove xfrm-policy',
    'remove xfrm-policy',
    'update mobility-state',
    'update xfrm-policy',
  ]);
});

test('a change updates tunnels only when they changed themselves', () => {
  const { store, reconciler } = start();
  const home = (careOfAddress: typeof C1) =>
    homeAgentBinding({ homeAddress, homeAgent, careOfAddress, tunnelName: 'tm' });
  reconciler.set('home', home(C1));
  store.taken();
  reconciler.set('home', home(C2));
  assert.deepEqual(store.taken(), ['update tunnel']);
});

test('groups share equal objects, and the last one to let go removes them', () => {
  const { store, reconciler } = start();
  reconciler.set('one', memberBase({ homeAddress }));
  reconciler.set('two', memberBase({ homeAddress }));
  assert.equal(store.objects.size, 4);
  store.taken();
  reconciler.clear('one');
  assert.deepEqual(store.taken(), []);
  reconciler.clear('two');
  assert.equal(store.objects.size, 0);
});

test('groups that want an object in two versions are refused, and nothing is done', () => {
  const { store, reconciler } = start();
  reconciler.set('one', binding(C1));
  store.taken();
  assert.throws(
    () => reconciler.set('two', binding(C2)),
    /groups "two" and "one" want one kernel object in two versions/,
  );
  assert.deepEqual(store.taken(), []);
});

test('one object twice in a group is refused', () => {
  const { reconciler } = start();
  assert.throws(
    () => reconciler.set('one', [...binding(C1), ...binding(C2)]),
    /wants one kernel object twice/,
  );
});

test('after a failure, clear removes what was done', () => {
  const { store, reconciler } = start();
  store.failOn = 'add xfrm-policy';
  assert.throws(() => reconciler.set('base', memberBase({ homeAddress })), LabError);
  assert.equal(store.objects.size, 2);
  reconciler.clear('base');
  assert.equal(store.objects.size, 0);
});

test('all changes of a set or a clear are given to the kernel at once; what is as it was is not among them', () => {
  const store = new TogetherStore();
  const reconciler = new Reconciler(store);
  reconciler.set('client', mobileBindingPending(mobile));
  reconciler.set('client', mobileBindingActive(mobile));
  reconciler.set('client', mobileBindingActive(mobile));
  reconciler.set('base', memberBase({ homeAddress }));
  reconciler.clear('client');
  assert.deepEqual(store.sends, [
    ['add mobility-state', 'add xfrm-policy'],
    ['update mobility-state', 'update xfrm-policy', 'add xfrm-policy', 'add xfrm-policy'],
    ['add address', 'add mobility-state', 'add xfrm-policy', 'add xfrm-policy'],
    ['remove xfrm-policy', 'remove xfrm-policy', 'remove xfrm-policy', 'remove mobility-state'],
  ]);
});

test('what was done behind a refusal is remembered: clear removes it, and the same set again does the rest', () => {
  const store = new TogetherStore();
  const reconciler = new Reconciler(store);
  store.failOn = 'add mobility-state';
  assert.throws(() => reconciler.set('client', mobileBindingActive(mobile)), /refused add mobility-state/);
  assert.deepEqual(
    [...store.objects.values()].map(({ kind }) => kind),
    ['xfrm-policy', 'xfrm-policy', 'xfrm-policy'],
  );
  store.failOn = undefined;
  reconciler.set('client', mobileBindingActive(mobile));
  assert.deepEqual(reconciler.readBack(), []);
  assert.equal(store.objects.size, 4);
  store.failOn = 'remove xfrm-policy';
  assert.throws(() => reconciler.clear('client'), /refused remove xfrm-policy/);
  assert.deepEqual(
    [...store.objects.values()].map(({ kind }) => kind),
    ['xfrm-policy', 'xfrm-policy', 'xfrm-policy'],
  );
  store.failOn = undefined;
  reconciler.clear('client');
  assert.equal(store.objects.size, 0);
});

test('runs of like changes are cut out of a list, each other one stands alone', () => {
  const change = (kind: 'address' | 'tunnel' | 'rule'): Change =>
    ({ verb: 'add', object: { kind } }) as unknown as Change;
  const [a, t, r] = [change('address'), change('tunnel'), change('rule')];
  const runs = runsOf([a, a, t, t, a, r, a, a], ({ object }) => object.kind === 'address');
  assert.deepEqual(runs, [[a, a], [t], [t], [a], [r], [a, a]]);
  assert.deepEqual(
    runsOf([], () => true),
    [],
  );
});

test('clearAll goes on after a failure and reports it', () => {
  const { store, reconciler } = start();
  reconciler.set('base', memberBase({ homeAddress }));
  reconciler.set('binding', binding(C1));
  store.failOn = 'remove mobility-state';
  assert.throws(() => reconciler.clearAll(), /refused remove mobility-state/);
  assert.deepEqual(
    [...store.objects.values()].map(({ kind }) => kind),
    ['mobility-state', 'mobility-state', 'mobility-state'],
  );
});

test('readBack finds what is missing and what differs', () => {
  const { store, reconciler } = start();
  reconciler.set('binding', binding(C1));
  assert.deepEqual(reconciler.readBack(), []);
  const [state, , policy] = [...store.objects.values()];
  store.objects.set(identity(state!), binding(C2)[0]!);
  store.objects.delete(identity(policy!));
  const [differs, missing, ...more] = reconciler.readBack('binding').map(({ text }) => text);
  assert.match(differs!, /^wanted: .*coa 2001:db8:1::2.*\nactual: .*coa 2001:db8:2::2/);
  assert.match(missing!, /^missing: xfrm policy dir out/);
  assert.equal(more.length, 0);
});

test('any sequence of sets and clears leaves the union of what the groups want, and clearAll nothing', () => {
  const pool: KernelObject[] = [...memberBase({ homeAddress }), ...mobileBindingActive(mobile)];
  const step = fc.record({ group: fc.constantFrom('a', 'b', 'c'), wanted: fc.option(fc.subarray(pool)) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const { store, reconciler } = start();
      const groups = new Map<string, KernelObject[]>();
      for (const { group, wanted } of steps) {
        if (wanted === null) reconciler.clear(group);
        else reconciler.set(group, wanted);
        groups.set(group, wanted ?? []);
        const names = new Set([...groups.values()].flat().map(identity));
        assert.deepEqual(new Set(store.objects.keys()), names);
        assert.deepEqual(reconciler.readBack(), []);
      }
      reconciler.clearAll();
      assert.equal(store.objects.size, 0);
    }),
  );
});
