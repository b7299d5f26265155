import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SoakPacket } from '../../analysis/soak/packets.ts';
import { Progress } from '../../analysis/soak/progress.ts';
import type { SoakEvent, SoakRecord } from '../../analysis/soak/record.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import {
  careOf,
  client,
  clientPort,
  contact,
  event,
  finished,
  fromClient,
  serverSegment,
  verdictOn,
} from '../support/soak-world.ts';

const lastsMs = 100_000;
/** One visit of a hundred seconds at node1; `more` happens besides. */
const events = (...more: readonly SoakEvent[]): readonly SoakEvent[] => [
  event(-900, 'node1', 'contact-claimed', { epoch: 0 }),
  event(-800, 'ha1', 'registration-accepted', {
    change: 'created',
    homeAddress: contact,
    careOfAddress: careOf('node1'),
  }),
  event(100, 'client1', 'visit-started', { name: 'client1-1', server: contact }),
  event(140, 'client1', 'visit-connected', { name: 'client1-1', port: clientPort }),
  event(160, 'node1', 'client-connected', { client, port: clientPort }),
  event(lastsMs, 'client1', 'visit-finished', finished(true)),
  ...more,
];

/** Octets of the client every second, each acknowledged after 80 ms, but for those sent within `from` and `to`, which are at `to`. */
function exchange(from = Number.POSITIVE_INFINITY, to = from): readonly SoakPacket[] {
  return Array.from({ length: 90 }, (_, second) => second).flatMap((second) => {
    const sentMs = 1000 + 1000 * second;
    const answeredMs = sentMs >= from && sentMs < to ? to : sentMs + 80;
    const sent = fromClient(sentMs, { sequence: 1 + 100 * second });
    return [
      sent,
      { ...sent, atMs: sentMs + 20, direction: 'out' as const },
      serverSegment(answeredMs, 'out', { acknowledgement: 101 + 100 * second }),
    ];
  });
}

interface Case {
  readonly more?: readonly SoakEvent[];
  readonly packets?: readonly SoakPacket[];
  readonly disturbances?: SoakRecord['disturbances'];
  readonly network?: SoakRecord['network'];
}

const judged = ({ more = [], packets = exchange(), disturbances = [], network }: Case = {}) =>
  verdictOn({
    events: events(...more),
    packets,
    record: { disturbances, ...(network === undefined ? {} : { network }) },
  });
const silences = (given: Case): readonly string[] =>
  judged(given)
    .violations.filter(({ invariant }) => invariant === 'silence')
    .map(({ text }) => text);

const byTime = (one: SoakPacket, other: SoakPacket): number => one.atMs - other.atMs;

/** The client stands still from 20 s to 50 s. */
const still = exchange(20_000, 50_000);
const request = event(19_900, 'node1', 'handoff-requested', { client, acceptor: careOf('node2') });
const freeze = event(20_000, 'node1', 'socket-extracted', { client, port: clientPort });
const resumed = event(49_950, 'node1', 'handoff-failed', { client, acceptor: careOf('node2') });

test('silence: one that answers in a round trip is fine, and the longest is told', () => {
  const { longestSilence } = judged();
  assert.deepEqual(silences({}), []);
  assert.deepEqual(longestSilence, undefined, 'shorter than what is looked at');
  const slow = judged({ packets: exchange(20_000, 20_900) });
  assert.deepEqual(slow.longestSilence, { visit: 'client1-1', fromMs: 20_000, lastedMs: 900 });
  assert.deepEqual(slow.violations, []);
});

test('silence: a client that stands still although all are in order is told', () => {
  const [text] = silences({ packets: still });
  assert.match(
    text ?? '',
    /^client1-1: stood still for 30\.000 s from 20\.000 s on, .* 1\.720 s are allowed$/,
  );
  assert.equal(silences({ packets: exchange(20_000, 21_000) }).length, 0);
  assert.equal(silences({ packets: exchange(20_000, 22_000) }).length, 1);
});

test('silence: a cut of the holder or of the contact node excuses, and for so long again, and not for good', () => {
  const cut = (fromMs: number, toMs: number, target = 'node1') => [
    { atMs: fromMs, action: 'cut', target },
    { atMs: toMs, action: 'heal', target },
  ];
  assert.deepEqual(silences({ packets: still, disturbances: cut(19_000, 49_000) }), []);
  // Its timers have doubled meanwhile, and it settles.
  assert.deepEqual(silences({ packets: exchange(20_000, 30_000), disturbances: cut(10_000, 15_000) }), []);
  assert.equal(silences({ packets: exchange(60_000, 70_000), disturbances: cut(10_000, 25_000) }).length, 1);
  // Another's does not.
  assert.equal(silences({ packets: still, disturbances: cut(19_000, 49_000, 'node3') }).length, 1);
  // Nor one of the home agent or the client's daemon that is long over.
  assert.deepEqual(
    silences({
      packets: still,
      disturbances: [
        { atMs: 25_000, action: 'crash', target: 'ha1' },
        { atMs: 26_000, action: 'start', target: 'ha1' },
      ],
    }),
    [],
  );
  assert.equal(
    silences({
      packets: still,
      disturbances: [
        { atMs: 1000, action: 'crash', target: 'correspondents1' },
        { atMs: 2000, action: 'start', target: 'correspondents1' },
      ],
    }).length,
    1,
  );
});

test('silence: a connection that is being opened goes where the client’s binding leads, and that member’s cut excuses', () => {
  const bound = (atMs: number, member: string, lifetimeSeconds = 60) =>
    event(atMs, 'client1', 'binding-accepted', {
      ...{ change: 'updated', homeAddress: contact, careOfAddress: careOf(member), lifetimeSeconds },
    });
  const cut = [
    { atMs: 50, action: 'cut', target: 'node2' },
    { atMs: 4000, action: 'heal', target: 'node2' },
  ];
  // From the first segment on: whoever takes it does so when it is back.
  const opening = (...bindings: readonly SoakEvent[]) => {
    const taken = event(4900, 'node2', 'client-connected', { client, port: clientPort });
    const others = events().filter(({ event: name }) => name !== 'client-connected');
    const all = { events: [...others, taken, ...bindings], packets: exchange(1000, 5000) };
    const { violations } = verdictOn({ ...all, record: { disturbances: cut } });
    return violations.filter(({ invariant }) => invariant === 'silence').length;
  };
  assert.equal(opening(), 1, 'without a binding it goes to the contact node');
  assert.equal(opening(bound(60, 'node2')), 0);
  assert.equal(opening(bound(200, 'node2')), 0, 'bound meanwhile');
  assert.equal(opening(bound(60, 'node3')), 1);
  assert.equal(opening(bound(-80_000, 'node2')), 1, 'the binding is over');
  // The contact node hears from that member, and late, that it has let the client go.
  const deleted = (atMs: number, member: string) =>
    event(atMs, 'client1', 'binding-accepted', {
      ...{ change: 'deleted', homeAddress: contact, careOfAddress: careOf(member), lifetimeSeconds: 0 },
    });
  assert.equal(opening(deleted(60, 'node2')), 0);
  assert.equal(opening(deleted(60, 'node2'), bound(4950, 'node1')), 0, 'bound anew by who has taken it');
  assert.equal(opening(deleted(60, 'node3')), 1);
  assert.equal(opening(deleted(-60_000, 'node2')), 1, 'it had heard of that before the cut');
  // Once somebody has it, only that one counts.
  const record = {
    disturbances: [
      { ...cut[0]!, atMs: 19_000 },
      { ...cut[1]!, atMs: 49_000 },
    ],
  };
  const held = verdictOn({ events: events(bound(60, 'node2')), packets: still, record });
  assert.equal(held.violations.length, 1);
});

test('silence: a backup that was cut off and claims the address is its contact node from then on, when the home agent hears of it later', () => {
  const accepted = event(20_500, 'ha1', 'registration-accepted', {
    ...{ change: 'updated', homeAddress: contact, careOfAddress: careOf('node2') },
  });
  const claim = event(18_500, 'node2', 'contact-claimed', { epoch: 1 });
  const released = event(18_600, 'node2', 'contact-released', { reason: 'the contact node lives' });
  const disturbances = [
    { atMs: 15_000, action: 'cut', target: 'node2' },
    { atMs: 19_000, action: 'heal', target: 'node2' },
  ];
  const told = (...more: readonly SoakEvent[]) =>
    silences({ packets: exchange(21_000, 24_000), more, disturbances }).length;
  assert.equal(told(accepted, claim), 0);
  assert.equal(told(accepted), 1, 'it took over when it was back');
  assert.equal(told(accepted, claim, released), 1);
  assert.equal(told(claim), 1, 'the home agent never heard of it');
});

test('silence: an acceptor that was out of reach before the socket was frozen is no excuse; one that is lost afterwards is', () => {
  const cut = (atMs: number, addresses?: readonly string[]) => [
    { atMs, action: 'cut', target: 'node2', ...(addresses === undefined ? {} : { addresses }) },
    { atMs: 60_000, action: 'heal', target: 'node2' },
  ];
  const more = [request, freeze, resumed];
  assert.equal(silences({ packets: still, more, disturbances: cut(15_000) }).length, 1);
  assert.deepEqual(silences({ packets: still, more, disturbances: cut(19_500) }), []);
  assert.deepEqual(silences({ packets: still, more, disturbances: cut(20_500) }), []);
  // Without a frozen socket it has nothing to do with it.
  assert.equal(silences({ packets: still, more: [request], disturbances: cut(20_500) }).length, 1);
  // A cut between acceptor and a third member: neither; between acceptor and donor: as one of the acceptor.
  assert.equal(silences({ packets: still, more, disturbances: cut(20_500, [careOf('node3')]) }).length, 1);
  assert.deepEqual(silences({ packets: still, more, disturbances: cut(20_500, [careOf('node1')]) }), []);
});

test('silence: lost packets allow for the retransmission timers, and no more', () => {
  const lost = (atMs: number): SoakPacket => serverSegment(atMs, 'in', { acknowledgement: 7 });
  const later = serverSegment(95_000, 'in', { acknowledgement: 9001 });
  const standing = (toMs: number, losses: readonly number[]) => [
    ...exchange(20_000, toMs),
    ...losses.map(lost),
    later,
  ];
  const network = { spanMs: 40, jitterMs: 0, lossPct: 1 };
  const told = (toMs: number, losses: readonly number[], given: Case = {}) =>
    silences({ network, ...given, packets: standing(toMs, losses) }).length;
  assert.equal(told(22_500, []), 1);
  assert.equal(told(22_500, [20_040]), 0);
  assert.equal(told(24_000, [20_040]), 1);
  assert.equal(told(24_000, [20_040, 20_300]), 0);
  // A segment of the client in the tunnel from the home agent comes again by the client's timer, too.
  const tunnel = { source: ipv6('2001:db8:1:1::1'), destination: ipv6(careOf('node1')) };
  const inTunnel = (atMs: number): SoakPacket => {
    const { packet, ...seen } = fromClient(atMs, { sequence: 8001 });
    const ends = { source: ipv6(client), destination: ipv6(contact) };
    return { ...seen, packet: { ...packet, ...ends, outer: tunnel, tunnels: [tunnel] } };
  };
  const detoured = (toMs: number, losses: readonly number[]): number =>
    silences({ network, packets: [...standing(toMs, []), ...losses.map(inTunnel)].sort(byTime) }).length;
  assert.equal(detoured(22_500, [20_040]), 0);
  assert.equal(detoured(24_000, [20_040]), 1);
  assert.equal(detoured(24_000, [20_040, 20_300]), 0);
  // Behind a handoff the timeout begins with 3 s; a loss before the pause counts for so long.
  assert.equal(told(24_500, [18_000], { more: [request, freeze, { ...resumed, atMs: 24_450 }] }), 0);
  assert.equal(told(24_500, [16_000], { more: [request, freeze, { ...resumed, atMs: 24_450 }] }), 1);
  // More in a row than ever happens count for nothing, nor does any where the network loses none.
  const many = Array.from({ length: 12 }, (_, index) => 20_100 + 10 * index);
  assert.equal(told(36_000, many), 0);
  assert.equal(told(37_500, many), 1);
  assert.equal(told(24_000, [20_040, 20_300], { network: { ...network, lossPct: 0 } }), 1);
});

test('silence: what the client sends again may come as late again as it has been without an answer, and no later', () => {
  const told = (serverAtMs: number, answeredMs: number): readonly string[] => {
    const data = (['in', 'out'] as const).map((way) => serverSegment(serverAtMs, way, { octets: 1000 }));
    return silences({ packets: [...exchange(20_000, answeredMs), ...data].sort(byTime) }).map((text) =>
      text.replace(/^.* for (\S+) s from (\S+) s.*; (\S+) s are.*$/, '$1 from $2, $3'),
    );
  };
  // Octets of the server come in between, and say nothing of the client's timer.
  assert.deepEqual(told(23_000, 27_000), ['3.000 from 20.000, 1.720']);
  assert.deepEqual(told(23_000, 28_000), ['3.000 from 20.000, 1.720', '5.000 from 23.000, 4.720']);
  // With the answer the timer begins anew.
  assert.deepEqual(told(28_500, 28_000), ['8.000 from 20.000, 1.720']);
  const twice = [
    ...exchange(20_000, 28_000).filter(({ atMs }) => atMs < 30_000),
    ...exchange(30_000, 33_000).filter(({ atMs }) => atMs >= 30_000),
  ];
  assert.equal(silences({ packets: twice }).length, 2);
});

test('silence: the SYNs of a connection that is being opened wait twice as long for each that is lost', () => {
  const network = { spanMs: 40, jitterMs: 0, lossPct: 1 };
  const told = (connectedMs: number, losses: readonly number[]) => {
    const others = events().filter(({ event: name }) => name !== 'visit-connected');
    const connected = event(connectedMs, 'client1', 'visit-connected', {
      name: 'client1-1',
      port: clientPort,
    });
    const lost = losses.map((atMs) => fromClient(atMs, { sequence: 0, octets: 0 }));
    const packets = [...exchange(1000, 9000), ...lost].sort(byTime);
    return verdictOn({ events: [...others, connected], packets, record: { network } }).violations.length;
  };
  // 7 s of timeouts, and the round trips of a handoff; the first SYN was left alone.
  assert.equal(told(8990, [2000, 4000, 4100]), 0);
  assert.equal(told(8990, [2000]), 1);
  assert.equal(told(140, [2000, 4000]), 1, 'octets of an open one');
});

test('progress: octets in order and acknowledgements count, repeated and early ones do not', () => {
  const pauses = (packets: readonly SoakPacket[]) => {
    const progress = new Progress(100);
    for (const { atMs, direction, packet } of packets) {
      if (packet.upper.kind !== 'tcp') continue;
      if (packet.source === client) progress.fromClient(atMs, packet.upper);
      else if (direction === 'in') progress.fromServer(atMs, packet.upper);
      else progress.toClient(atMs, packet.upper);
    }
    progress.end(10_000);
    return progress.pauses.map(({ fromMs, toMs }) => [fromMs, toMs]);
  };
  const data = (atMs: number, direction: 'in' | 'out', sequence: number) =>
    serverSegment(atMs, direction, { sequence, octets: 1000 });
  const first = [data(0, 'in', 1), data(20, 'out', 1)];
  assert.deepEqual(pauses(first), []);
  // The second of three is lost: nothing gets on until it comes again.
  const holes = [data(30, 'in', 1001), data(31, 'in', 2001), data(51, 'out', 2001), data(400, 'in', 1001)];
  assert.deepEqual(pauses([...first, ...holes, data(420, 'out', 1001)]), [[30, 420]]);
  assert.deepEqual(pauses([...first, ...holes]), [[30, 10_000]]);
  // The same octets again are none.
  assert.deepEqual(pauses([...first, ...holes, data(200, 'out', 1), data(420, 'out', 1001)]), [[30, 420]]);
  const wraps = [
    fromClient(0, { sequence: 0xffff_ff00, octets: 0, flags: TCP_FLAG.syn }),
    serverSegment(20, 'out', { acknowledgement: 0xffff_ff01 }),
    fromClient(30, { sequence: 0xffff_ff01, octets: 1000 }),
    serverSegment(500, 'out', { acknowledgement: 0xffff_ff01 }),
    serverSegment(600, 'out', { acknowledgement: (0xffff_ff01 + 1000) % 2 ** 32 }),
  ];
  assert.deepEqual(pauses(wraps), [[30, 600]]);
  // An empty segment behind a FIN waits for nothing, at either end.
  const fin = [
    fromClient(0, { sequence: 1 }),
    serverSegment(20, 'out', { acknowledgement: 101 }),
    fromClient(30, { sequence: 101, octets: 0, flags: TCP_FLAG.ack | TCP_FLAG.fin }),
    serverSegment(50, 'out', { acknowledgement: 102 }),
    fromClient(60, { sequence: 102, octets: 0 }),
  ];
  assert.deepEqual(pauses(fin), []);
  assert.deepEqual(pauses([...first, serverSegment(60, 'in', { sequence: 1002 })]), []);
  assert.deepEqual(
    pauses([fromClient(0, { sequence: 5 }), serverSegment(20, 'out', { acknowledgement: 106 })]),
    [],
  );
});
