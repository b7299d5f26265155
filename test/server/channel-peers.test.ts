import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { ChannelPeers } from '../../server/channel/peers.ts';

const [self, lower, higher, newcomer, stranger] = [2, 1, 3, 4, 5].map((number) =>
  ipv6(`2001:db8:${number}::2`),
) as [Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address];

function peers(limit = 4, introducers: readonly Ipv6Address[] = []) {
  return new ChannelPeers<string>({ self, peers: [lower, higher], introducers, limit });
}

test('of a pair the smaller address calls; one that the other may not know calls in any case', () => {
  const known = peers();
  assert.deepEqual([known.calls(lower), known.calls(higher)], [false, true]);
  assert.deepEqual([known.isMissed(lower), known.isMissed(higher)], [false, true]);
  assert.ok(peers(4, [lower]).calls(lower));
  assert.equal(known.add(newcomer), 'added');
  assert.ok(known.isMissed(newcomer));
});

test('a process comes, comes again, is replaced by another, and ends; who calls looks for one that was there', () => {
  const known = peers();
  assert.deepEqual(known.stands(lower, 'first', 7), { changes: ['up'] });
  assert.equal(known.isMissed(lower), false);
  assert.equal(known.lost(lower, 'another'), false);
  assert.equal(known.lost(lower, 'first'), true);
  assert.equal(known.isMissed(lower), true, 'its process may still be there');
  assert.deepEqual(known.stands(lower, 'second', 7), { changes: ['restored'] });
  assert.deepEqual(known.stands(lower, 'third', 8), { changes: ['lost', 'gone', 'up'], replaced: 'second' });
  assert.equal(known.connectionOf(lower), 'third');
  known.lost(lower, 'third');
  assert.equal(known.absent(lower), true);
  assert.equal(known.absent(lower), false, 'no news');
  assert.equal(known.isMissed(lower), false);
  assert.deepEqual(known.living, [higher]);
  assert.deepEqual(known.stands(lower, 'fourth', 9), { changes: ['up'] });
  assert.deepEqual(known.living, [lower, higher]);
});

test('configured members are waited for; introducers, and those that turn out never to have been, are not', () => {
  const known = peers(5, [newcomer]);
  known.stands(lower, 'one', 1);
  known.stands(higher, 'other', 1);
  assert.ok(known.complete);
  assert.equal(known.add(stranger), 'added');
  assert.equal(known.complete, false);
  assert.equal(known.absent(stranger), true, 'it is gone for those who were told of it');
  assert.equal(known.absent(stranger), false);
  assert.ok(known.complete);
});

test('there are no more peers than there may be, whether others tell of them or they come by themselves', () => {
  const known = peers(3);
  assert.deepEqual(known.stands(newcomer, 'new', 1), { changes: ['up'] });
  assert.equal(known.stands(stranger, 'late', 1), 'full');
  assert.equal(known.add(stranger), 'full');
  assert.deepEqual([known.add(self), known.add(newcomer)], ['known', 'known']);
  assert.equal(known.remove(newcomer), 'new');
  assert.equal(known.add(stranger), 'added');
});
