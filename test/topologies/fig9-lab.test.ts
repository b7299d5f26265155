import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fig9 } from '../../topologies/fig9.ts';
import { interfacesAt, interfacesOf, siteOf } from '../../topologies/interfaces.ts';
import { latencyMs } from '../../topologies/shaping.ts';
import type { Topology } from '../../topologies/topology.ts';
import { compareReadBack } from '../../topologies/verify.ts';
import { tsharkFields } from '../support/capture-tshark.ts';
import { bulk, ping, roundTripRange, runNetwork, startCapture, stopCapture } from '../support/network-lab.ts';
import { readBackScript } from '../support/read-back-script.ts';

/** Every pair of sites and direction has a latency of its own, none of which is a sum of others. */
const plain = fig9({ rateKbit: 2000 });
const network: Topology = {
  ...plain,
  pairLatencies: plain.pairLatencies.map((pair, position) => ({ ...pair, delayMs: 11.5 + 2 ** position })),
};
const names = network.nodes.map((node) => node.name);
const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => [from, to] as const));
const addressOf = (name: string): string => interfacesAt(network, name)[0]!.address;
const bulkBytes = 500_000;

/** Each changes one thing; `compareReadBack` must name it and nothing else. */
const tampering = [
  'tc -n router qdisc change dev router-eth0 parent 2:2 handle 22: netem limit 10000 delay 13.508ms',
  'tc -n ha1 qdisc change dev ha1-eth0 root handle 1: tbf rate 1999kbit burst 4542 limit 1514000',
  'tc -n client qdisc add dev client-eth0 root netem delay 1ms',
  'tc -n router filter del dev router-eth2 parent 2: protocol all pref 1',
  'ip -n node2 -6 addr del 2001:db8:2::2/64 dev node2-eth0',
  'ip -n router -6 route del 2001:db8:1::/64',
  'ip -n ha2 link set ha2-eth1 mtu 1400',
  'ip -n client -6 neigh del 2001:db8:c::1 dev client-eth0',
];

/** Every machine's own, and the neighbour's by each interface: what a home agent that sends Router Advertisements needs. */
const LINK_LOCAL_QUESTIONS = [
  ...names.map(
    (name) =>
      `{ ip -n ${name} -6 -o addr show scope link; ip -n ${name} -o link show dev ip6tnl0; } >/run/job/${name}.link-local`,
  ),
  ...interfacesOf(network).map(
    (at) =>
      `nsenter --net=/run/netns/${at.node} ping -6 -q -c 1 -W 1 ${at.peerLinkLocal}%${at.name} >/dev/null`,
  ),
];

let lab: Awaited<ReturnType<typeof runNetwork>>;
const file = (name: string): string => join(lab.folder, name);

before(async () => {
  const body = [
    startCapture('router'),
    ...pairs.map(([from, to]) => ping(from, addressOf(to), `${from}-${to}.ping`, 2)),
    bulk('node1', 'client', '2001:db8:1::2', bulkBytes),
    stopCapture,
    ...LINK_LOCAL_QUESTIONS,
    ...tampering,
    readBackScript(network, '/run/job/tampered'),
  ];
  lab = await runNetwork(network, body.join('\n'));
  assert.equal(lab.status, 0, lab.console);
});
after(async () => lab?.[Symbol.asyncDispose]());

test('the kernel reads back the network that was asked for', async () => {
  assert.deepEqual((await compareReadBack(network, file('network'))).map(String), []);
});

test('a changed qdisc, a missing filter, address, route, neighbour, another MTU: each is detected', async () => {
  const found = (await compareReadBack(network, file('tampered'))).map((it) => `${it.node}: ${it.subject}`);
  assert.deepEqual(found.toSorted(), [
    'client: neighbour client-eth0 2001:db8:c::1',
    'client: qdisc client-eth0 root',
    'ha1: qdisc ha1-eth0 1:',
    'ha2: link ha2-eth1',
    'node2: address node2-eth0 2001:db8:2::2/64',
    'node2: route 2001:db8:2::/64',
    'router: filter router-eth2 2: from router-eth0',
    'router: filter router-eth2 2: from router-eth1',
    'router: qdisc router-eth0 22:',
    'router: route 2001:db8:1::/64',
  ]);
});

test('every interface has a link-local address that is in use and reaches its neighbour, every machine an idle ip6tnl0', async () => {
  for (const name of names) {
    const said = await readFile(file(`${name}.link-local`), 'utf8');
    for (const at of interfacesAt(network, name))
      assert.match(said, new RegExp(`${at.name} +inet6 ${at.linkLocal}/64 scope link`));
    assert.doesNotMatch(said, /tentative|dadfailed/);
    assert.match(said, /ip6tnl0.*NOARP.*state DOWN/);
    assert.doesNotMatch(said, /ip6tnl0.*[<,]UP/);
  }
});

test('a network that was not read back is no network as asked', async () => {
  const deviations = await compareReadBack(network, file('nowhere'));
  assert.ok(deviations.length > interfacesOf(network).length);
});

test('round trips between all machines are the sums of the one-way latencies, to microseconds', async () => {
  for (const [from, to] of pairs) {
    const expected = latencyMs(network, from, to)! + latencyMs(network, to, from)!;
    const { least, most } = roundTripRange(await readFile(file(`${from}-${to}.ping`), 'utf8'));
    const deviation = Math.max(Math.abs(least - expected), Math.abs(most - expected));
    assert.ok(deviation <= 0.01, `${from} → ${to}: ${least}…${most} ms instead of ${expected} ms`);
  }
});

test('in the capture every forwarded packet leaves its pair’s latency after it came', () => {
  const rows = tsharkFields(file('capture.pcap'), [
    'frame.time_epoch',
    'sll.ifindex',
    'sll.pkttype',
    'icmpv6.echo.identifier',
    'icmpv6.echo.sequence_number',
    'icmpv6.type',
  ]);
  const siteByIndex = new Map(
    interfacesAt(network, 'router').map((at) => [String(at.index), siteOf(network, at.peer)]),
  );
  const came = new Map<string, readonly [string, string]>();
  let seen = 0;
  for (const [time, index, way, ...echo] of rows) {
    const key = echo.join();
    if (key === ',,') continue;
    if (way === '0') came.set(key, [time!, siteByIndex.get(index!)!]);
    const before = came.get(key);
    if (way !== '4' || before === undefined) continue;
    const [since, from] = before;
    const asked = network.pairLatencies.find(
      (pair) => pair.from === from && pair.to === siteByIndex.get(index!),
    );
    const passedNs = nanoseconds(time!) - nanoseconds(since);
    if (asked === undefined) continue;
    assert.ok(
      Math.abs(Number(passedNs) - asked.delayMs * 1e6) <= 1000,
      `${from} → ${asked.to}: ${passedNs} ns`,
    );
    seen++;
  }
  // 5 × 6 / 2 pairs of machines; the router's own and those inside a site are not forwarded from site to site.
  const across = pairs.filter(([from, to]) => latencyMs(network, from, to)! > 0).length;
  assert.equal(seen, across * 2 * 2);
});

test('bulk data passes at the configured rate', () => {
  const rows = tsharkFields(
    file('capture.pcap'),
    ['frame.time_epoch', 'frame.len'],
    '-Y',
    'tcp.srcport == 5001 && sll.pkttype == 0 && tcp.len > 1000',
  );
  const cookedHeader = 20;
  const ethernetHeader = 14;
  const octets = rows.slice(1).reduce((sum, row) => sum + Number(row[1]) - cookedHeader + ethernetHeader, 0);
  const seconds = Number(nanoseconds(rows.at(-1)![0]!) - nanoseconds(rows[0]![0]!)) / 1e9;
  const kbit = (octets * 8) / seconds / 1000;
  assert.ok(octets > bulkBytes * 0.95);
  assert.ok(Math.abs(kbit - 2000) < 20, `${kbit} kbit/s`);
});

test('the capture has neither super-packets nor bad checksums', () => {
  const options = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
  const rows = tsharkFields(
    file('capture.pcap'),
    ['frame.len', 'tcp.checksum.status', 'icmpv6.checksum.status'],
    ...options,
  );
  const good = '1';
  for (const [length, ofTcp, ofIcmp] of rows) {
    assert.ok(Number(length) <= 1500 + 20, `a frame of ${length} octets`);
    assert.ok(ofTcp === good || ofIcmp === good, `checksum: tcp ${ofTcp}, icmpv6 ${ofIcmp}`);
  }
});

test('the network is silent: nothing but what was sent', () => {
  const echoes = 'icmpv6.type == 128 || icmpv6.type == 129 || tcp.port == 5001';
  assert.deepEqual(
    tsharkFields(file('capture.pcap'), ['frame.number', 'frame.protocols'], '-Y', `!(${echoes})`),
    [],
  );
});

function nanoseconds(epoch: string): bigint {
  const [whole, fraction = ''] = epoch.split('.');
  return BigInt(whole!) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}
