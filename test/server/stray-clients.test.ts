import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ipv6Address, ipv6, UNSPECIFIED } from '../../mip6/wire/address.ts';
import { ContactTables } from '../../server/contact/contact-tables.ts';
import { StrayClients, type StrayInput } from '../../server/contact/stray-clients.ts';

const self = ipv6('2001:db8:1::2');
const other = ipv6('2001:db8:2::2');
const third = ipv6('2001:db8:3::2');
const client = ipv6('2001:db8:c::2');
const second = ipv6('2001:db8:c::3');

function contactNode() {
  const tables = new ContactTables(16);
  const reach = new Set<Ipv6Address>([other, third]);
  const role = new StrayClients({ self, tables, reaches: (member) => reach.has(member) });
  const does = (now: number, input?: StrayInput): readonly string[] => {
    if (input === undefined) role.handleTimeout(now);
    else role.handle(input, now);
    const outputs: string[] = [];
    for (let one = role.poll(); one !== undefined; one = role.poll())
      outputs.push(one.kind === 'tell' ? `tell ${one.member} ${one.client}` : `off ${one.clients.join(' ')}`);
    return outputs;
  };
  const bound = (now: number, who: Ipv6Address, member: Ipv6Address, lifetimeMs = 100_000) => {
    tables.set({ table: 'bound', client: who, sequence: 1, member, lifetimeMs }, now);
    return does(now, { kind: 'bound', client: who });
  };
  does(0, { kind: 'in-office' });
  return { role, reach, does, bound };
}

const seen = { kind: 'seen', client } as const;
const told = `tell ${other} ${client}`;

test('clients of other members that can be told are kept off, and nobody else’s', () => {
  const { role, reach, does, bound } = contactNode();
  assert.deepEqual(bound(1, client, self), []);
  assert.deepEqual(bound(2, client, other), [`off ${client}`]);
  assert.deepEqual(bound(3, client, other), [], 'as before');
  assert.deepEqual(bound(4, second, third), [`off ${client} ${second}`]);
  assert.deepEqual([role.isElsewhere(client), role.isElsewhere(self)], [true, false]);
  reach.delete(third);
  assert.deepEqual(does(5, { kind: 'peers-changed' }), [`off ${client}`]);
  reach.add(third);
  assert.deepEqual(does(6, { kind: 'peers-changed' }), [`off ${client} ${second}`]);
  assert.deepEqual(bound(7, client, self), [`off ${second}`]);
  assert.deepEqual(bound(8, second, UNSPECIFIED, 0), ['off ']);
  bound(9, client, other);
  assert.deepEqual(does(10, { kind: 'out-of-office' }), ['off ']);
  assert.deepEqual(does(11, { kind: 'in-office' }), [`off ${client}`]);
});

test('a binding that ends by itself keeps nobody off', () => {
  const { role, does, bound } = contactNode();
  bound(0, client, other, 5000);
  bound(0, second, other, 9000);
  assert.equal(role.deadline(), 5000);
  assert.deepEqual(does(5000), [`off ${second}`]);
  assert.deepEqual(does(5001, seen), []);
  assert.equal(role.deadline(), 9000);
});

test('a member is told of a stray at once, and again after pauses that double, until the client is bound', () => {
  const { does, bound } = contactNode();
  bound(0, client, other);
  assert.deepEqual(does(10, { kind: 'seen', client: second }), []);
  assert.deepEqual(does(10, seen), [told]);
  assert.deepEqual(does(2009, seen), []);
  assert.deepEqual(does(2010, seen), [told]);
  assert.deepEqual(does(6009, seen), []);
  assert.deepEqual(does(6010, seen), [told]);
  assert.deepEqual(bound(7000, client, other), []);
  assert.deepEqual(does(7001, seen), [told], 'another loss');
});

test('a client that nobody binds again is taken in after 30 s, and kept off anew once it is bound', () => {
  const { role, does, bound } = contactNode();
  bound(0, client, other);
  for (const at of [0, 1000, 3000, 7000, 15_000, 29_999]) does(at, seen);
  assert.ok(role.isElsewhere(client));
  assert.deepEqual(does(30_000, seen), ['off ']);
  assert.equal(role.isElsewhere(client), false);
  assert.deepEqual(bound(31_000, client, other), [`off ${client}`]);
});

test('packets a long time apart are two stories', () => {
  const { does, bound } = contactNode();
  bound(0, client, other);
  assert.deepEqual(does(0, seen), [told]);
  assert.deepEqual(does(29_999, seen), [told]);
  assert.deepEqual(does(59_999, seen), [told], 'not taken in');
});

test('a client that its member lets go is not kept off, until it is bound again', () => {
  const { role, does, bound } = contactNode();
  bound(0, client, other);
  assert.deepEqual(does(1, { kind: 'let-go', client, member: third }), []);
  assert.deepEqual(does(2, { kind: 'let-go', client, member: other }), ['off ']);
  assert.deepEqual(does(3, seen), []);
  assert.equal(role.isElsewhere(client), false);
  assert.deepEqual(bound(4, client, other), [`off ${client}`]);
});
