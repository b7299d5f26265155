import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipv6, UNSPECIFIED } from '../../mip6/wire/address.ts';
import { ContactDirectory } from '../../server/contact/contact-directory.ts';
import { ContactTables } from '../../server/contact/contact-tables.ts';
import type { ContactEntry } from '../../server/contact/group-frames.ts';
import { handoffVariants } from '../../server/variants/variants.ts';
import { TakeoverWorld } from '../support/takeover-world.ts';

const client = ipv6('2001:db8:c::2');
const member = ipv6('2001:db8:1:2::2');
const other = ipv6('2001:db8:1:3::2');
const contactAddress = ipv6('2001:db8:1::100');
const latencies = { memberMs: 20, homeMs: 15, clientMs: 40 };
const pending = (cookie: number, lifetimeMs = 1000): ContactEntry => ({
  table: 'pending-handoff',
  client,
  homeInitCookie: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, cookie),
  member,
  lifetimeMs,
});
const forwarding = (clientPort: number, to = member): ContactEntry => ({
  table: 'forwarding',
  client,
  clientPort,
  servicePort: 80,
  member: to,
  lifetimeMs: 5000,
});

test('at whatever moment the contact node is replaced, the handoff succeeds or the donor serves on', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...handoffVariants.map(({ name }) => name)),
      fc.record({
        contactDies: fc.integer({ min: 0, max: 800 }),
        outageMs: fc.integer({ min: 1, max: 40_000 }),
        replicated: fc.boolean(),
        memberMs: fc.integer({ min: 1, max: 150 }),
        homeMs: fc.integer({ min: 1, max: 150 }),
        clientMs: fc.integer({ min: 1, max: 150 }),
      }),
      (variant, takeover) => {
        const world = new TakeoverWorld(variant, takeover).run();
        assert.equal(world.ends.length, 1, world.ends.join());
        const expected = {
          'handed-off': { donor: false, acceptor: true },
          resume: { donor: true, acceptor: false },
        };
        assert.deepEqual(world.active, expected[world.ends[0] as keyof typeof expected]);
        // Within the retransmissions of a Home Test Init nothing is given up.
        if (takeover.outageMs < 4000) assert.deepEqual(world.ends, ['handed-off']);
      },
    ),
    { numRuns: 2000, seed: 3 },
  );
});

test('a Home Test under way while the contact node is replaced arrives only when pending handoffs are replicated', () => {
  // Init leaves at once; Home Test Init at 20 passes the contact node at 40, its answer comes back at 40 + 30 + 80.
  const takeover = { ...latencies, contactDies: 70, outageMs: 50 };
  const kept = new TakeoverWorld('baseline', { ...takeover, replicated: true }).run();
  assert.deepEqual([kept.homeTests, kept.ends], [1, ['handed-off']]);
  const lost = new TakeoverWorld('baseline', { ...takeover, replicated: false }).run();
  assert.deepEqual([lost.homeTests, lost.ends], [2, ['handed-off']]);
});

test('when nobody takes the contact address over, the donor serves on', () => {
  const world = new TakeoverWorld('baseline', {
    ...latencies,
    contactDies: 0,
    outageMs: 1e6,
    replicated: true,
  }).run();
  assert.deepEqual([world.ends, world.active], [['resume'], { donor: true, acceptor: false }]);
});

test('a snapshot carries every entry with what is left of its life', () => {
  const tables = new ContactTables(10);
  tables.set(pending(1), 0);
  tables.set(forwarding(1000), 100);
  tables.set(pending(2, 50), 100);
  const backup = new ContactTables(10);
  for (const entry of tables.snapshot(600)) backup.set(entry, 620);
  assert.equal(backup.size, 2);
  assert.equal(backup.acceptorOf(client, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1), 1019), member);
  assert.equal(backup.acceptorOf(client, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1), 1020), undefined);
  assert.equal(backup.serverOf(client, 1000, 80, 1020), member);
  assert.equal(backup.serverOf(client, 1001, 80, 1020), undefined);
});

test('entries give way, are taken away, and end with the member that served', () => {
  const tables = new ContactTables(2);
  for (const port of [1, 2, 3]) tables.set(forwarding(port, port === 3 ? other : member), port);
  assert.equal(tables.serverOf(client, 1, 80, 4), undefined);
  tables.set({ ...forwarding(3), member: UNSPECIFIED }, 5);
  assert.equal(tables.serverOf(client, 3, 80, 6), undefined);
  assert.deepEqual(
    tables.lost(member).map((entry) => entry.table === 'forwarding' && entry.clientPort),
    [2],
  );
  assert.equal(tables.size, 0);
});

test('an announcement of an earlier term does not bring a former contact node back', () => {
  const directory = new ContactDirectory();
  assert.equal(directory.announced(contactAddress, { contactNode: member, epoch: 0 }), true);
  assert.equal(directory.announced(contactAddress, { contactNode: other, epoch: 1 }), true);
  assert.equal(directory.announced(contactAddress, { contactNode: member, epoch: 0 }), false);
  assert.equal(directory.contactNodeOf(contactAddress), other);
  assert.equal(directory.announced(contactAddress, { contactNode: other, epoch: 17 }), false);
});
