import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inevitable, transmissionsWithin } from '../../analysis/events/inevitable.ts';
import { ipv6Packet, tcpSegment } from '../support/capture-packets.ts';
import {
  adding,
  type Change,
  clientPort,
  editing,
  losing,
  measures,
  moving,
  samplesOf,
  start,
  without,
} from '../support/changed-session.ts';
import { acknowledgement, bindingUpdate, client, contactAddress } from '../support/handoff-messages.ts';
import type { HandoffScript } from '../support/handoff-script.ts';
import { servicePort } from '../support/session-segments.ts';

interface Breakage extends Change {
  /** what the reason must say */
  readonly reason: string;
  /** the steps overlapped, nothing else: what their order has nothing to do with is measured */
  readonly isOrder?: true;
}

const fromClient = { from: clientPort, to: servicePort, seq: 1, flags: 4 };
const fromServer = { from: servicePort, to: clientPort, seq: 1, flags: 20 };
const resets = {
  client: ipv6Packet(client, contactAddress, tcpSegment(client, contactAddress, fromClient)),
  server: ipv6Packet(contactAddress, client, tcpSegment(contactAddress, client, fromServer)),
};

const breakages: Readonly<Record<string, Breakage>> = {
  'two Binding Updates': {
    script: (script) => script.toClient('bu-again', start + 360, bindingUpdate(420, 43)),
    reason: '2 Binding Updates from the acceptor on lossless links',
  },
  'no Binding Update': { hops: without('bu'), reason: 'no Binding Update from the acceptor' },
  'no acknowledgement': { hops: without('ba'), reason: 'no Binding Acknowledgement reached the acceptor' },
  'a lost acknowledgement': { hops: losing('ba'), reason: 'no Binding Acknowledgement reached the acceptor' },
  'a rejected Binding Update': {
    hops: without('ba'),
    script: (script) => script.toAcceptor('ba-rejecting', start + 385.5, acknowledgement(136)),
    reason: 'Binding Update rejected with status 136',
  },
  'a reset by the client': {
    hops: adding({ atMs: start + 500, from: 'client', to: 'ha1', packet: resets.client }),
    reason: 'TCP reset in packet ',
  },
  'a reset by the server, long after the end': {
    hops: adding({ atMs: start + 4000, from: 'ha1', to: 'client', packet: resets.server }),
    reason: 'TCP reset in packet ',
  },
  'a Binding Error': {
    script: (script) =>
      script.toAcceptor('be', start + 430, {
        kind: 'binding-error',
        status: 1,
        homeAddress: contactAddress,
        options: [],
      }),
    reason: 'Binding Error in packet ',
  },
  'an IPv6 length beyond the packet': {
    hops: editing('ack-1', (packet) => packet.writeUInt16BE(500, 4)),
    reason: 'malformed packet ',
  },
  'a TCP header longer than its segment': {
    hops: editing('ack-1', (packet) => packet.writeUInt8(0xf0, 40 + 12)),
    reason: 'malformed packet ',
  },
  'a Mobility Header cut short': {
    hops: editing('cot', (packet) => packet.writeUInt8(9, 40 + 1)),
    reason: 'malformed packet ',
  },
  'an unreadable frame on the channel': {
    script: (script) => void script.frame('nonsense', start + 600, 'donor', 99, 40),
    reason: 'unreadable frame on the member-to-member channel',
  },
  'a window beyond its bound': {
    hops: editing('client-fin', (packet) => packet.writeUInt16BE(12_001, 40 + 24 + 14)),
    cell: { parameters: { csMs: 40, ssMs: 20, lossPct: 0, windowBytes: 12_000 } },
    reason: 'the client offered a receive window of 12001 octets where windowBytes is 12000',
  },
  'no FIN from the client': { hops: without('client-fin'), reason: 'no FIN from the client' },
  'no FIN from the server': {
    hops: editing('acceptor-data-2', (packet) => packet.writeUInt8(16, 40 + 24 + 13)),
    reason: 'no FIN reached the client',
  },
  'a hole in the payload': {
    hops: losing('donor-data-1'),
    reason: 'payload with a hole left towards the client',
  },
  'payload missing at the end': {
    hops: without('acceptor-data-2'),
    reason: '3000 distinct octets left towards the client, which counted 4000',
  },
  'another hash': {
    verdict: { sha256: 'cd', ok: false },
    reason: 'payload hash differs (4000 octets received)',
  },
  'a failure that the client saw': {
    verdict: { ok: false, problem: 'no data for 60000 ms' },
    reason: 'the client reports a failure: no data for 60000 ms',
  },
  'no handoff': {
    hops: editing('init', (packet) => packet.writeUInt8(2, 40 + 20 + 4)),
    reason: '0 handoffs (Init messages) instead of one',
  },
  'two handoffs': {
    script: (script) => void script.frame('init-again', start + 1000, 'donor', 3, 91),
    reason: '2 handoffs (Init messages) instead of one',
  },
  'a refused handoff': {
    script: (script) => void script.frame('refuse', start + 300, 'acceptor', 5, 10),
    reason: 'the handoff was refused',
  },
  'an Init that arrives after its handoff': {
    isOrder: true,
    hops: (hops) => [
      ...losing('init')(hops),
      ...hops.filter(({ label }) => label === 'init').map((hop) => ({ ...hop, atMs: start + 1000 })),
    ],
    reason: 'return routability began before Init without a Prepare',
  },
  'data before the acknowledgement': {
    isOrder: true,
    hops: moving('acceptor-data-1', 350),
    reason: 'events out of order: phase-7 (Socket Activation) ends before it begins',
  },
  'no Home Test': {
    hops: without('hot-tunnelled'),
    reason: 'Home Test and Care-of Test did not both reach the acceptor before its Binding Update',
  },
  'return routability before Init without a Prepare': {
    isOrder: true,
    hops: moving('coti', 210),
    reason: 'return routability began before Init without a Prepare',
  },
  'a Binding Update before return routability was over': {
    hops: moving('hot-tunnelled', 340),
    reason: 'Home Test and Care-of Test did not both reach the acceptor before its Binding Update',
  },
};

for (const [name, { reason, isOrder, ...change }] of Object.entries(breakages)) {
  test(`a repetition fails for ${name}, its neighbours do not`, async () => {
    const [first, second, third] = await samplesOf(change);
    for (const sample of [...first, ...third]) assert.equal(sample.outcome, 'succeeded', sample.reason);
    assert.equal(second.length, measures.length);
    for (const sample of second) {
      assert.equal(sample.outcome, isOrder === true ? 'succeeded' : 'failed');
      assert.equal('value' in sample, isOrder === true);
      assert.ok(sample.reason.includes(reason), `reason is: ${sample.reason}`);
    }
  });
}

test('where steps overlap, a phase that ends before it begins has failed, the others and the gap have not', async () => {
  const asked = ['handoff-gap', 'phase-2', 'phase-6', 'phase-7', 'state-bytes'].map((name) => ({
    name,
    unit: '',
  }));
  const [, second] = await samplesOf({ hops: moving('acceptor-data-1', 350) }, asked);
  assert.deepEqual(
    second.map(({ measure, outcome }) => [measure, outcome]),
    [
      ['handoff-gap', 'succeeded'],
      ['phase-2', 'succeeded'],
      ['phase-6', 'succeeded'],
      ['phase-7', 'failed'],
      ['state-bytes', 'succeeded'],
    ],
  );
});

const jitter = { parameters: { csMs: 40, ssMs: 20, jitterMs: 5 } };
const loss = { parameters: { csMs: 40, ssMs: 20, lossPct: 1 } };
/** A network that is not the testbed: the client behind a router of its own, links that no parameter tells of. */
const elsewhere = {
  parameters: { members: 3 },
  interfaces: { 2: 'access1', 3: 'ha1', 4: 'ha2' },
  clientNeighbour: 'access1',
};
const jittery = { ...elsewhere, network: { lossPct: 0, jitterMs: 5, cs1Ms: 40, cs2Ms: 40 } };
/** The acknowledgement of the client's FIN and the Binding Update that deletes the binding reach it at 549 and 550 ms. */
const [beforeTheEnd, afterTheEnd] = [start + 540, start + 560];

function resetBy(who: 'client' | 'server', atMs: number): Change {
  const way =
    who === 'client' ? ({ from: 'client', to: 'ha1' } as const) : ({ from: 'ha1', to: 'client' } as const);
  return { hops: adding({ atMs, ...way, packet: resets[who] }) };
}

function bindingError(atMs: number, status = 1): Change {
  const error = { kind: 'binding-error', status, homeAddress: contactAddress, options: [] } as const;
  return { script: (script) => script.toAcceptor('be', atMs, error) };
}

const disorder: Readonly<Record<string, readonly [change: Change, cell: Change['cell'], reason?: string]>> = {
  'a closed client answers a straggler, with jitter': [resetBy('client', afterTheEnd), jitter],
  'a closed client answers a straggler, with loss': [resetBy('client', afterTheEnd), loss],
  'the same on a link that does neither': [resetBy('client', afterTheEnd), {}, 'TCP reset in packet '],
  'a client resets before the end, with jitter': [
    resetBy('client', beforeTheEnd),
    jitter,
    'TCP reset in packet ',
  ],
  'a reset towards the client, with jitter': [resetBy('server', afterTheEnd), jitter, 'TCP reset in packet '],
  'nothing, behind another router': [{}, elsewhere],
  'a client behind a router that is not named': [
    {},
    { interfaces: elsewhere.interfaces },
    'no connection of the client in the capture',
  ],
  'a closed client answers a straggler, with a jitter that no parameter tells': [
    resetBy('client', afterTheEnd),
    jittery,
  ],
  'the same where nothing is told': [resetBy('client', afterTheEnd), elsewhere, 'TCP reset in packet '],
  'a straggler finds the binding deleted, with jitter': [bindingError(afterTheEnd), jitter],
  'the same with loss, which reorders nothing': [bindingError(afterTheEnd), loss, 'Binding Error in packet '],
  'a Binding Error before the deletion, with jitter': [
    bindingError(beforeTheEnd),
    jitter,
    'Binding Error in packet ',
  ],
  'a Binding Error with status 2, with jitter': [
    bindingError(afterTheEnd, 2),
    jitter,
    'Binding Error in packet ',
  ],
};

for (const [name, [change, cell, reason]] of Object.entries(disorder)) {
  test(`where packets may overtake each other: ${name}`, async () => {
    const [, second] = await samplesOf({ ...change, ...(cell === undefined ? {} : { cell }) });
    assert.equal(second.length, measures.length);
    for (const sample of second) {
      if (reason === undefined) assert.equal(sample.outcome, 'succeeded', sample.reason);
      else assert.ok(sample.reason.includes(reason), `${sample.outcome}: ${sample.reason}`);
    }
  });
}

/** The client's FIN comes to the router at 508.5 ms of the session; a second one, as TCP's timer would send it. */
const finAgain = ipv6Packet(
  client,
  contactAddress,
  tcpSegment(client, contactAddress, { from: clientPort, to: servicePort, seq: 1, flags: 17 }),
);
const repeatedEnd = (reset: Change): Change => ({
  hops: (hops) =>
    adding({ atMs: start + 530, from: 'client', to: 'ha1', packet: finAgain })(reset.hops!(hops)),
});
const far = { parameters: { cs1Ms: 1, cs2Ms: 200, ssMs: 5 } };
const seconds = { parameters: { csMs: 500, ssMs: 20 } };
const manySeconds = { parameters: { csMs: 1600, ssMs: 20 } };
const secondUpdate: Change = {
  script: (script) => script.toClient('bu-again', start + 360, bindingUpdate(420, 43)),
};
const answeredTwice: Change = {
  script: (script) => {
    script.toClient('bu-again', start + 360, bindingUpdate(420, 43));
    script.toAcceptor('ba-again', start + 400, acknowledgement(0, 43));
  },
};
const byThePlan: Readonly<Record<string, readonly [change: Change, cell: Change['cell'], reason?: string]>> =
  {
    'a second update within a round trip of a second': [secondUpdate, seconds],
    'both of them are answered': [answeredTwice, seconds],
    'a second update where an answer takes 80 ms': [secondUpdate, {}, '2 Binding Updates from the acceptor'],
    'an answer to both of them': [answeredTwice, {}, '2 Binding Updates from the acceptor'],
    'a third update where the second is inevitable': [
      {
        script: (script) => {
          script.toClient('bu-again', start + 360, bindingUpdate(420, 43));
          script.toClient('bu-again', start + 380, bindingUpdate(420, 44));
        },
      },
      seconds,
      '3 Binding Updates from the acceptor on lossless links, where its latencies bring about 2',
    ],
    'a third update where a round trip is longer than 3 s': [
      {
        script: (script) => {
          script.toClient('bu-again', start + 360, bindingUpdate(420, 43));
          script.toClient('bu-again', start + 380, bindingUpdate(420, 44));
        },
      },
      manySeconds,
    ],
    'a FIN sent twice and a reset behind it, the acceptor being far': [
      repeatedEnd(resetBy('client', afterTheEnd)),
      far,
    ],
    'such a reset without a second FIN': [resetBy('client', afterTheEnd), far, 'TCP reset in packet '],
    'a FIN sent twice where both members are equally far': [
      repeatedEnd(resetBy('client', afterTheEnd)),
      {},
      'TCP reset in packet ',
    ],
    'a reset before the end, the acceptor being far': [
      repeatedEnd(resetBy('client', beforeTheEnd)),
      far,
      'TCP reset in packet ',
    ],
    'a reset towards the client, the acceptor being far': [
      repeatedEnd(resetBy('server', afterTheEnd)),
      far,
      'TCP reset in packet ',
    ],
  };

for (const [name, [change, cell, reason]] of Object.entries(byThePlan)) {
  test(`what the plan’s latencies make inevitable is no failure, and nothing else: ${name}`, async () => {
    const [, second] = await samplesOf({ ...change, ...(cell === undefined ? {} : { cell }) });
    assert.equal(second.length, measures.length);
    for (const sample of second) {
      if (reason === undefined) assert.equal(sample.outcome, 'succeeded', sample.reason);
      else assert.ok(sample.reason.includes(reason), `${sample.outcome}: ${sample.reason}`);
    }
  });
}

test('answers to two copies that change places bring about a claim and one update more; without either it is one too many', async () => {
  const threeUpdates = (script: HandoffScript) => {
    script.toClient('bu-copy', start + 360, bindingUpdate(420, 42));
    script.toClient('bu-again', start + 380, bindingUpdate(420, 43));
  };
  const claiming = (script: HandoffScript) => {
    threeUpdates(script);
    script.frame('claim', start + 370, 'acceptor', 11, 4);
  };
  const why = async (script: NonNullable<Change['script']>, jitterMs: number) => {
    const cell = { variant: 'at-update', parameters: { csMs: 40, ssMs: 20, jitterMs } };
    const [, [sample]] = await samplesOf({ script, cell });
    return sample!.reason;
  };
  const tooMany = /3 Binding Updates from the acceptor/;
  assert.doesNotMatch(await why(claiming, 3), tooMany);
  assert.match(await why(claiming, 0), tooMany);
  assert.match(await why(threeUpdates, 3), tooMany);
});

test('an update in the second half of the binding’s lifetime refreshes it; one in the first half is one too many', async () => {
  for (const [afterMs, outcome] of [
    [211_000, 'succeeded'],
    [209_000, 'failed'],
  ] as const) {
    // The third session is the capture's last: its update comes to the router at 8.8 s.
    const script: Change['script'] = (one) =>
      one.toClient('bu-refreshing', 8800 + afterMs, bindingUpdate(420, 43));
    const [, , third] = await samplesOf({ script });
    for (const sample of third) assert.equal(sample.outcome, outcome, sample.reason);
  }
});

test('retransmissions by RFC 6275 §11.8: at 1, 3, 7, 15, 31, 63 s, then every 32 s', () => {
  const at = [0, 999, 1000, 2999, 3000, 7000, 14_999, 15_000, 31_000, 62_999, 63_000, 95_000];
  assert.deepEqual(at.map(transmissionsWithin), [1, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 8]);
});

test('what is inevitable follows from both latencies to the client, jitter and rate', () => {
  const of = inevitable;
  assert.deepEqual(of({ csMs: 40, ssMs: 20 }), { updates: 1, endRepeated: false, roundTripMs: 82 });
  assert.equal(of({ cs1Ms: 300, cs2Ms: 10, jitterMs: 9 }).roundTripMs, 620);
  assert.equal(of({ csMs: 498 }).updates, 1);
  assert.equal(of({ csMs: 500 }).updates, 2);
  assert.equal(of({ csMs: 40, cs2Ms: 500 }).updates, 2);
  assert.equal(of({ csMs: 40, cs1Ms: 500 }).updates, 1, 'the donor’s way is not the update’s');
  assert.equal(of({ csMs: 490, jitterMs: 10 }).updates, 2);
  assert.equal(of({ csMs: 490, rateKbit: 64 }).updates, 2, 'the message itself takes 32 ms');
  assert.equal(of({ csMs: 10_000 }).updates, 5);
  assert.equal(of({ cs1Ms: 1, cs2Ms: 100 }).endRepeated, true);
  assert.equal(of({ cs1Ms: 1, cs2Ms: 99 }).endRepeated, false);
  assert.equal(of({ cs1Ms: 200, cs2Ms: 1 }).endRepeated, false);
});
