import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedFacts } from '../../topologies/facts.ts';
import { interfacesAt } from '../../topologies/interfaces.ts';
import { pair } from '../../topologies/pair.ts';
import { routesOf } from '../../topologies/routes.ts';
import { lossAsKept } from '../../topologies/tc-limits.ts';
import type { Topology } from '../../topologies/topology.ts';
import { deviationsOf } from '../../topologies/verify.ts';
import { readBackScript } from '../support/read-back-script.ts';

const network = pair({ delayMs: 30.5, upKbit: 1500, downKbit: 8000 });

/** What iproute2 6.1 answered in the lab kernel for the qdiscs of this network; the rest is written from the topology. */
const answers = {
  ...Object.fromEntries(network.nodes.map(({ name }) => [`${name}.ip.json`, ipAnswer(network, name)])),
  'client.tc.json': `[{"kind":"noqueue","handle":"0:","dev":"lo","root":true,"refcnt":2,"options":{}},${tbf('client-eth0', 187500)},${netem('client-eth0')}]\n`,
  'router.tc.json': `[${tbf('router-eth0', 1000000)},${netem('router-eth0')},{"kind":"noqueue","handle":"0:","dev":"router-eth1","root":true,"refcnt":2,"options":{}}]\n`,
};

function tbf(device: string, octetsPerSecond: number): string {
  return `{"kind":"tbf","handle":"1:","dev":"${device}","root":true,"refcnt":2,"options":{"rate":${octetsPerSecond},"burst":4541,"burst_raw":"5c683","lat":8066592,"limit":1514000}}`;
}

function netem(device: string): string {
  return `{"kind":"netem","handle":"10:","dev":"${device}","parent":"1:1","options":{"limit":10000,"delay":{"delay":0.030499,"jitter":0,"correlation":0},"ecn":false,"gap":0}}`;
}

function ipAnswer(topology: Topology, node: string): string {
  const own = interfacesAt(topology, node);
  const links = own.map((at) => ({
    ifindex: at.index,
    ifname: at.name,
    flags: ['BROADCAST', 'NOARP', 'UP', 'LOWER_UP'],
    mtu: at.mtu,
    qdisc: 'noqueue',
    address: at.mac,
  }));
  const addresses = own.map((at) => ({
    ifname: at.name,
    addr_info: [{ family: 'inet6', local: at.address, prefixlen: at.prefixLength, nodad: true }],
  }));
  const routes = [
    ...own.map((at) => ({ dst: at.prefix, dev: at.name, protocol: 'kernel' })),
    ...routesOf(topology)
      .filter((route) => route.node === node)
      .map((route) => ({ dst: route.prefix, gateway: route.via, dev: route.device })),
  ];
  const neighbours = own.map((at) => ({
    dst: at.peerAddress,
    dev: at.name,
    lladdr: at.peerMac,
    state: ['PERMANENT'],
  }));
  return [links, addresses, routes, neighbours].map((document) => `${JSON.stringify(document)}\n`).join('');
}

function deviations(changes: Readonly<Record<string, string>>): string[] {
  return deviationsOf(network, { ...answers, ...changes }).map(String);
}

test('a rate and a loss are compared as tc keeps them: whole octets, and shares of 2³²', () => {
  const odd = pair({ delayMs: 30.5, upKbit: 64.004, downKbit: 8000 });
  const tbfState = askedFacts(odd, 'client').get('qdisc client-eth0 1:')?.[0];
  assert.match(tbfState ?? '', /rate 64 kbit\/s/, 'tc keeps 8000 of 8000.5 octets per second');
  const lossy = { ...odd, links: odd.links.map((link) => ({ ...link, lossPct: 0.000_012_34 })) };
  const netemState = askedFacts(lossy, 'client').get('qdisc client-eth0 10:')?.[0];
  // 0.00001234 % of 2³² − 1 is 530.0, which are 0.0000123400 %; 0.0000123 % are 528.28, kept as 528.
  assert.match(netemState ?? '', /loss 0\.00001234 %/);
  assert.equal(lossAsKept(0.000_012_3), (528 / (2 ** 32 - 1)) * 100);
});

test('tc’s roundings of delays and bursts are no deviations', () => {
  assert.deepEqual(deviations({}), []);
});

test('a deviation says where, what was asked for and what was found', () => {
  const slower = answers['client.tc.json'].replace('187500', '187499');
  assert.deepEqual(deviations({ 'client.tc.json': slower }), []);
  assert.deepEqual(deviations({ 'client.tc.json': answers['client.tc.json'].replace('187500', '187400') }), [
    'client: qdisc client-eth0 1:: asked for tbf at the root, rate 1500 kbit/s, burst 4542 octets, limit 1514000 octets, found tbf at the root, rate 1499.2 kbit/s, burst 4541 octets, limit 1514000 octets',
  ]);
});

const changes: readonly (readonly [string, keyof typeof answers, string, string, RegExp])[] = [
  ['8 µs more delay', 'client.tc.json', '0.030499', '0.030507', /delay 30\.507 ms/],
  ['jitter', 'client.tc.json', '"jitter":0', '"jitter":0.001', /± 1 ms/],
  ['a shorter queue', 'router.tc.json', '"limit":10000', '"limit":9999', /limit 9999 packets/],
  ['a delay line at the root', 'router.tc.json', '"parent":"1:1"', '"root":true', /netem at the root/],
  ['another kind of qdisc', 'router.tc.json', '"kind":"netem"', '"kind":"fq"', /found fq/],
];
for (const [what, file, from, to, said] of changes) {
  test(`${what} is a deviation`, () => {
    const [only, ...more] = deviations({ [file]: answers[file].replace(from, to) });
    assert.match(only ?? '', said);
    assert.deepEqual(more, []);
  });
}

test('whatever cannot be read is a deviation, not a crash', () => {
  assert.match(deviations({ 'client.tc.json': 'Cannot find device\n' }).join('\n'), /unreadable/);
  assert.match(deviations({ 'client.tc.json': '[{"kind":"tbf"}]\n' }).join('\n'), /unreadable/);
  assert.match(deviations({ 'client.tc.json': '' }).join('\n'), /0 documents instead of 1/);
  assert.match(deviations({ 'server.ip.json': '[]\n[]\n' }).join('\n'), /2 documents instead of 4/);
});

test('an address that is still tentative and a route nobody asked for are deviations', () => {
  const ip = ipAnswer(network, 'server');
  const tentative = ip.replace('"nodad":true', '"tentative":true');
  assert.match(deviations({ 'server.ip.json': tentative }).join('\n'), /asked for present, found tentative/);
  const stray = ip.replace(
    '"protocol":"kernel"}',
    '"protocol":"kernel"},{"dst":"2001:db8:dead::/48","dev":"server-eth0"}',
  );
  assert.deepEqual(deviations({ 'server.ip.json': stray }), [
    'server: route 2001:db8:dead::/48: asked for nothing, found on server-eth0',
  ]);
});

/** rate, kbit/s → burst as tc told it, octets, where it was given what the topology asks */
const BURSTS = {
  'tc 6.1': {
    333: 4541,
    1000: 4542,
    1500: 4541,
    2000: 4542,
    8000: 4541,
    10000: 4541,
    20001: 4540,
    100000: 12_500,
  },
  'tc 6.15': { 1500: 4542, 2000: 4542, 10000: 4542 },
};

for (const [release, told] of Object.entries(BURSTS))
  test(`a burst may be told as ${release} told it, and is not further off`, () => {
    for (const [rate, burst] of Object.entries(told)) {
      const states = askedFacts(pair({ upKbit: Number(rate) }), 'client').get('qdisc client-eth0 1:');
      const bursts = states?.map((state) => Number(/burst (\d+) octets/.exec(state)?.[1])) ?? [];
      assert.ok(bursts.includes(burst), `${rate} kbit/s`);
      assert.ok(Math.max(...bursts) - Math.min(...bursts) <= 0.001 * burst + 1, `${bursts}`);
    }
  });

test('a delay may be told exactly, in ticks or in their full microseconds, and not otherwise', () => {
  for (const [delayMs, told] of [
    [13.5, ['13.5', '13.499']],
    [30.5, ['30.5', '30.499']],
    [0.5, ['0.5', '0.49997', '0.499']],
    [0.05, ['0.05', '0.049984', '0.049']],
    [20, ['20']],
  ] as const) {
    const states = [...askedFacts(pair({ delayMs }), 'client').values()].find((all) =>
      all[0]?.startsWith('netem'),
    );
    assert.deepEqual(
      states?.map((state) => /delay ([\d.]+) ms/.exec(state)?.[1]),
      told,
    );
  }
});

test('reading back alone changes nothing', () => {
  assert.doesNotMatch(readBackScript(network), /\b(add|set|change|replace|del)\b/);
});
