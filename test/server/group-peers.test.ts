import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import { GroupPeers } from '../../server/contact/group-peers.ts';
import type { GroupPlan } from '../../server/contact/group-types.ts';

const member = (site: number) => ipv6(`2001:db8:${site}::2`);
const [self, first, second, stranger] = [member(1), member(2), member(3), member(4)];

test('a member holds the association data as long as its process lives, out of reach or not; the next process of it does not', () => {
  const peers = new GroupPeers({ self, order: [self, first, second] } as unknown as GroupPlan, []);
  for (const peer of [first, second, stranger]) {
    peers.connected(peer);
    peers.holds(peer);
  }
  assert.deepEqual(peers.backups, [first, second], 'who is trusted, in the group’s order');
  peers.disconnected(first);
  assert.deepEqual(peers.backups, [second]);
  peers.connected(first);
  assert.deepEqual(peers.backups, [first, second]);
  for (const peer of [first, stranger]) peers.ended(peer);
  assert.deepEqual([...peers.gone], [first]);
  peers.connected(first);
  assert.deepEqual([peers.backups, peers.gone.size], [[second], 0]);
});
