import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FilterInstruction, MOST_ADDRESSES, OUTGOING, PACKET_TYPE } from '../../linux/packet-filter.ts';
import { segmentsOf } from '../../linux/stray-segment-monitor.ts';
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
const TCP = 6;

interface Segment {
  readonly source: Ipv6Address;
  readonly destination?: Ipv6Address;
  readonly flags?: number;
  readonly nextHeader?: number;
  readonly type?: number;
}

/** What a classic BPF machine lets pass of a segment, in octets; `at` 0 of the filter is the IPv6 header, or the TCP header. */
function passes(
  program: readonly FilterInstruction[] | undefined,
  { source, destination = home, flags = ACK, nextHeader = TCP, type = 0 }: Segment,
  from: 'network' | 'transport',
): number {
  assert.ok(program !== undefined && program.length <= 4095);
  const header = Buffer.concat([
    Buffer.of(0x60, 0, 0, 0, 0, 20, nextHeader, 64),
    ipv6ToBytes(source),
    ipv6ToBytes(destination),
  ]);
  const tcp = Buffer.alloc(20);
  tcp[TCP_FLAGS] = flags;
  const read = (at: number, octets: number): number => {
    if (at === PACKET_TYPE) return type;
    if (at < 0) return header.readUIntBE(at - NETWORK_HEADER, octets);
    return (from === 'network' ? header : tcp).readUIntBE(at, octets);
  };
  let loaded = 0;
  for (let at = 0; at < program.length; at++) {
    const { code, operand, whenTrue, whenFalse } = program[at]!;
    const jump = (to: FilterInstruction['whenTrue']): void => {
      assert.ok(typeof to === 'number' && to < 256);
      at += to;
    };
    if (code === 0x06) return operand;
    if (code === 0x05) at += operand;
    else if (code === 0x15) jump(loaded === operand ? whenTrue : whenFalse);
    else if (code === 0x45) jump((loaded & operand) !== 0 ? whenTrue : whenFalse);
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
