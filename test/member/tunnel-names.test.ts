import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import { TunnelNames } from '../../nodes/home-agent/tunnel-names.ts';

const [a, b, c] = [1, 2, 3].map((number) => ipv6(`2001:db8:1::10${number}`)) as [
  ReturnType<typeof ipv6>,
  ReturnType<typeof ipv6>,
  ReturnType<typeof ipv6>,
];
const at = (number: number): ReturnType<typeof ipv6> => ipv6(`2001:db8:2::${number}`);

test('a home address that is bound alone keeps its device wherever it goes', () => {
  const tunnels = new TunnelNames([a, b]);
  assert.equal(tunnels.towards(at(2), b), 'tm1');
  assert.equal(tunnels.towards(at(1), a), 'tm0');
  assert.equal(tunnels.towards(at(3), a), 'tm0');
});

test('home addresses at one care-of address share a device, and part again', () => {
  const tunnels = new TunnelNames([a, b, c]);
  for (const [index, address] of [a, b, c].entries()) tunnels.towards(at(index), address);
  assert.equal(tunnels.towards(at(1), a), 'tm1');
  assert.equal(tunnels.towards(at(1), c), 'tm1');
  // The device is the others' still: it takes a free one.
  assert.equal(tunnels.towards(at(5), b), 'tm0');
  tunnels.leave(a);
  assert.equal(tunnels.towards(at(6), c), 'tm1');
});
