import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fig9 } from '../../topologies/fig9.ts';
import { topologyByName } from '../../topologies/index.ts';
import { siteOf } from '../../topologies/interfaces.ts';
import { provisionScript } from '../../topologies/provision.ts';
import { latencyMs } from '../../topologies/shaping.ts';
import { TopologyError } from '../../topologies/topology-error.ts';
import { validate } from '../../topologies/validate.ts';
import { type WideAreaOptions, wideArea, wideAreaNetwork } from '../../topologies/wide-area.ts';

test('one line: members over sites, clients of kinds, contact addresses at their contact nodes’ sites', () => {
  const { topology, roles } = wideAreaNetwork({
    members: 5,
    sites: 2,
    contactAddresses: 3,
    clients: 4,
    plainClients: 1,
    filteredClients: 1,
    nameServers: 1,
  });
  assert.deepEqual(
    roles.members.map(({ name, site }) => `${name} ${site}`),
    ['node1 S1', 'node2 S2', 'node3 S1', 'node4 S2', 'node5 S1'],
  );
  assert.deepEqual(
    roles.contactAddresses.map((contact) =>
      [contact.address, contact.homeAgent.name, contact.contactNode, ...contact.backups].join(' '),
    ),
    [
      '2001:db8:1:1::100 ha1 node1 node2 node3',
      '2001:db8:1:2::101 ha2 node2 node3 node1',
      '2001:db8:1:1::102 ha1 node3 node1 node2',
    ],
  );
  assert.deepEqual(
    roles.clients.map(({ kind }) => kind),
    ['correspondent-node', 'correspondent-node', 'plain', 'filtered'],
  );
  assert.equal(roles.nameServer?.name, 'dns');
  for (const { name, site } of roles.members) assert.equal(siteOf(topology, name), site);
});

test('with one contact address every other member may back it up', () => {
  const { roles } = wideAreaNetwork({ members: 4, contactAddresses: 1 });
  assert.deepEqual(roles.contactAddresses[0]?.backups, ['node2', 'node3', 'node4']);
});

test('latencies: from data where given, else the seed’s; alike in both directions', () => {
  const options = { members: 3, sites: 3, clients: 2, clientSites: 2 };
  const given = wideArea({ ...options, latencies: [{ from: 'S1', to: 'C2', delayMs: 7 }] });
  const drawn = wideArea(options);
  assert.equal(latencyMs(given, 'client2', 'node1'), 7);
  assert.equal(latencyMs(given, 'node1', 'client2'), 7);
  assert.equal(latencyMs(given, 'node2', 'client2'), latencyMs(drawn, 'node2', 'client2'));
  assert.deepEqual(wideArea(options), drawn);
  assert.notDeepEqual(wideArea({ ...options, seed: 2 }).pairLatencies, drawn.pairLatencies);
});

test('whatever the counts, the network is valid, can be written down, and every machine reaches every other', () => {
  const counts = fc.record({
    members: fc.integer({ min: 1, max: 6 }),
    clients: fc.integer({ min: 1, max: 6 }),
    seed: fc.nat(),
    spanMs: fc.integer({ min: 0, max: 300 }),
    lossPct: fc.integer({ min: 0, max: 5 }),
    jitterMs: fc.integer({ min: 0, max: 10 }),
  });
  fc.assert(
    fc.property(counts, fc.nat(), fc.nat(), (some, a, b) => {
      const options: WideAreaOptions = {
        ...some,
        sites: 1 + (a % some.members),
        contactAddresses: 1 + (b % some.members),
      };
      const { topology, roles } = wideAreaNetwork(options);
      assert.deepEqual(validate(topology), []);
      assert.equal(JSON.stringify(JSON.parse(JSON.stringify(topology))), JSON.stringify(topology));
      assert.ok(provisionScript(topology).includes('\nmake client1\n'));
      for (const { latency } of topology.pairLatencies.map((pair) => ({ latency: pair.delayMs }))) {
        assert.ok(Number.isInteger(latency) && latency >= 0 && latency <= Math.max(2, some.spanMs));
      }
      for (const member of roles.members) {
        for (const client of roles.clients)
          assert.notEqual(latencyMs(topology, member.name, client.name), undefined);
      }
      const addresses = Object.values(topology.addresses);
      assert.equal(new Set(addresses).size, addresses.length);
    }),
    { numRuns: 40 },
  );
});

test('50 clients and 8 members with 3 contact addresses fit', () => {
  const { topology, roles } = wideAreaNetwork({
    members: 8,
    sites: 4,
    contactAddresses: 3,
    clients: 50,
    clientSites: 12,
    plainClients: 10,
    filteredClients: 10,
  });
  assert.equal(topology.nodes.length, 1 + 4 + 8 + 12 + 50);
  assert.equal(roles.clients.filter(({ kind }) => kind === 'correspondent-node').length, 30);
});

test('numbers no network can have are refused with field and remedy', () => {
  const cases: [WideAreaOptions, RegExp][] = [
    [{ members: 0 }, /members is 0: must be a whole number from 1/],
    [{ members: 2, sites: 3 }, /sites is 3: .*every site has a member/],
    [{ members: 2, contactAddresses: 3 }, /contactAddresses is 3/],
    [{ clients: 2, plainClients: 3 }, /plainClients is 3/],
    [{ clients: 3, plainClients: 2, filteredClients: 2 }, /filteredClients is 2/],
    [{ members: 14, sites: 14, clients: 9, clientSites: 3 }, /clientSites is 3: .*sixteen/],
    [{ spanMs: -1 }, /spanMs is -1/],
    [{ nameServers: 2 }, /nameServers is 2/],
    [{ latencies: [{ from: 'S1', to: 'X', delayMs: 3 }] }, /latencies\[0\] is "X": no such site/],
    [{ latencies: [{ from: 'S1', to: 'C1', delayMs: -3 }] }, /delayMs is -3/],
  ];
  for (const [options, message] of cases) {
    assert.throws(
      () => wideArea(options),
      (error) => error instanceof TopologyError && message.test(error.message),
      String(message),
    );
  }
});

test('it can be asked for by name, with all parameters that follow from those given', () => {
  const entry = topologyByName('wide-area');
  assert.deepEqual(entry.build({ members: 3 }), wideArea({ members: 3 }));
  const some: readonly Readonly<Record<string, number>>[] = [{}, { members: 1, clients: 1 }, { members: 3 }];
  for (const given of some) {
    const all = entry.complete(given);
    assert.deepEqual(Object.keys(all), Object.keys(entry.defaults));
    assert.deepEqual(entry.build(all), entry.build(given));
  }
});

test('a count that cannot be is refused alone, without the bounds that follow from it', () => {
  for (const name of ['members', 'clients'])
    assert.throws(
      () => wideArea({ [name]: 0 }),
      (error) => error instanceof TopologyError && error.message.split('\n').length === 2,
    );
});

test('no machine takes the loss of packets for a small path MTU: below what every IPv6 path carries its segments do not get', () => {
  for (const network of [fig9(), wideArea()]) {
    const { sysctls } = network;
    assert.equal(sysctls['net.ipv4.tcp_mtu_probing'], '1');
    for (const name of ['net.ipv4.tcp_base_mss', 'net.ipv4.tcp_mtu_probe_floor']) {
      const octets = Number(sysctls[name]);
      // Timestamps, TCP and IPv6 headers, and a Home Address option or a type 2 routing header.
      assert.ok(octets + 12 + 20 + 24 + 40 <= 1280 && octets > 1000, `${name} = ${sysctls[name]}`);
    }
  }
});
