import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIG9_ADDRESSES, fig9 } from '../../topologies/fig9.ts';
import { interfacesOf, neighboursByIndex } from '../../topologies/interfaces.ts';
import { pair } from '../../topologies/pair.ts';
import { machineLines, provisionScript } from '../../topologies/provision.ts';
import { routesOf } from '../../topologies/routes.ts';
import { latencyMs, shaperOf } from '../../topologies/shaping.ts';
import { shapingLines } from '../../topologies/tc-lines.ts';
import { wideArea } from '../../topologies/wide-area.ts';

const network = fig9({ cs1Ms: 40, cs2Ms: 30, ssMs: 20, rateKbit: 2000, lossPct: 1, jitterMs: 2 });

test('the interfaces of Fig. 9 have Mininet’s names and fixed, lab-wide unique indices', () => {
  assert.deepEqual(
    interfacesOf(network).map((at) => `${at.index} ${at.name} ${at.address}`),
    [
      '101 client-eth0 2001:db8:c::2',
      '102 router-eth0 2001:db8:c::1',
      '103 ha1-eth0 2001:db8:f1::2',
      '104 router-eth1 2001:db8:f1::1',
      '105 ha2-eth0 2001:db8:f2::2',
      '106 router-eth2 2001:db8:f2::1',
      '107 ha1-eth1 2001:db8:1::1',
      '108 node1-eth0 2001:db8:1::2',
      '109 ha2-eth1 2001:db8:2::1',
      '110 node2-eth0 2001:db8:2::2',
    ],
  );
  assert.deepEqual(neighboursByIndex(network, 'router'), { 102: 'client', 104: 'ha1', 106: 'ha2' });
  assert.equal(new Set(interfacesOf(network).map((at) => at.mac)).size, 10);
});

test('every machine of Fig. 9 has a route to every prefix, the ends by one default route', () => {
  const routes = routesOf(network).map((route) => `${route.node}: ${route.prefix} via ${route.via}`);
  assert.deepEqual(
    routes.filter((route) => /^(client|node|router)/.test(route)),
    [
      'client: default via 2001:db8:c::1',
      'router: 2001:db8:1::/64 via 2001:db8:f1::2',
      'router: 2001:db8:2::/64 via 2001:db8:f2::2',
      'node1: default via 2001:db8:1::1',
      'node2: default via 2001:db8:2::1',
    ],
  );
  assert.equal(routes.filter((route) => route.startsWith('ha1')).length, 3);
});

test('latencies between machines are sums along their way', () => {
  assert.equal(latencyMs(network, 'client', 'node1'), 40);
  assert.equal(latencyMs(network, 'node2', 'client'), 30);
  assert.equal(latencyMs(network, 'ha2', 'node1'), 20);
  assert.equal(latencyMs(network, 'ha1', 'node1'), 0);
  assert.equal(latencyMs(network, 'client', 'router'), 0);
  assert.equal(latencyMs(pair({ delayMs: 7 }), 'server', 'client'), 7);
});

test('the router has a delay line per ordered pair of sites, chosen by the interface a packet came in by', () => {
  const { qdiscs, filters } = shaperOf(network);
  const lines = filters.map((filter) => {
    assert.ok('incoming' in filter);
    const line = qdiscs.find((qdisc) => qdisc.device === filter.device && qdisc.parent === filter.classId);
    assert.ok(line?.kind === 'netem');
    return `${filter.incoming} → ${filter.device}: ${line.delayMs} ± ${line.jitterMs} ms, ${line.lossPct} %`;
  });
  assert.deepEqual(lines.toSorted(), [
    'router-eth0 → router-eth1: 40 ± 2 ms, 1 %',
    'router-eth0 → router-eth2: 30 ± 2 ms, 1 %',
    'router-eth1 → router-eth0: 40 ± 2 ms, 1 %',
    'router-eth1 → router-eth2: 20 ± 2 ms, 1 %',
    'router-eth2 → router-eth0: 30 ± 2 ms, 1 %',
    'router-eth2 → router-eth1: 20 ± 2 ms, 1 %',
  ]);
});

test('only the home agents’ egress towards the router is rate-limited, with a queue far above the product', () => {
  const limits = shaperOf(network).qdiscs.flatMap((qdisc) => (qdisc.kind === 'tbf' ? [qdisc] : []));
  assert.deepEqual(
    limits.map((limit) => [limit.device, limit.rateKbit, limit.burstBytes]),
    [
      ['ha1-eth0', 2000, 3 * 1514],
      ['ha2-eth0', 2000, 3 * 1514],
    ],
  );
  const product = (2000 * 80) / 8;
  for (const limit of limits) assert.ok(limit.limitBytes >= 4 * product, `${limit.limitBytes} octets`);
});

test('an asymmetric link with delay gets a token bucket and below it a delay line, each way its own rate', () => {
  const { qdiscs } = shaperOf(pair({ delayMs: 20, upKbit: 1000, downKbit: 8000 }));
  const words = qdiscs.map((qdisc) => {
    const what = qdisc.kind === 'tbf' ? qdisc.rateKbit : qdisc.kind === 'netem' ? qdisc.delayMs : '';
    return `${qdisc.device} ${qdisc.parent ?? 'root'} ${qdisc.kind} ${what}`;
  });
  assert.deepEqual(words, [
    'client-eth0 root tbf 1000',
    'client-eth0 1:1 netem 20',
    'router-eth0 root tbf 8000',
    'router-eth0 1:1 netem 20',
  ]);
});

test('what passes first before a rate limit has a queue of its own, by its DSCP', () => {
  const lines = (firstDscp?: number): string =>
    shapingLines(
      wideArea({ members: 2, sites: 2, clients: 1, clientSites: 1, rateKbit: 2000, firstDscp }),
      'ha1',
    )
      .filter((line) => / dev ha1-eth0 /.test(line))
      .join('\n');
  assert.equal(
    lines(48),
    `qdisc add dev ha1-eth0 root handle 1: tbf rate 2000000bit burst 4542 limit 1514000
qdisc add dev ha1-eth0 parent 1:1 handle 3: prio bands 2 priomap 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
qdisc add dev ha1-eth0 parent 3:1 handle 31: pfifo limit 1000
qdisc add dev ha1-eth0 parent 3:2 handle 32: pfifo limit 1000
filter add dev ha1-eth0 parent 3: protocol ipv6 pref 1 flower ip_tos 0xc0/0xfc classid 3:1`,
  );
  assert.equal(lines(), lines(48).split('\n')[0]);
});

test('the script starts one process for Fig. 9, and it can end the lab', () => {
  const commands = provisionScript(network)
    .split('\n')
    .filter((line) => line.includes("<<'LINES'"));
  assert.equal(commands.length, 1);
  for (const line of commands) assert.match(line, /<<'LINES' \|\| network_failed '[a-z0-9 ]+'$/);
});

test('every address of the testbed but the contact address is put on an interface, without duplicate detection', () => {
  const script = network.nodes
    .flatMap(({ name }) => machineLines(network, name))
    .join('\n')
    .concat('\n');
  for (const [role, address] of Object.entries(FIG9_ADDRESSES)) {
    const placed = script.includes(`address add ${address}/64 `) && script.includes(`nodad`);
    assert.equal(placed, role !== 'contactAddress', role);
  }
  for (const line of script.split('\n')) if (line.startsWith('address add')) assert.match(line, / nodad$/);
});

test('link-local addresses are those that a kernel makes of the MAC addresses, and static like all neighbours', () => {
  const [client, router] = interfacesOf(network);
  assert.deepEqual([client?.mac, client?.linkLocal], ['02:00:00:00:01:01', 'fe80::ff:fe00:101']);
  assert.equal(client?.peerLinkLocal, router?.linkLocal);
  assert.equal(new Set(interfacesOf(network).map((at) => at.linkLocal)).size, 10);
  const script = network.nodes
    .flatMap(({ name }) => machineLines(network, name))
    .join('\n')
    .concat('\n');
  for (const at of interfacesOf(network)) {
    assert.ok(script.includes(`address add ${at.linkLocal}/64 dev ${at.name} nodad\n`), at.name);
    assert.ok(
      script.includes(
        `neighbour add ${at.peerLinkLocal} lladdr ${at.peerMac} dev ${at.name} nud permanent\n`,
      ),
    );
  }
});

test('a topology survives JSON: the same script comes out', () => {
  assert.equal(provisionScript(JSON.parse(JSON.stringify(network))), provisionScript(network));
});
