import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Ipv6Address, ipv6, UNSPECIFIED } from '../../mip6/wire/address.ts';
import { ClientReleases, type ReleaseInput } from '../../server/contact/client-releases.ts';
import { ContactTables } from '../../server/contact/contact-tables.ts';
import { type ReleaseMishap, ReleaseWorld } from '../support/release-world.ts';

const client = ipv6('2001:db8:c::2');
const second = ipv6('2001:db8:c::3');
const dead = ipv6('2001:db8:2::2');
const alive = ipv6('2001:db8:3::2');
const [holdOffMs, patienceMs] = [3000, 60_000];

/**
 * A contact node in office from instant 0 on that knows two clients of a member; `dead` ends at 1000. The other member, `alive`, answers at once
 * what it has; undefined: not at all.
 */
function world(options: { readonly inOffice?: boolean } = {}) {
  const tables = new ContactTables(100);
  const here = new Set<Ipv6Address>();
  const there: { has: readonly Ipv6Address[] | undefined } = { has: [] };
  const role = new ClientReleases({
    ...{ holdOffMs, patienceMs, tables, isHere: (one: Ipv6Address) => here.has(one) },
    living: () => [dead, alive],
  });
  const log: string[] = [];
  const drain = (now: number): void => {
    for (let output = role.poll(); output !== undefined; output = role.poll()) {
      if (output.kind === 'survey') {
        const { member: by, dead: of, clients } = output;
        const { has } = there;
        if (by === alive && has !== undefined)
          role.handle(
            { kind: 'surveyed', by, dead: of, clients, taken: clients.filter((one) => has.includes(one)) },
            now,
          );
        continue;
      }
      const what = output.kind === 'delete' ? `delete ${output.sequence}` : output.outcome;
      log.push(`${now} ${output.client} ${what}`);
    }
  };
  const until = (end: number): void => {
    for (let at = role.deadline(); at !== undefined && at <= end; at = role.deadline()) {
      role.handleTimeout(at);
      drain(at);
    }
  };
  const tell = (input: ReleaseInput, now: number): void => {
    until(now);
    role.handle(input, now);
    drain(now);
  };
  const bind = (one: Ipv6Address, member: Ipv6Address, sequence: number, now: number): void => {
    tables.set({ table: 'bound', client: one, sequence, member, lifetimeMs: 420_000 }, now);
    tell({ kind: 'bound', client: one }, now);
  };
  if (options.inOffice !== false) tell({ kind: 'in-office' }, 0);
  bind(client, dead, 100, 0);
  bind(second, dead, 65_535, 0);
  return { role, tables, here, there, log, until, tell, bind };
}

test('clients of a dead member are released after the hold-off, each under the next number', () => {
  const { log, tell, until, role } = world();
  tell({ kind: 'member-gone', member: dead }, 1000);
  until(3999);
  assert.deepEqual(log, []);
  until(4000);
  assert.deepEqual(log.splice(0), [`4000 ${client} delete 101`, `4000 ${second} delete 0`]);
  assert.ok(role.isDeleting(client));
  tell({ kind: 'deleted', client }, 4200);
  tell({ kind: 'unanswered', client: second }, 100_000);
  assert.deepEqual(log, [`4200 ${client} released`, `100000 ${second} unanswered`]);
  assert.ok(!role.isDeleting(client));
});

test('a member that is told to be gone twice is not waited for longer', () => {
  const { log, tell, until } = world();
  tell({ kind: 'member-gone', member: dead }, 1000);
  tell({ kind: 'member-gone', member: dead }, 2000);
  until(4000);
  assert.deepEqual(log, [`4000 ${client} delete 101`, `4000 ${second} delete 0`]);
});

test('an acceptor that binds the client in time keeps it, and nothing is sent', () => {
  const { log, tell, until, bind } = world();
  tell({ kind: 'member-gone', member: dead }, 1000);
  bind(client, alive, 101, 3900);
  until(1e6);
  assert.deepEqual(log[0], `4000 ${second} delete 0`);
  assert.ok(!log.some((line) => line.includes(`${client} delete`)));
});

test('a client that a living member has is waited for as long as that one has it', () => {
  const { log, tell, until, there } = world();
  there.has = [client];
  tell({ kind: 'member-gone', member: dead }, 1000);
  until(300_000);
  assert.deepEqual(log, [`4000 ${second} delete 0`]);
  there.has = [];
  until(303_000);
  assert.deepEqual(log.at(-1), `301000 ${client} delete 101`);
});

test('a living member that cannot be asked is waited for until it is in reach, and no longer than the binding lasts', () => {
  const { log, tell, until, there } = world();
  there.has = undefined;
  tell({ kind: 'member-gone', member: dead }, 1000);
  until(100_000);
  assert.deepEqual(log, []);
  there.has = [second];
  tell({ kind: 'member-in-reach', member: alive }, 100_500);
  assert.deepEqual(log, [`100500 ${client} delete 101`]);
  there.has = undefined;
  tell({ kind: 'refused', client }, 100_600);
  until(1e6);
  assert.equal(log.length, 2, 'the other binding has ended by itself');
});

test('a member that comes in reach voids what others have said: the client may have gone from it to them', () => {
  const { log, tell, until, there } = world();
  tell({ kind: 'member-gone', member: dead }, 1000);
  there.has = [client];
  tell({ kind: 'member-in-reach', member: alive }, 2000);
  until(10_000);
  assert.deepEqual(log, [`4000 ${second} delete 0`]);
});

test('a member that is dead itself is not waited for', () => {
  const { log, tell, until, there } = world();
  there.has = undefined;
  tell({ kind: 'member-gone', member: dead }, 1000);
  until(5000);
  assert.deepEqual(log, []);
  tell({ kind: 'member-gone', member: alive }, 5500);
  assert.deepEqual(log, [`5500 ${client} delete 101`, `5500 ${second} delete 0`]);
});

test('a client that is served here, or on its way here, is left alone', () => {
  const { log, tell, until, here } = world();
  here.add(client);
  tell({ kind: 'member-gone', member: dead }, 1000);
  until(1e6);
  assert.ok(!log.some((line) => line.includes(`${client} delete`)), log.join());
});

test('status 135: somebody has bound the client, and it is not tried again', () => {
  const { log, tell, until, tables } = world();
  tell({ kind: 'member-gone', member: dead }, 1000);
  until(4000);
  tell({ kind: 'refused', client }, 4200);
  tables.set({ ...tables.bindingOf(client, 4200)!, member: UNSPECIFIED }, 4200);
  until(1e6);
  assert.deepEqual(
    log.filter((line) => line.includes(client)),
    [`4000 ${client} delete 101`, `4200 ${client} given-way`],
  );
});

test('who hears of a newer binding while it deletes stops', () => {
  const { log, tell, until, bind, role } = world();
  tell({ kind: 'member-gone', member: dead }, 1000);
  until(4000);
  bind(client, alive, 101, 4100);
  assert.equal(log.at(-1), `4100 ${client} given-way`);
  assert.ok(!role.isDeleting(client));
});

test('a member that comes back has its clients again, and loses them when it dies again', () => {
  const { log, tell, until } = world();
  tell({ kind: 'member-gone', member: dead }, 1000);
  tell({ kind: 'member-back', member: dead }, 2000);
  until(9999);
  assert.deepEqual(log, []);
  tell({ kind: 'member-gone', member: dead }, 10_000);
  until(13_000);
  assert.equal(log.length, 2);
});

test('a member that is only out of reach keeps its clients', () => {
  const { log, until } = world();
  until(419_000);
  assert.deepEqual(log, []);
});

test('a successor releases the clients of a contact node that has died, and of who died before', () => {
  const { log, tell, until, bind } = world({ inOffice: false });
  bind(second, alive, 200, 500);
  tell({ kind: 'member-gone', member: dead }, 1000);
  tell({ kind: 'member-gone', member: alive }, 1500);
  until(5000);
  assert.deepEqual(log, []);
  tell({ kind: 'in-office' }, 6000);
  until(9000);
  assert.deepEqual(log, [`9000 ${client} delete 101`, `9000 ${second} delete 201`]);
  tell({ kind: 'out-of-office' }, 9100);
  assert.deepEqual(log.slice(2), [`9100 ${client} given-way`, `9100 ${second} given-way`]);
});

test('a dead member’s last word, which comes behind the news of its end, counts', () => {
  const { log, tell, until, bind } = world();
  tell({ kind: 'member-gone', member: dead }, 1000);
  const late = ipv6('2001:db8:c::4');
  bind(late, dead, 300, 1010);
  until(4010);
  assert.equal(log.at(-1), `4010 ${late} delete 301`);
});

test('who is out of reach takes its answer along: it may have been given the client since, by one that dies with it', () => {
  const { log, tell, until, there } = world();
  there.has = [];
  tell({ kind: 'member-gone', member: dead }, 1000);
  there.has = undefined;
  tell({ kind: 'member-out-of-reach', member: alive }, 2000);
  until(300_000);
  assert.deepEqual(log, []);
  there.has = [client];
  tell({ kind: 'member-in-reach', member: alive }, 300_000);
  until(310_000);
  assert.deepEqual(log, [`300000 ${second} delete 0`]);
});

const long = process.env.HANDOFF_LAB_LONG === '1';
const SIZE = 4;
const at = fc.integer({ min: 100, max: 20_000 });
const pair = fc
  .tuple(fc.nat({ max: SIZE - 1 }), fc.nat({ max: SIZE - 1 }))
  .filter(([one, other]) => one !== other);
const mishap: fc.Arbitrary<ReleaseMishap> = fc.oneof(
  fc.record({ at, kind: fc.constantFrom('cut' as const, 'heal' as const), between: pair }),
  fc.record({ at, kind: fc.constant('die' as const), member: fc.integer({ min: 1, max: SIZE - 1 }) }),
  fc.record({
    at,
    kind: fc.constant('hand-off' as const),
    to: fc.nat({ max: SIZE - 1 }),
    initMs: fc.integer({ min: 1, max: 50 }),
    boundMs: fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 500, max: 40_000 })),
  }),
);
const holder = fc.integer({ min: 1, max: SIZE - 1 });

/** The same, to one that is in reach, and has not bound the client yet when the contact node hears of the other's death. */
const handedOnBeforeItsEnd: ReleaseMishap[] = [
  { at: 100, kind: 'hand-off', to: 3, initMs: 1, boundMs: 1 },
  { at: 101, kind: 'cut', between: [0, 3] },
  { at: 300, kind: 'die', member: 1 },
  { at: 4000, kind: 'hand-off', to: 2, initMs: 1, boundMs: 20_000 },
  { at: 4100, kind: 'die', member: 3 },
  { at: 4200, kind: 'heal', between: [0, 3] },
];

test('whoever is cut off or dies, and whenever: a client that a living member has, or is about to have, is never released', () => {
  fc.assert(
    fc.property(holder, fc.array(mishap, { maxLength: 12 }), (first, mishaps) => {
      assert.deepEqual(new ReleaseWorld(SIZE, first, mishaps).run(400_000).wrong, []);
    }),
    { numRuns: long ? 50_000 : 2000, seed: 7, examples: [[1, handedOnBeforeItsEnd]] },
  );
});

/** Out of the contact node's reach one member hands the client on to another, that has said before it does not have it, and dies. */
const handedOnOutOfReach: ReleaseMishap[] = [
  { at: 202, kind: 'cut', between: [2, 0] },
  { at: 602, kind: 'hand-off', to: 2, initMs: 1, boundMs: 500 },
  { at: 101, kind: 'die', member: 1 },
  { at: 100, kind: 'cut', between: [0, 3] },
  { at: 602, kind: 'die', member: 3 },
  { at: 100, kind: 'hand-off', to: 3, initMs: 1, boundMs: 500 },
];

test('a client that nobody has is released when every living member can be asked', () => {
  fc.assert(
    fc.property(holder, fc.array(mishap, { maxLength: 12 }), (first, mishaps) => {
      const pairs = [...Array(SIZE).keys()].flatMap((one) =>
        [...Array(one).keys()].map((other) => [other, one] as const),
      );
      const healed = pairs.map((between): ReleaseMishap => ({ at: 25_000, kind: 'heal', between }));
      const world = new ReleaseWorld(SIZE, first, [...mishaps, ...healed]).run(400_000);
      assert.equal(world.deleted.length, world.isToBeReleased ? 1 : 0);
    }),
    { numRuns: long ? 50_000 : 2000, seed: 7, examples: [[1, handedOnOutOfReach]] },
  );
});
