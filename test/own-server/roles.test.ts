import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ordersOf } from '../../runner/procedures/own-server.ts';
import { rolesOf } from '../../runner/serve/roles.ts';
import { fig9 } from '../../topologies/fig9.ts';
import { wideArea } from '../../topologies/wide-area.ts';

test('who is who on a network follows from the names of its addresses', () => {
  const { roles, addresses } = rolesOf(fig9());
  assert.deepEqual(
    roles.members.map(({ name }) => name),
    ['node1', 'node2'],
  );
  assert.deepEqual(roles.contactAddresses[0], {
    address: '2001:db8:1::100',
    homeAgent: { name: 'ha1', address: '2001:db8:1::1', site: 'S1' },
    homePrefix: '2001:db8:1::/64',
    contactNode: 'node1',
    backups: ['node2'],
  });
  assert.equal(addresses.client, '2001:db8:c::2');
  const wide = rolesOf(wideArea({ members: 5, contactAddresses: 1, clients: 2 }));
  assert.equal(wide.roles.members.length, 5);
  assert.equal(wide.roles.clients.length, 2);
  assert.equal(wide.roles.contactAddresses[0]!.homeAgent.name, 'ha1');
  assert.deepEqual(Object.keys(wide.addresses), [
    ...['client', 'contactAddress', 'homeAgent1'],
    ...['node1', 'node2', 'node3', 'node4', 'node5'],
  ]);
});

test('a network on which no server can be is refused by what is missing', () => {
  const network = fig9();
  const without = (name: string) => {
    const { [name]: _, ...addresses } = network.addresses as Record<string, string>;
    return { ...network, addresses };
  };
  const named = (changes: Record<string, string>) => ({
    ...network,
    addresses: { ...network.addresses, ...changes },
  });
  for (const [topology, message] of [
    [without('client'), /say nothing of the client; name it in addresses: client/],
    [without('node2'), /say nothing of the member; name 2 at least in addresses: node1, node2/],
    [without('homeAgent1'), /say nothing of the homeAgent/],
    [without('contactAddress'), /say nothing of the contactAddress/],
    [named({ node2: '2001:db8:9::9' }), /addresses\.node2: '2001:db8:9::9' is on no interface/],
    [named({ contactAddress: '2001:db8:9::9' }), /is not on the home link; give one of .*2001:db8:1::\/64/],
  ] as const)
    assert.throws(() => rolesOf(topology), message);
  const renamed = { ...network, nodes: network.nodes.filter(({ name }) => name !== 'router') };
  assert.throws(() => rolesOf(renamed), /have no router; call one `router`/);
});

test('handoffs without a member go round, from the last one on', () => {
  const { roles } = rolesOf(wideArea({ members: 3, contactAddresses: 1, clients: 1 }));
  const orders = ordersOf(
    [{ atMs: 1 }, { atMs: 2 }, { atMs: 3 }, { atMs: 4, to: 'node3' }, { atMs: 5 }],
    roles,
    'mine',
  );
  const nameOf = (line: string) => roles.members.find(({ address }) => address === line)?.name;
  assert.deepEqual(
    orders.map(({ atMs, line }) => [atMs, nameOf(line)]),
    [
      [1, 'node2'],
      [2, 'node3'],
      [3, 'node1'],
      [4, 'node3'],
      [5, 'node1'],
    ],
  );
});
