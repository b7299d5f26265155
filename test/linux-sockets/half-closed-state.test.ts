import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { endingConnections, openConnections } from '../../linux/tcp/connection-table.ts';
import { beforeFin } from '../../linux/tcp/restore.ts';
import { encodeSegment } from '../../linux/tcp/segment.ts';
import type { TcpConnectionState } from '../../linux/tcp/state.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';

const [server, client] = [ipv6('2001:db8:1::100'), ipv6('2001:db8:c::2')];

/** RFC 9293 §3.1, octet by octet. */
test('a segment without data, with and without timestamps', () => {
  const segment = {
    sourcePort: 0x1234,
    destinationPort: 8080,
    sequence: 0xfffffffe,
    acknowledgement: 0x01020304,
    window: 0xabcd,
  };
  const plain = encodeSegment({ ...segment, flags: TCP_FLAG.fin | TCP_FLAG.ack });
  assert.equal(Buffer.from(plain).toString('hex'), '12341f90fffffffe010203045011abcd00000000');
  const stamped = encodeSegment({ ...segment, flags: TCP_FLAG.ack, timestamp: 0x0a0b0c0d });
  const expected = '12341f90fffffffe010203048010abcd000000000101080a0a0b0c0d00000000';
  assert.equal(Buffer.from(stamped).toString('hex'), expected);
});

const word = fc.integer({ min: 0, max: 0xffffffff });

/** A donor's window in CLOSE-WAIT: told at or before the FIN, at least up to it. */
const halfClosed = fc
  .record({
    fin: word,
    toldBefore: fc.integer({ min: -1, max: 70_000 }),
    beyond: fc.integer({ min: 0, max: 1e6 }),
  })
  .map(({ fin, toldBefore, beyond }) => {
    const receiveUpdate = (fin - toldBefore) >>> 0;
    // The FIN at `fin` has been taken: the window reached one octet beyond it at least, unless told since.
    const receive = toldBefore + 1 + beyond;
    return { fin, edge: (receiveUpdate + receive) >>> 0, receiveUpdate, receive };
  });

test('the FIN that is still to come fits in the window, whose edge does not move', () => {
  fc.assert(
    fc.property(halfClosed, ({ fin, edge, receiveUpdate, receive }) => {
      const window = { lastUpdateSequence: fin, send: 1, largestSend: 1, receive, receiveUpdate };
      const { window: early } = beforeFin({ receiveNext: fin, window } as TcpConnectionState);
      assert.ok(((fin - early.receiveUpdate) | 0) >= 0, 'not told of an octet that has not come');
      const room = (early.receiveUpdate + early.receive - fin) >>> 0;
      assert.ok(room >= 1 && room < 2 ** 31, `room for ${room}`);
      // Only a window that was closed behind the FIN is opened, by the FIN's own octet.
      const moved = (early.receiveUpdate + early.receive - edge) >>> 0;
      assert.equal(moved, edge === fin ? 1 : 0);
    }),
  );
});

/** Lines of /proc/net/tcp6: local, remote, state. */
function line(local: string, remote: string, state: string): readonly string[] {
  return ['0:', local, remote, state];
}

test('what this end has to bring to its end is told apart from what is open, by port and name', () => {
  const address = (end: string, port: number): string =>
    `${end}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const table = (text: string): string =>
    Buffer.from(
      text
        .split(':')
        .map((group) => group.padStart(4, '0'))
        .join(''),
      'hex',
    )
      .swap32()
      .toString('hex')
      .toUpperCase();
  const local = address(table('2001:db8:1:0:0:0:0:100'), 8080);
  const peer = table('2001:db8:c:0:0:0:0:2');
  const stranger = table('2001:db8:c:0:0:0:0:3');
  const lines = [
    ...['01', '02', '03', '04', '05', '06', '07', '08', '09', '0A', '0B'].map((state, index) =>
      line(local, address(peer, 40_001 + index), state),
    ),
    line(local, address(stranger, 50_000), '09'),
    line(address(table('2001:db8:2:0:0:0:0:100'), 8080), address(peer, 50_001), '09'),
    [''],
  ];
  assert.deepEqual(openConnections(server, client, lines), [40_001, 40_003, 40_008]);
  assert.deepEqual(endingConnections(server, client, lines), [
    { port: 40_004, state: 'FIN-WAIT-1' },
    { port: 40_009, state: 'LAST-ACK' },
    { port: 40_011, state: 'CLOSING' },
  ]);
});
