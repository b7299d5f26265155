import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FilterInstruction, MOST_ADDRESSES, OUTGOING, PACKET_TYPE } from '../../linux/packet-filter.ts';
import { segmentsOf } from '../../linux/stray-segment-monitor.ts';
import { routedSegmentFilter } from '../../linux/tcp/acknowledgement-filter.ts';
import { holding } from '../../linux/tcp/new-connections.ts';
import { type Ipv6Address, ipv6, ipv6ToBytes } from '../../mip6/wire/address.ts';

const home = ipv6('2001:db8:1::100');
const [client, near, far] = ['2001:db8:c::2', '2001:db8:c::3', '3001:db8:c::2'].map(ipv6) as [
  Ipv6Address,
  Ipv6Address,
  Ipv6Address,
];
const NETWORK_HEADER = -0x100000;
const TCP_FLAGS = 13;
const [SYN, ACK] = [0x02, 0x10];
const RST = 0x04;
const TCP = 6;
const ROUTING = 43;

interface Segment {
  readonly source: Ipv6Address;
  /** the home address in a type 2 routing header; undefined: there is none */
  readonly routedTo?: Ipv6Address;
  /** its own, and the destination's */
  readonly ports?: readonly [number, number];
  readonly destination?: Ipv6Address;
  readonly flags?: number;
  readonly nextHeader?: number;
  readonly type?: number;
}

/** What a classic BPF machine lets pass of a segment, in octets; `at` 0 of the filter is the IPv6 header, or the TCP header. */
function passes(
  program: readonly FilterInstruction[] | undefined,
  { source, destination = home, flags = ACK, nextHeader = TCP, type = 0, routedTo, ports }: Segment,
  from: 'network' | 'transport',
): number {
  assert.ok(program !== undefined && program.length <= 4095);
  const tcp = Buffer.alloc(20);
  tcp[TCP_FLAGS] = flags;
  for (const [index, port] of (ports ?? []).entries()) tcp.writeUInt16BE(port, 2 * index);
  const header = Buffer.concat([
    Buffer.of(0x60, 0, 0, 0, 0, 20, routedTo === undefined ? nextHeader : ROUTING, 64),
    ipv6ToBytes(source),
    ipv6ToBytes(destination),
    ...(routedTo === undefined
      ? []
      : [Buffer.of(nextHeader, 2, 2, 1, 0, 0, 0, 0), ipv6ToBytes(routedTo), tcp]),
  ]);
  const read = (at: number, octets: number): number => {
    if (at === PACKET_TYPE) return type;
    if (at < 0) return header.readUIntBE(at - NETWORK_HEADER, octets);
    return (from === 'network' ? header : tcp).readUIntBE(at, octets);
  };
  let [loaded, index] = [0, 0];
  for (let at = 0; at < program.length; at++) {
    const { code, operand, whenTrue, whenFalse } = program[at]!;
    const jump = (to: FilterInstruction['whenTrue']): void => {
      const by = to === 'drop' ? program.length - at - 1 : to;
      assert.ok(by !== undefined && by < 256);
      at += by;
    };
    if (code === 0x06) return operand;
    if (code === 0x01) index = operand;
    else if (code === 0x05) at += operand;
    else if (code === 0x15) jump(loaded === operand ? whenTrue : whenFalse);
    else if (code === 0x45) jump((loaded & operand) !== 0 ? whenTrue : whenFalse);
    else if (code >= 0x40) loaded = read(operand + index, { 80: 1, 72: 2, 64: 4 }[code]!);
    else loaded = read(operand, { 48: 1, 40: 2, 32: 4 }[code]!);
  }
  return 0;
}

/** Many others, none of which is one of the clients above. */
const others = (count: number): readonly Ipv6Address[] =>
  Array.from({ length: count }, (_, n) => ipv6(`2001:db8:f::${(n + 1).toString(16)}`));

test('new connections of clients that are held or kept off are dropped, and nothing else', () => {
  assert.equal(holding([], []), undefined);
  for (const [held, kept] of [
    [[client], []],
    [[], [client]],
    [others(2), [client]],
    [[client], others(MOST_ADDRESSES)],
  ] as const) {
    const filter = holding(held, kept);
    assert.equal(passes(filter, { source: client, flags: SYN }, 'transport'), 0);
    assert.notEqual(passes(filter, { source: client, flags: ACK }, 'transport'), 0);
    for (const source of [near, far]) assert.notEqual(passes(filter, { source, flags: SYN }, 'transport'), 0);
  }
});

test('too many to be told apart: all wait that are held, but none for those that are only kept off', () => {
  const many = others(MOST_ADDRESSES + 1);
  const syn = { source: client, flags: SYN };
  assert.equal(passes(holding(many, []), syn, 'transport'), 0);
  assert.notEqual(passes(holding(many, []), { source: client }, 'transport'), 0);
  assert.notEqual(passes(holding([], [...many, client]), syn, 'transport'), 0);
  assert.equal(passes(holding([client], many), syn, 'transport'), 0);
});

test('segments of chosen clients to the contact address are told, those that leave are not', () => {
  for (const clients of [[client], [far, client], [...others(MOST_ADDRESSES - 1), client]]) {
    const filter = segmentsOf(clients, home);
    assert.equal(passes(filter, { source: client }, 'network'), 40);
    assert.equal(passes(filter, { source: client, flags: SYN }, 'network'), 40);
    assert.equal(passes(filter, { source: near }, 'network'), 0);
    assert.equal(passes(filter, { source: client, destination: near }, 'network'), 0);
    assert.equal(passes(filter, { source: client, nextHeader: 135 }, 'network'), 0);
    assert.equal(passes(filter, { source: client, type: OUTGOING }, 'network'), 0);
  }
  const all = segmentsOf(others(MOST_ADDRESSES + 1), home);
  assert.equal(passes(all, { source: near }, 'network'), 40, 'of so many each is looked at');
  assert.equal(passes(all, { source: near, destination: client }, 'network'), 0);
});

test('of a client’s segments those pass that come by the optimised route to one home address and port, and acknowledge something', () => {
  const local = { address: home, port: 8080 };
  const filter = routedSegmentFilter(client, local, [5001, 5002]);
  const usual = { source: client, destination: far, routedTo: home, ports: [5003, 8080] } as const;
  const isTold = (segment: Partial<Segment>): boolean =>
    passes(filter, { ...usual, ...segment }, 'network') > 0;
  assert.ok(isTold({}));
  assert.ok(isTold({ flags: ACK | 0x01 }));
  for (const not of [
    ...[
      { source: near },
      { routedTo: near },
      { ports: [5003, 8081] },
      { type: OUTGOING },
      { nextHeader: 17 },
    ],
    ...[
      { ports: [5001, 8080] },
      { ports: [5002, 8080] },
      { flags: SYN | ACK },
      { flags: RST | ACK },
      { flags: SYN },
    ],
    { flags: 0 },
  ] as const)
    assert.ok(!isTold(not), JSON.stringify(not));
  assert.equal(passes(filter, { source: client, ports: [5003, 8080] }, 'network'), 0);
  // However many it has: what is not looked at by the filter is by who reads it.
  const many = Array.from({ length: 1000 }, (_, n) => 1 + n);
  assert.ok(passes(routedSegmentFilter(client, local, many), usual, 'network') > 0);
  assert.equal(
    passes(routedSegmentFilter(client, local, many), { ...usual, ports: [1, 8080] }, 'network'),
    0,
  );
});
