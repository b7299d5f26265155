import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { drawSvg, drawText } from '../../topologies/draw.ts';
import { fig9 } from '../../topologies/fig9.ts';
import { interfacesOf } from '../../topologies/interfaces.ts';
import { pair } from '../../topologies/pair.ts';
import { topology } from '../../topologies/topology-builder.ts';

const network = fig9({ cs1Ms: 40, cs2Ms: 30, ssMs: 20, rateKbit: 2000 });

test('the text shows machines, links with their shaping, latencies between sites, addresses by role', () => {
  assert.equal(
    drawText(network),
    `fig9: 6 machines, 5 links

client (host, site C)
└─ router (router)              client-eth0 2001:db8:c::2 ── 2001:db8:c::1 router-eth0
   ├─ ha1 (router, site S1)     router-eth1 2001:db8:f1::1 ── 2001:db8:f1::2 ha1-eth0   ← 2000 kbit/s
   │  └─ node1 (host, site S1)  ha1-eth1 2001:db8:1::1 ── 2001:db8:1::2 node1-eth0
   └─ ha2 (router, site S2)     router-eth2 2001:db8:f2::1 ── 2001:db8:f2::2 ha2-eth0   ← 2000 kbit/s
      └─ node2 (host, site S2)  ha2-eth1 2001:db8:2::1 ── 2001:db8:2::2 node2-eth0

One-way latency between sites
  at router  to C   to S1  to S2
  from C     –      40 ms  30 ms
  from S1    40 ms  –      20 ms
  from S2    30 ms  20 ms  –

Addresses
  client          2001:db8:c::2
  contactAddress  2001:db8:1::100
  node1           2001:db8:1::2
  node2           2001:db8:2::2
  homeAgent1      2001:db8:1::1
  homeAgent2      2001:db8:2::1
`,
  );
});

test('the text tells the two directions of a link apart, and links that close a circle', () => {
  assert.match(drawText(pair()), /→ 20 ms, 1000 kbit\/s {2}← 20 ms, 8000 kbit\/s/);
  const circle = topology('circle');
  for (const name of ['a', 'b', 'c']) circle.addRouter(name);
  const link = (number: number) => ({
    prefix: `2001:db8:${number}::/64`,
    addresses: [`2001:db8:${number}::1`, `2001:db8:${number}::2`] as const,
  });
  circle
    .addLink('a', 'b', link(1))
    .addLink('b', 'c', { ...link(2), delayMs: 3 })
    .addLink('c', 'a', link(3));
  assert.match(drawText(circle.build()), /b – c {2}b-eth1 2001:db8:2::1 ── 2001:db8:2::2 c-eth0 {2}↔ 3 ms/);
});

test('the picture is well-formed SVG with every machine, interface, address and latency, inside its frame', () => {
  for (const drawn of [network, pair()]) {
    const svg = drawSvg(drawn);
    const program = `
import sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.read())
width, height = float(root.get('width')), float(root.get('height'))
for element in root.iter():
    for key, limit in (('x', width), ('x2', width), ('y', height), ('y2', height)):
        assert 0 <= float(element.get(key, 0)) <= limit, (element.tag, element.attrib)
    if element.text and element.text.strip(): print(element.text.strip())`;
    const texts = execFileSync('python3', ['-c', program], { input: svg, encoding: 'utf8' }).split('\n');
    const wanted = interfacesOf(drawn).flatMap((at) => [at.node, at.name, at.address, at.prefix]);
    for (const text of wanted) assert.ok(texts.includes(text), `${text} is missing`);
  }
  assert.match(drawSvg(network), />30 ms</);
  assert.match(drawSvg(network), />← 2000 kbit\/s</);
});

test('drawing twice gives the same bytes', () => {
  assert.equal(drawSvg(fig9({ ssMs: 20 })), drawSvg(fig9({ ssMs: 20 })));
});
