import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Ipv6Address, ipv6FromBytes, ipv6ToBytes, slotOf } from '../../mip6/wire/address.ts';
import { fig9 } from '../../topologies/fig9.ts';
import type { Topology } from '../../topologies/topology.ts';
import { wideArea } from '../../topologies/wide-area.ts';

function slot(address: string): number {
  const words = Buffer.from(ipv6ToBytes(address as Ipv6Address));
  const [first, second, third, fourth] = [0, 4, 8, 12].map((at) => words.readInt32BE(at)) as [
    number,
    number,
    number,
    number,
  ];
  return slotOf(first, second, third, fourth);
}

function addressesOf({ addresses, links }: Topology): readonly string[] {
  return [...new Set([...Object.values(addresses ?? {}), ...links.flatMap((link) => link.addresses)])];
}

test('the addresses of the testbeds have slots of their own, so that none takes another’s with every packet', () => {
  const testbed = addressesOf(fig9());
  assert.equal(new Set(testbed.map(slot)).size, testbed.length);
  for (const network of [wideArea(), wideArea({ members: 16, clients: 20 })]) {
    const all = addressesOf(network);
    // Of n addresses at random in 256 slots so many find one for themselves.
    const expected = 256 * (1 - (1 - 1 / 256) ** all.length);
    assert.ok(
      new Set(all.map(slot)).size > 0.9 * expected,
      `${new Set(all.map(slot)).size} of ${all.length}`,
    );
  }
});

test('whatever stood in the slot before, the address is the one that is there', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { maxLength: 600 }), (all) => {
      for (const octets of [...all, ...all]) assert.deepEqual(ipv6ToBytes(ipv6FromBytes(octets, 0)), octets);
    }),
  );
});
