import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6, UNSPECIFIED } from '../../mip6/wire/address.ts';
import { ContactTables } from '../../server/contact-group/contact-tables.ts';
import type { ContactEntry } from '../../server/group-frames.ts';

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
