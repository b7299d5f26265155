import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import { PendingHandoffs } from '../../server/pending-handoffs.ts';

const client = ipv6('2001:db8:c::2');
const acceptor = ipv6('2001:db8:2::2');
const cookie = (value: number) => new Uint8Array(8).fill(value);

test('a Home Test finds its acceptor by client and cookie, and by nothing less', () => {
  const list = new PendingHandoffs(1000, 10);
  list.add({ client, homeInitCookie: cookie(1), acceptor }, 0);
  assert.equal(list.find(client, cookie(1), 1)?.acceptor, acceptor);
  assert.equal(list.find(client, cookie(2), 1), undefined);
  assert.equal(list.find(ipv6('2001:db8:c::3'), cookie(1), 1), undefined);
});

test('entries die of age, and the oldest gives way when the list is full', () => {
  const list = new PendingHandoffs(1000, 2);
  list.add({ client, homeInitCookie: cookie(1), acceptor }, 0);
  list.add({ client, homeInitCookie: cookie(2), acceptor }, 500);
  assert.equal(list.find(client, cookie(1), 1000), undefined);
  list.add({ client, homeInitCookie: cookie(3), acceptor }, 1001);
  list.add({ client, homeInitCookie: cookie(4), acceptor }, 1002);
  assert.equal(list.find(client, cookie(2), 1003), undefined);
  assert.ok(list.find(client, cookie(3), 1003));
  assert.equal(list.size, 2);
});
