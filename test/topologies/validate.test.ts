import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fig9 } from '../../topologies/fig9.ts';
import { topologies, topologyByName } from '../../topologies/index.ts';
import type { Link, PairLatency, Shaping, Topology } from '../../topologies/topology.ts';
import { DEFAULT_MTU } from '../../topologies/topology.ts';
import { topology } from '../../topologies/topology-builder.ts';
import { TopologyError } from '../../topologies/topology-error.ts';
import { validate } from '../../topologies/validate.ts';

const good = fig9({ cs1Ms: 40, cs2Ms: 40, ssMs: 20, rateKbit: 2000 });

function withLink(change: Partial<Link>): Topology {
  return {
    ...good,
    links: good.links.map((link, position) => (position === 1 ? { ...link, ...change } : link)),
  };
}

function withPair(change: Partial<PairLatency>): Topology {
  const [first, ...others] = good.pairLatencies;
  return { ...good, pairLatencies: [{ ...first!, ...change }, ...others] };
}

function withNode(change: Partial<Topology['nodes'][number]>): Topology {
  return {
    ...good,
    nodes: good.nodes.map((node, position) => (position === 0 ? { ...node, ...change } : node)),
  };
}

/** What is changed, the field that must be named, the value that must be shown, a word of the remedy. */
const refusals: readonly (readonly [string, Topology, string, unknown, RegExp])[] = [
  ['unknown host', withLink({ a: 'ha9' }), 'links[1].a', 'ha9', /addHost.*node1/],
  ['a link to itself', withLink({ b: 'ha1' }), 'links[1].b', 'ha1', /another/],
  ['negative delay', withLink({ delayMs: -5 }), 'links[1].delayMs', -5, /0 or more/],
  ['delay that is no number', withLink({ delayMs: Number.NaN }), 'links[1].delayMs', 'NaN', /number/],
  [
    'endless delay',
    withLink({ delayMs: Number.POSITIVE_INFINITY }),
    'links[1].delayMs',
    'Infinity',
    /number/,
  ],
  ['a delay that netem cannot count', withLink({ delayMs: 274_878 }), 'links[1].delayMs', 274_878, /274877/],
  ['a delay that tc rounds to none', withLink({ delayMs: 0.0004 }), 'links[1].delayMs', 0.0004, /0\.001/],
  [
    'a jitter that tc rounds to none',
    withLink({ delayMs: 5, jitterMs: 0.0004 }),
    'links[1].jitterMs',
    0.0004,
    /0\.001/,
  ],
  ['a loss that netem cannot count', withLink({ lossPct: 1e-6 }), 'links[1].lossPct', 1e-6, /0\.000002/],
  ['a rate that tc cannot count', withLink({ rateKbit: 0.5 }), 'links[1].rateKbit', 0.5, /from 1 to/],
  ['a rate beyond all', withLink({ rateKbit: 2e9 }), 'links[1].rateKbit', 2e9, /1000000000/],
  [
    'a queue that tc cannot count',
    withLink({ aToB: { rateKbit: 1e9 } }),
    'links[1].rateKbit',
    1e9,
    /4294967295 octets/,
  ],
  ['rate 0', withLink({ aToB: { rateKbit: 0 } }), 'links[1].aToB.rateKbit', 0, /leave it out/],
  ['negative rate', withLink({ rateKbit: -1 }), 'links[1].rateKbit', -1, /more than 0/],
  ['loss above 100 %', withLink({ lossPct: 101 }), 'links[1].lossPct', 101, /0 to 100/],
  ['jitter above the delay', withLink({ delayMs: 5, jitterMs: 6 }), 'links[1].jitterMs', 6, /delayMs \(5\)/],
  [
    'jitter of a direction above the delay of the link',
    withLink({ delayMs: 5, bToA: { jitterMs: 6 } }),
    'links[1].bToA.jitterMs',
    6,
    /delayMs \(5\)/,
  ],
  [
    'a DSCP of seven bits',
    withLink({ aToB: { rateKbit: 2000, firstDscp: 64 } }),
    'links[1].aToB.firstDscp',
    64,
    /0 to 63/,
  ],
  [
    'something first where nothing waits',
    withLink({ rateKbit: undefined, aToB: { firstDscp: 48 } }),
    'links[1].firstDscp',
    48,
    /nothing waits/,
  ],
  [
    'something first beside a delay',
    withLink({ rateKbit: 2000, delayMs: 5, aToB: { firstDscp: 48 } }),
    'links[1].firstDscp',
    48,
    /another link/,
  ],
  [
    'something first beside a loss that comes later',
    withLink({ rateKbit: 2000, aToB: { firstDscp: 48, at: [{ ms: 10, lossPct: 1 }] } }),
    'links[1].firstDscp',
    48,
    /another link/,
  ],
  ['half a packet of queue', withLink({ queue: 0.5 }), 'links[1].queue', 0.5, /whole number/],
  // 2000 kbit/s × (40 + 40) ms = 20 kB = 13.2 frames of 1514 octets
  [
    'queue below the bandwidth–delay product',
    withLink({ aToB: { rateKbit: 2000, queue: 13 } }),
    'links[1].queue',
    13,
    /14 packets/,
  ],
  // 100,000 kbit/s × 40 ms = 500 kB = 330.25 frames
  ['delay line below its product', withPairAt(100_000, 330), 'pairLatencies[1].queue', 330, /331 packets/],
  ['MTU below IPv6’s', withLink({ mtu: 1279 }), 'links[1].mtu', 1279, /1280/],
  ['no prefix', withLink({ prefix: '2001:db8:f1::' }), 'links[1].prefix', '2001:db8:f1::', /\/64/],
  [
    'prefix with host bits',
    withLink({ prefix: '2001:db8:f1::1/64' }),
    'links[1].prefix',
    '2001:db8:f1::1/64',
    /\/64/,
  ],
  [
    'IPv4',
    withLink({ addresses: ['10.0.0.1', '2001:db8:f1::1'] }),
    'links[1].addresses[0]',
    '10.0.0.1',
    /IPv6/,
  ],
  [
    'address outside the prefix',
    withLink({ addresses: ['2001:db8:f2::9', '2001:db8:f1::1'] }),
    'links[1].addresses[0]',
    '2001:db8:f2::9',
    /2001:db8:f1::\/64/,
  ],
  [
    'link-local address',
    withLink({ addresses: ['fe80::1', '2001:db8:f1::1'] }),
    'links[1].addresses[0]',
    'fe80::1',
    /unicast/,
  ],
  [
    'anycast address of routers',
    withLink({ addresses: ['2001:db8:f1::', '2001:db8:f1::1'] }),
    'links[1].addresses[0]',
    '2001:db8:f1::',
    /anycast/,
  ],
  [
    'duplicate address, written differently',
    withLink({ addresses: ['2001:db8:f1::1', '2001:DB8:F1:0::1'] }),
    'links[1].addresses[1]',
    '2001:DB8:F1:0::1',
    /links\[1\]\.addresses\[0\]/,
  ],
  [
    'overlapping prefix',
    withLink({ prefix: '2001:db8:c::/48', addresses: ['2001:db8:c:1::1', '2001:db8:c:1::2'] }),
    'links[1].prefix',
    '2001:db8:c::/48',
    /overlaps links\[0\]\.prefix/,
  ],
  ['delay beside delays per site', withLink({ bToA: { delayMs: 5 } }), 'links[1].delayMs', 5, /per site/],
  ['loss beside delays per site', withLink({ bToA: { lossPct: 5 } }), 'links[1].lossPct', 5, /per site/],
  ['latency at a host', withPair({ router: 'client' }), 'pairLatencies[0].router', 'client', /addRouter/],
  ['latency at nobody', withPair({ router: 'r9' }), 'pairLatencies[0].router', 'r9', /addRouter/],
  ['latency from an unknown site', withPair({ from: 'S9' }), 'pairLatencies[0].from', 'S9', /C, S1, S2/],
  ['latency inside a site', withPair({ to: 'C' }), 'pairLatencies[0].to', 'C', /another site/],
  ['negative latency of sites', withPair({ delayMs: -1 }), 'pairLatencies[0].delayMs', -1, /0 or more/],
  ['the same pair twice', withPair({ from: 'S1', to: 'C' }), 'pairLatencies[1].from', 'S1', /already/],
  ['duplicate name', withNode({ name: 'router' }), 'nodes[1].name', 'router', /taken/],
  ['name too long', withNode({ name: 'abcdefghij' }), 'nodes[0].name', 'abcdefghij', /1 to 9/],
  ['name for a shell', withNode({ name: '$(reboot)' }), 'nodes[0].name', '$(reboot)', /letters/],
  ['site for a shell', withNode({ site: '`x`' }), 'nodes[0].site', '`x`', /letters/],
  [
    'setting outside the namespace',
    withNode({ sysctls: { 'kernel.panic': '1' } }),
    'nodes[0].sysctls.kernel.panic',
    'kernel.panic',
    /net\.ipv6/,
  ],
  [
    'setting that leaves its folder',
    withNode({ sysctls: { 'net.ipv6../x': '1' } }),
    'nodes[0].sysctls.net.ipv6../x',
    'net.ipv6../x',
    /net\.ipv6/,
  ],
  [
    'setting with a line break',
    { ...good, sysctls: { 'net.ipv4.tcp_sack': '1\nLINES' } },
    'sysctls.net.ipv4.tcp_sack',
    '1\nLINES',
    /words/,
  ],
  ['no machines', { ...good, nodes: [], links: [], pairLatencies: [] }, 'nodes', [], /addHost/],
  ['an island', { ...good, links: good.links.slice(0, 4) }, 'nodes[5].name', 'node2', /no way/],
  [
    'role without address',
    { ...good, addresses: { client: 'client' } },
    'addresses.client',
    'client',
    /IPv6/,
  ],
  ['name with a blank', { ...good, name: 'Fig 9' }, 'name', 'Fig 9', /lower-case/],
];

function withPairAt(rateKbit: number, queue: number): Topology {
  const faster = withLink({ aToB: { rateKbit } });
  return {
    ...faster,
    pairLatencies: faster.pairLatencies.map((pair, at) => (at === 1 ? { ...pair, queue } : pair)),
  };
}

for (const [what, data, field, value, remedy] of refusals) {
  test(`${what} is refused with field, value and remedy`, () => {
    const problem = validate(data).find((candidate) => candidate.field === field);
    assert.ok(problem, `no problem at ${field}: ${JSON.stringify(validate(data))}`);
    assert.deepEqual(problem.value, value);
    assert.match(problem.remedy, remedy);
  });
}

test('a good network has no problems, also with queues of exactly the bandwidth–delay product', () => {
  assert.deepEqual(validate(good), []);
  assert.deepEqual(validate(withLink({ aToB: { rateKbit: 2000, queue: 14 } })), []);
  assert.deepEqual(validate(withPairAt(100_000, 331)), []);
});

test('build() throws all problems at once, with the status of bad input', () => {
  const build = (shaping: Shaping) =>
    topology('two')
      .addHost('h1')
      .addHost('h2')
      .addLink('h1', 'h2', { prefix: '2001:db8::/64', addresses: ['2001:db8::1', '2001:db8::2'], ...shaping })
      .build();
  assert.equal(build({}).links[0]!.mtu, DEFAULT_MTU);
  assert.throws(
    () => build({ delayMs: -1, rateKbit: 0 }),
    (error: unknown) => {
      assert.ok(error instanceof TopologyError);
      assert.equal(error.exitStatus, 2);
      assert.deepEqual(
        error.problems.map((problem) => problem.field),
        ['links[0].delayMs', 'links[0].rateKbit'],
      );
      assert.match(error.message, /links\[0\]\.delayMs is -1: must be a number of milliseconds/);
      return true;
    },
  );
});

test('more than 15 sites towards one cannot be told apart', () => {
  const builder = topology('star').addRouter('r');
  for (let site = 0; site <= 16; site++) {
    const prefix = `2001:db8:${site.toString(16)}`;
    builder.addHost(`h${site}`).addLink(`h${site}`, 'r', {
      prefix: `${prefix}::/64`,
      addresses: [`${prefix}::2`, `${prefix}::1`],
    });
    if (site > 0) builder.addPairLatency('r', { from: `h${site}`, to: 'h0', delayMs: 1 });
  }
  assert.throws(() => builder.build(), /15 sites/);
});

test('every named topology builds with its defaults; unknown names and parameters are refused', () => {
  for (const entry of Object.values(topologies)) assert.equal(entry.build().name, entry.name);
  assert.throws(() => topologyByName('fig10'), /name one of fig9, pair/);
  assert.throws(() => topologyByName('toString'), TopologyError);
  assert.throws(
    () => topologyByName('fig9').build({ csMs: 1 }),
    /csMs is 1: no such parameter: set one of cs1Ms/,
  );
  assert.throws(() => topologyByName('fig9').build({ ssMs: -1 }), /pairLatencies\[4\]\.delayMs is -1/);
});

test('a member that a network does not have is named, as is a value of another kind', () => {
  const [link] = good.links;
  const misspelled = { ...good, links: [{ ...link, delayms: 40 }] } as unknown as Topology;
  assert.deepEqual(
    validate(misspelled).map(({ field, remedy }) => [field, remedy]),
    [['links[0]', 'Unrecognized key: "delayms"']],
  );
  const text = { ...good, links: [{ ...link, delayMs: '40' }] } as unknown as Topology;
  assert.deepEqual(validate(text), [{ field: 'links[0].delayMs', value: '40', remedy: 'expected a number' }]);
});
