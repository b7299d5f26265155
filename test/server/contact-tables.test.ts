import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ipv6Address, ipv6, UNSPECIFIED } from '../../mip6/wire/address.ts';
import { type BoundEntry, ContactTables } from '../../server/contact/contact-tables.ts';
import type { ContactEntry } from '../../server/contact/group-frames.ts';

const client = ipv6('2001:db8:c::2');
const member = ipv6('2001:db8:2::2');
const other = ipv6('2001:db8:3::2');
const cookie = (value: number) => new Uint8Array(8).fill(value);
const pending = (value: number, lifetimeMs = 1000): ContactEntry => ({
  table: 'pending-handoff',
  client,
  homeInitCookie: cookie(value),
  member,
  lifetimeMs,
});
const flow = (clientPort: number, to = member): ContactEntry => ({
  table: 'forwarding',
  client,
  clientPort,
  servicePort: 8080,
  member: to,
  lifetimeMs: 1000,
});

test('a Home Test finds its acceptor by client and cookie, and by nothing less', () => {
  const tables = new ContactTables(10);
  tables.set(pending(1), 0);
  assert.equal(tables.acceptorOf(client, cookie(1), 1), member);
  assert.equal(tables.acceptorOf(client, cookie(2), 1), undefined);
  assert.equal(tables.acceptorOf(ipv6('2001:db8:c::3'), cookie(1), 1), undefined);
});

test('entries die of age, and the oldest gives way when the tables are full', () => {
  const tables = new ContactTables(2);
  tables.set(pending(1), 0);
  tables.set(pending(2), 500);
  assert.equal(tables.acceptorOf(client, cookie(1), 1000), undefined);
  tables.set(pending(3), 1001);
  tables.set(pending(4), 1002);
  assert.equal(tables.acceptorOf(client, cookie(2), 1003), undefined);
  assert.equal(tables.acceptorOf(client, cookie(3), 1003), member);
  assert.equal(tables.size, 2);
});

test('a member that tells of clients without end loses its own entries, not those of others', () => {
  const tables = new ContactTables(10);
  const bound = (number: number, to: Ipv6Address): ContactEntry => ({
    table: 'bound',
    client: ipv6(`2001:db8:c::${number}`),
    sequence: 1,
    member: to,
    lifetimeMs: 1000,
  });
  for (const number of [1, 2, 3]) tables.set(bound(number, member), 0);
  for (let number = 100; number < 500; number++) tables.set(bound(number, other), 1);
  assert.deepEqual(
    tables.boundTo(member, 2),
    [1, 2, 3].map((number) => ipv6(`2001:db8:c::${number}`)),
  );
  assert.equal(tables.boundTo(other, 2).length, 7);
  assert.ok(tables.bindingOf(ipv6('2001:db8:c::499'), 2) !== undefined, 'the newest stays');
});

test('a new backup is told what is left of each lifetime, and keeps the same', () => {
  const tables = new ContactTables(10);
  tables.set(pending(1), 0);
  tables.set(flow(4000), 400);
  const copy = new ContactTables(10);
  for (const entry of tables.snapshot(600)) copy.set(entry, 620);
  assert.equal(copy.acceptorOf(client, cookie(1), 1019), member);
  assert.equal(copy.acceptorOf(client, cookie(1), 1020), undefined);
  assert.equal(copy.serverOf(client, 4000, 8080, 1300), member);
});

test('a forwarding ends by the word of its contact node, or with the member that served the connection', () => {
  const tables = new ContactTables(10);
  for (const port of [4000, 4001]) tables.set(flow(port), 0);
  tables.set(flow(4002, other), 0);
  tables.set(flow(4000, UNSPECIFIED), 1);
  assert.equal(tables.serverOf(client, 4000, 8080, 2), undefined);
  assert.deepEqual(tables.lost(member), [flow(4001)]);
  assert.deepEqual(tables.lost(member), []);
  assert.equal(tables.serverOf(client, 4002, 8080, 2), other);
});

const bound = (client: Ipv6Address, sequence: number, to = member): BoundEntry => ({
  table: 'bound',
  client,
  sequence,
  member: to,
  lifetimeMs: 1000,
});

test('a client is bound to one member, as long as the binding lives', () => {
  const tables = new ContactTables(10);
  const second = ipv6('2001:db8:c::3');
  tables.set(bound(client, 7), 0);
  tables.set(bound(second, 9), 500);
  assert.deepEqual(tables.boundTo(member, 999), [client, second]);
  assert.deepEqual(tables.boundTo(member, 1000), [second]);
  tables.set(bound(second, 10, other), 600);
  assert.deepEqual(tables.boundTo(member, 700), [client]);
  assert.deepEqual(tables.bindingOf(second, 700), bound(second, 10, other));
  tables.set(bound(second, 10, UNSPECIFIED), 700);
  assert.equal(tables.bindingOf(second, 700), undefined);
});

test('bindings take no room from the other tables, and have a bound of their own', () => {
  const tables = new ContactTables(2);
  tables.set(pending(1), 0);
  for (const n of [3, 4, 5]) tables.set(bound(ipv6(`2001:db8:c::${n}`), n), n);
  assert.equal(tables.acceptorOf(client, cookie(1), 10), member);
  assert.deepEqual(tables.boundTo(member, 10), [ipv6('2001:db8:c::4'), ipv6('2001:db8:c::5')]);
});

test('what a member says of a binding is no news once another has overtaken it', () => {
  const tables = new ContactTables(10);
  tables.set(bound(client, 65_530), 0);
  const isNews = (sequence: number, by: Ipv6Address): boolean =>
    tables.isNews(bound(client, sequence, by), 1);
  assert.equal(isNews(65_529, other), false);
  assert.equal(isNews(65_530, other), false, 'the client has accepted the number once');
  assert.equal(isNews(65_531, other), true);
  assert.equal(isNews(3, other), true, 'beyond the wrap');
  assert.equal(isNews(20_000, other), true, 'a client that has been restarted');
  assert.equal(isNews(65_520, member), true, 'of itself a member knows best');
});

test('what has ended is remembered by its last number, for as long as a binding may last', () => {
  const tables = new ContactTables(2);
  const isNews = (sequence: number, now = 1): boolean =>
    tables.isNews({ table: 'bound', client, sequence, member: other, lifetimeMs: 1000 }, now);
  assert.equal(isNews(5), true);
  tables.end(client, 6, other, 0);
  assert.deepEqual(
    [65_000, 5, 6, 7].map((sequence) => isNews(sequence)),
    [false, false, false, true],
  );
  tables.end(client, 4, other, 1);
  assert.equal(isNews(6), false, 'an earlier end changes nothing');
  tables.end(client, 8, other, 1);
  assert.deepEqual(
    [8, 9].map((sequence) => isNews(sequence)),
    [false, true],
  );
  assert.deepEqual([isNews(8, 420_000), isNews(8, 420_001)], [false, true]);
  tables.end(client, 7, other, 420_001);
  assert.deepEqual(
    [7, 8].map((sequence) => isNews(sequence, 420_002)),
    [false, true],
    'another story',
  );
  for (const one of [member, other]) tables.end(one, 1, other, 420_003);
  assert.equal(isNews(7, 420_004), true, 'there is room for so many');
});

test('a member that was cut off says nothing new of a binding that another has had since, though that one has ended, too', () => {
  const tables = new ContactTables(10);
  const isNews = (sequence: number, by: Ipv6Address): boolean =>
    tables.isNews(bound(client, sequence, by), 1);
  tables.set(bound(client, 100, member), 0);
  tables.set(pending(1), 0);
  assert.equal(isNews(100, member), true, 'it is still so');
  tables.set(bound(client, 612, other), 0);
  tables.set(bound(client, 612, UNSPECIFIED), 0);
  assert.equal(tables.bindingOf(client, 1), undefined);
  assert.equal(isNews(100, member), false);
  // The client has come again: its numbers begin anew.
  assert.equal(isNews(99, member), true);
  assert.equal(isNews(100, other), true);
  tables.set(bound(client, 99, member), 0);
  assert.equal(tables.bindingOf(client, 1)?.member, member);
});

const others = Array.from({ length: 100 }, (_, n) => ipv6(`2001:db8:c:1::${n.toString(16)}`));

test('a member that tells of ends without end has its own forgotten, not what others have said', () => {
  const tables = new ContactTables(10);
  const isNews = (of: Ipv6Address): boolean => tables.isNews(bound(of, 5), 2);
  const [mine, ...flood] = others;
  tables.end(client, 6, member, 0);
  // Another member's entry does not become its own by saying more of it.
  tables.end(client, 7, other, 1);
  for (const one of [mine!, ...flood]) tables.end(one, 6, other, 1);
  assert.equal(isNews(client), false);
  assert.equal(isNews(mine!), true, 'its oldest');
  assert.equal(isNews(flood.at(-1)!), false, 'its newest');
});

test('of a member whose bindings others overtake without end its own are forgotten, not those of others', () => {
  const tables = new ContactTables(10);
  const third = ipv6('2001:db8:4::2');
  tables.set(bound(client, 100, member), 0);
  tables.set(bound(client, 612, third), 0);
  for (const one of others) {
    tables.set(bound(one, 100, other), 1);
    tables.set(bound(one, 612, third), 1);
    tables.set(bound(one, 612, UNSPECIFIED), 1);
  }
  tables.set(bound(client, 612, UNSPECIFIED), 1);
  assert.equal(tables.isNews(bound(client, 100, member), 2), false);
  assert.equal(tables.isNews(bound(others[0]!, 100, other), 2), true, 'its oldest');
  assert.equal(tables.isNews(bound(others.at(-1)!, 100, other), 2), false, 'its newest');
});
