import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6, UNSPECIFIED } from '../../mip6/wire/address.ts';
import { type BoundEntry, ContactTables } from '../../server/contact/contact-tables.ts';
import { forgottenOf, heardOf, OwnBindings } from '../../server/contact/own-bindings.ts';

const self = ipv6('2001:db8:1::2');
const member = ipv6('2001:db8:2::2');
const other = ipv6('2001:db8:3::2');
const client = ipv6('2001:db8:c::2');
const lifetimeMs = 420_000;

const bound = (by: typeof self, sequence: number, ms = lifetimeMs): BoundEntry => ({
  table: 'bound',
  client,
  member: by,
  sequence,
  lifetimeMs: ms,
});

function tablesWith(entry: BoundEntry): ContactTables {
  const tables = new ContactTables(16);
  tables.set(entry, 0);
  return tables;
}

test('an end is told again for as long as a contact node may believe in the binding, and no longer', () => {
  const own = new OwnBindings(lifetimeMs);
  assert.deepEqual(own.deleted(client, 9, 1000), { client, sequence: 9, lifetimeMs: 0 });
  assert.deepEqual(own.ended(1000 + lifetimeMs - 1), [{ client, sequence: 9, lifetimeMs: 0 }]);
  assert.deepEqual(own.ended(1000 + lifetimeMs), []);
});

test('a client that binds again is not told as gone, nor is it let go any more', () => {
  const own = new OwnBindings(lifetimeMs);
  own.deleted(client, 9, 0);
  own.letsGo(client);
  assert.equal(own.isLettingGo(client), true);
  assert.deepEqual(own.begun(client, 10, 60), { client, sequence: 10, lifetimeMs: 60_000 });
  assert.deepEqual(own.ended(1), []);
  assert.equal(own.isLettingGo(client), false);
});

test('the ends that a member tells again have a bound: the oldest are forgotten', () => {
  const own = new OwnBindings(lifetimeMs);
  for (let host = 0; host < 2000; host++) own.deleted(ipv6(`2001:db8:c::${host.toString(16)}`), host, 0);
  assert.equal(own.ended(1).length, 1024);
  assert.equal(own.ended(1)[0]!.sequence, 2000 - 1024);
});

test('of deletions that clients never answer the oldest are forgotten, too', () => {
  const own = new OwnBindings(lifetimeMs);
  const clients = Array.from({ length: 1025 }, (_, host) => ipv6(`2001:db8:c::${host.toString(16)}`));
  for (const one of clients) own.letsGo(one);
  assert.equal(clients.filter((one) => own.isLettingGo(one)).length, 1024);
  assert.equal(own.isLettingGo(clients[0]!), false);
  own.deleted(clients[1]!, 9, 0);
  assert.equal(own.isLettingGo(clients[1]!), false);
});

test('a deletion ends whatever binding is known, whoever had it, but not this member’s own', () => {
  const gone = [{ ...bound(member, 7), member: UNSPECIFIED, lifetimeMs: 0 }];
  assert.deepEqual(heardOf(tablesWith(bound(member, 7)), self, bound(other, 8, 0), 1), gone);
  assert.deepEqual(heardOf(tablesWith(bound(self, 7)), self, bound(other, 8, 0), 1), []);
});

test('an end that is told again says nothing about a binding whose numbers began anew behind it', () => {
  // The client deleted 56,144, came again under 9,210, and was handed on: numbers of nothing that is known begin at random.
  const tables = new ContactTables(16);
  assert.notEqual(heardOf(tables, self, bound(other, 56_144, 0), 0), undefined);
  tables.set(bound(member, 9213), 1);
  assert.equal(heardOf(tables, self, bound(other, 56_144, 0), 2), undefined);
  assert.equal(tables.bindingOf(client, 2)?.member, member);
  assert.deepEqual(heardOf(tables, self, bound(member, 9213), 3), [bound(member, 9213)]);
  // Nor does one that was not heard of before.
  assert.equal(heardOf(tablesWith(bound(member, 9213)), self, bound(other, 56_144, 0), 2), undefined);
  assert.equal(heardOf(tablesWith(bound(member, 9213)), self, bound(other, 0, 0), 2), undefined);
  // Its own member's word counts under any number.
  assert.equal(heardOf(tablesWith(bound(member, 9213)), self, bound(member, 0, 0), 2)?.length, 1);
});

test('what has been overtaken is no news', () => {
  assert.equal(heardOf(tablesWith(bound(member, 7)), self, bound(other, 6), 1), undefined);
  assert.deepEqual(heardOf(tablesWith(bound(member, 7)), self, bound(other, 8), 1), [bound(other, 8)]);
});

test('a release forgets the binding to the member in question alone', () => {
  assert.deepEqual(forgottenOf(tablesWith(bound(member, 7)), client, other, 1), []);
  assert.equal(forgottenOf(tablesWith(bound(member, 7)), client, member, 1).length, 1);
});
