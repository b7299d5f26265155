import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesOf, networkAt, resetLines } from '../../topologies/changes.ts';
import { drawText } from '../../topologies/draw-text.ts';
import { mininetScript } from '../../topologies/mininet.ts';
import { shaperOf } from '../../topologies/shaping.ts';
import type { LinkChange, Topology } from '../../topologies/topology.ts';
import { topology } from '../../topologies/topology-builder.ts';

const link = { prefix: '2001:db8:a::/64', addresses: ['2001:db8:a::1', '2001:db8:a::2'] } as const;
const between = (shaping: object): Topology =>
  topology('two')
    .addHost('one')
    .addHost('two')
    .addLink('one', 'two', { ...link, ...shaping })
    .build();
const slow: readonly LinkChange[] = [
  { ms: 500, rateKbit: 100, delayMs: 30 },
  { ms: 800, lossPct: 5 },
];

test('a value holds until its next change, in the direction that it is of', () => {
  const network = between({ rateKbit: 1000, delayMs: 10, aToB: { rateKbit: 2000, at: slow } });
  const at = (ms: number) => networkAt(network, ms).links[0]!;
  assert.deepEqual([at(0).aToB, at(499.9).aToB], [network.links[0]!.aToB, network.links[0]!.aToB]);
  assert.deepEqual(at(500).aToB, { rateKbit: 100, delayMs: 30, at: slow });
  assert.deepEqual(at(10_000).aToB, { rateKbit: 100, delayMs: 30, lossPct: 5, at: slow });
  assert.equal(at(500).delayMs, 10);
});

test('what tc changes are the disciplines that differ, and nothing else; the start is what it goes back to', () => {
  const network = between({ rateKbit: 1000, aToB: { at: slow } });
  const changes = changesOf(network);
  assert.deepEqual(
    changes.map(({ ms, lines }) => [ms, lines.map(({ node, line }) => `${node}: ${line}`)]),
    [
      [
        500,
        [
          'one: qdisc change dev one-eth0 root handle 1: tbf rate 100000bit burst 4542 limit 1514000',
          'one: qdisc change dev one-eth0 parent 1:1 handle 10: netem limit 10000 delay 30ms',
        ],
      ],
      [800, ['one: qdisc change dev one-eth0 parent 1:1 handle 10: netem limit 10000 delay 30ms loss 5%']],
    ],
  );
  assert.deepEqual(
    resetLines(network).map(({ line }) => line),
    [
      'qdisc change dev one-eth0 root handle 1: tbf rate 1000000bit burst 4542 limit 1514000',
      'qdisc change dev one-eth0 parent 1:1 handle 10: netem limit 10000 delay 0ms',
    ],
  );
  // What will delay has its place from the start, and in no other direction.
  assert.deepEqual(
    shaperOf(network).qdiscs.map(({ node, kind }) => `${node} ${kind}`),
    ['one tbf', 'one netem', 'two tbf'],
  );
  assert.deepEqual(changesOf(between({ rateKbit: 1000 })), []);
});

test('latencies between sites change, too', () => {
  const pair = { from: 'one', to: 'two', delayMs: 20, at: [{ ms: 100, delayMs: 200 }] };
  const network = topology('three')
    .addHost('one')
    .addRouter('middle')
    .addHost('two')
    .addLink('one', 'middle', link)
    .addLink('middle', 'two', { prefix: '2001:db8:b::/64', addresses: ['2001:db8:b::1', '2001:db8:b::2'] })
    .addPairLatency('middle', pair)
    .build();
  const [change] = changesOf(network);
  assert.deepEqual(
    change!.lines.map(({ line }) => line),
    ['qdisc change dev middle-eth1 parent 2:2 handle 22: netem limit 10000 delay 200ms'],
  );
  assert.match(drawText(network), /20 ms; from 100 ms on 200 ms/);
});

test('a link’s changes are told where the network is shown, and a script for Mininet has none', () => {
  const network = between({ rateKbit: 1000, at: slow });
  assert.match(
    drawText(network),
    /↔ 1000 kbit\/s; from 500 ms on 30 ms, 100 kbit\/s; from 800 ms on 5 % loss/,
  );
  assert.throws(
    () => mininetScript(network),
    /at is "500 ms": a script for Mininet builds a network that stays/,
  );
});

test('changes that cannot be are refused with their place', () => {
  const wrong: readonly (readonly [object, RegExp])[] = [
    [
      { at: [{ ms: -1, delayMs: 1 }] },
      /links\[0\]\.at\[0\]\.ms is -1: must be ms after a repetition's start, 0 to/,
    ],
    [
      {
        at: [
          { ms: 5, delayMs: 1 },
          { ms: 5, delayMs: 2 },
        ],
      },
      /links\[0\]\.at\[1\]\.ms is 5: must be ms after a repetition's start, more than 5/,
    ],
    [{ at: [{ ms: 5 }] }, /links\[0\]\.at\[0\] is .*changes nothing: name one at least/],
    [
      { at: [{ ms: 5, rateKbit: 9 }] },
      /at\[0\]\.rateKbit is 9: has no bucket to change: give the link a rateKbit/,
    ],
    [
      { aToB: { at: [{ ms: 5, lossPct: 101 }] } },
      /links\[0\]\.aToB\.at\[0\]\.lossPct is 101: must be a percentage/,
    ],
    [{ at: [{ ms: 5, jitterMs: 3 }] }, /at\[0\]\.jitterMs is 3: must be from 0 to delayMs \(0\)/],
    [
      { delayMs: 5, jitterMs: 4, at: [{ ms: 5, delayMs: 3 }] },
      /at\[0\]\.jitterMs is 4: must be from 0 to delayMs \(3\)/,
    ],
    [{ at: [{ ms: 5, delayMS: 3 }] }, /delayMS/],
    [
      { rateKbit: 1000, queue: 60, at: [{ ms: 5, delayMs: 900 }] },
      /from 5 ms on, links\[0\]\.queue is 60: .*give at least/,
    ],
  ];
  for (const [shaping, message] of wrong)
    assert.throws(() => between(shaping), message, JSON.stringify(shaping));
});
