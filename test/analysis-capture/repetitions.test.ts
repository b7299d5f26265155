import assert from 'node:assert/strict';
import { statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import { ipv6Packet, tunnelled } from '../support/capture-packets.ts';
import { clientPort, losing, plan, samplesOf, start } from '../support/changed-session.ts';
import {
  acknowledgement,
  bindingUpdate,
  careOf2,
  client,
  contactAddress,
  homeAgent1,
} from '../support/handoff-messages.ts';
import { HandoffScript } from '../support/handoff-script.ts';
import { flag, type Hop, serverSegment } from '../support/session-segments.ts';
import { SyntheticCell } from '../support/synthetic-cell.ts';

test('on links that may lose packets, a Binding Update may be sent twice if one is accepted', async () => {
  const [, second] = await samplesOf({
    hops: losing('bu-early'),
    script: (script) => script.toClient('bu-early', start + 345, bindingUpdate(420, 41)),
    cell: { parameters: { lossPct: 1 } },
  });
  assert.deepEqual(
    second.map(({ outcome, value }) => [outcome, value]),
    [
      ['succeeded', 304.5],
      ['succeeded', 0],
    ],
  );
});

test('on links that may lose packets, two accepted Binding Updates fail', async () => {
  const [, second] = await samplesOf({
    script: (script) => {
      script.toClient('bu-again', start + 360, bindingUpdate(420, 44));
      script.toAcceptor('ba-again', start + 400, acknowledgement(0, 44));
    },
    cell: { parameters: { lossPct: 1 } },
  });
  assert.deepEqual(
    second.map(({ reason }) => reason),
    Array(2).fill('2 accepted Binding Updates instead of one'),
  );
});

test('a segment sent twice counts as a retransmission and harms nothing', async () => {
  const [, second] = await samplesOf({
    hops: (hops) =>
      hops.flatMap((hop) =>
        hop.label === 'donor-data-1' ? [hop, { ...hop, label: 'again', atMs: start + 122 }] : [hop],
      ),
  });
  assert.deepEqual(
    second.map(({ value }) => value),
    [304.5, 1],
  );
});

test('a repetition that left no trace fails and shifts no other', async () => {
  const script = new HandoffScript();
  script.openChannel(0);
  script.session({ startMs: 1000, clientPort: 40_000, ...plan });
  script.session({ startMs: 8500, clientPort: 40_002, ...plan });
  const verdicts = [
    { repetition: 0, atMs: 3000 },
    { repetition: 1, atMs: 7000, bytes: 0, sha256: '', ok: false, problem: 'ECONNREFUSED' },
    { repetition: 2, atMs: 12_000 },
  ];
  using cell = new SyntheticCell(script.hops, verdicts, { repetitions: 4 });
  const samples = await analyzeCell(cell.folder, [{ name: 'handoff-gap', unit: 'ms' }]);
  assert.deepEqual(
    samples.map(({ repetition, outcome, value, reason }) => [repetition, outcome, value, reason]),
    [
      [0, 'succeeded', 304.5, ''],
      [
        1,
        'failed',
        undefined,
        'no connection of the client in the capture; the client reports: ECONNREFUSED',
      ],
      [2, 'succeeded', 304.5, ''],
      [3, 'failed', undefined, 'no connection of the client in the capture'],
    ],
  );
});

test('a repetition whose client died has no verdict and fails', async () => {
  const script = new HandoffScript();
  script.openChannel(0);
  script.session({ startMs: 1000, clientPort: 40_000, ...plan });
  using cell = new SyntheticCell(script.hops, [], { repetitions: 1 });
  const [sample] = await analyzeCell(cell.folder, [{ name: 'handoff-gap', unit: 'ms' }]);
  assert.equal(sample?.reason, 'the client gave no verdict');
});

test('a handoff whose Init never arrives fails', async () => {
  const script = new HandoffScript();
  script.openChannel(0);
  script.session({ startMs: 1000, clientPort: 40_000, ...plan });
  using cell = new SyntheticCell(losing('init')(script.hops), [{ repetition: 0, atMs: 3000 }]);
  const [sample] = await analyzeCell(cell.folder, [{ name: 'handoff-gap', unit: 'ms' }]);
  assert.equal(sample?.reason, 'the Init did not reach the acceptor whole');
});

test('a capture that ends in the middle of a packet fails the last repetition only', async () => {
  const script = new HandoffScript();
  script.openChannel(0);
  script.session({ startMs: 1000, clientPort: 40_000, ...plan });
  script.session({ startMs: 4000, clientPort: 40_001, ...plan });
  const verdicts = [
    { repetition: 0, atMs: 3000 },
    { repetition: 1, atMs: 7000 },
  ];
  using cell = new SyntheticCell(script.hops, verdicts);
  const capture = path.join(cell.folder, 'router.pcap');
  truncateSync(capture, statSync(capture).size - 1);
  const samples = await analyzeCell(cell.folder, [{ name: 'handoff-gap', unit: 'ms' }]);
  assert.deepEqual(
    samples.map(({ reason }) => reason),
    ['', 'the capture is cut off'],
  );
});

/** The acceptor's last data on the way it takes without a binding: through the tunnel to the home agent, and from there plain. */
function reverseTunnelled(hops: readonly Hop[]): readonly Hop[] {
  const segment = { port: clientPort, flags: flag.ack | flag.fin, offset: 3000, octets: 1000, received: 9 };
  const plain = ipv6Packet(contactAddress, client, serverSegment(segment));
  return hops.flatMap((hop): Hop[] => {
    if (hop.label !== 'acceptor-data-2') return [hop];
    const inTunnel = tunnelled(careOf2, homeAgent1, plain);
    return [
      { ...hop, to: 'ha1', packet: inTunnel },
      { ...hop, atMs: hop.atMs + 20.1, from: 'ha1', packet: plain },
    ];
  });
}

test("what the acceptor sends through the home agent, once its binding is deleted, counts as the acceptor's", async () => {
  const [, second] = await samplesOf({ hops: (hops) => reverseTunnelled(hops) });
  assert.deepEqual(
    second.map(({ outcome, value, reason }) => [outcome, value, reason]),
    [
      ['succeeded', 304.5, ''],
      ['succeeded', 0, ''],
    ],
  );
});
