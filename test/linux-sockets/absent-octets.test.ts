import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf, leaveOut, putBack, upToCut } from '../../linux/tcp/absent-octets.ts';
import { decodeTcpState, encodeTcpState } from '../../linux/tcp/state-codec.ts';
import { whyImpossible } from '../../linux/tcp/state-ranges.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { tcpState } from '../support/tcp-state.ts';

const server = { address: ipv6('2001:db8:1::100'), port: 80 };
const client = { address: ipv6('2001:db8:c::2'), port: 4000 };
const queue = fc.uint8Array({ maxLength: 60 });
const written = Uint8Array.from({ length: 200 }, (_, index) => index);
/** As an application that has written `written`. */
const makes = (octets: number): Uint8Array | undefined =>
  octets > written.length ? undefined : written.subarray(written.length - octets);

test('what is made again does not travel, and comes back in its two parts', () => {
  fc.assert(
    fc.property(queue, fc.nat({ max: 100 }), fc.nat({ max: 100 }), (received, sent, unsent) => {
      const all = makes(sent + unsent)!;
      const state = tcpState(server, client, {
        ...{ received, sent: all.subarray(0, sent), unsent: all.subarray(sent) },
      });
      const octets = encodeTcpState(leaveOut(state, makes));
      assert.ok(sent + unsent === 0 || octets.length === 85 + received.length + 8, `${octets.length}`);
      const back = putBack(decodeTcpState(octets), makes);
      assert.deepEqual(
        [back.received, back.sent, back.unsent, back.absent].map(
          (part) => part && Buffer.from(part as Uint8Array).toString('hex'),
        ),
        [received, state.sent, state.unsent]
          .map((part) => Buffer.from(part).toString('hex'))
          .concat([undefined as unknown as string]),
      );
    }),
  );
});

test('octets that the application does not make, or makes otherwise, travel', () => {
  const state = tcpState(server, client, { sent: written.subarray(150), unsent: new Uint8Array(0) });
  for (const make of [
    () => undefined,
    () => new Uint8Array(50),
    () => written.subarray(149),
    () => written.subarray(0, 50),
  ])
    assert.equal(leaveOut(state, make), state);
  assert.equal(
    leaveOut(tcpState(server, client), () => assert.fail('nothing is to be made')).absent,
    undefined,
  );
});

test('an acceptor whose application makes other octets than were written takes none of them', () => {
  const left = leaveOut(tcpState(server, client, { sent: written.subarray(150) }), makes);
  for (const make of [() => undefined, () => new Uint8Array(50), () => written.subarray(149)])
    assert.throws(() => putBack(left, make), /does not make the last 50 octets again to port 4000/);
});

test('a state that says so and has no queue, a digest that is cut off, and more octets than any Init brings are refused', () => {
  const left = leaveOut(tcpState(server, client, { sent: written.subarray(150) }), makes);
  const octets = encodeTcpState(left);
  for (let length = 85; length < octets.length; length++)
    assert.throws(() => decodeTcpState(octets.subarray(0, length)), DecodeError);
  const empty = Uint8Array.from(encodeTcpState(tcpState(server, client)));
  empty[1]! |= 128;
  assert.throws(() => decodeTcpState(empty), /absent, but empty/);
  const absent = { sent: 0, unsent: 16 * 2 ** 20, digest: digestOf(written) };
  assert.equal(whyImpossible(tcpState(server, client, { absent })), undefined);
  const more = { ...absent, unsent: absent.unsent + 1 };
  assert.match(whyImpossible(tcpState(server, client, { absent: more })) ?? '', /made again/);
  const beyond = { ...absent, sent: 65_538, unsent: 0 };
  assert.match(whyImpossible(tcpState(server, client, { absent: beyond })) ?? '', /65538 octets sent/);
});

test('up to an announced cut all counts as sent, more than a window takes at once, and timestamps go on', () => {
  const state = tcpState(server, client, {
    sent: written.subarray(0, 50),
    unsent: written.subarray(50),
    window: { ...tcpState(server, client, {}).window, send: 60, largestSend: 80 },
    timestamp: 0xffffffff,
  });
  const told = upToCut(state, 21.2);
  assert.deepEqual([told.sent, told.unsent.length, told.timestamp], [written, 0, 21]);
  assert.deepEqual(told.window, { ...state.window, largestSend: written.length });
  assert.equal(whyImpossible(decodeTcpState(encodeTcpState(leaveOut(told, makes)))), undefined);
  assert.equal(upToCut({ ...state, timestamp: undefined }, 5).timestamp, undefined);
  assert.equal(upToCut({ ...state, unsent: new Uint8Array(0) }, 5).window.largestSend, 80);
});

test('a client without window scaling is given up to its cut as any other, however many of its windows that takes', () => {
  const makesAny = (octets: number) => new Uint8Array(octets).fill(7);
  const window = {
    ...tcpState(server, client, {}).window,
    send: 65_535,
    largestSend: 65_535,
    receive: 65_535,
  };
  for (const unsent of [65_536, 131_070, 131_071, 1_000_000]) {
    const state = tcpState(server, client, { windowScale: undefined, window, unsent: makesAny(unsent) });
    const told = decodeTcpState(encodeTcpState(leaveOut(upToCut(state, 5), makesAny)));
    assert.equal(whyImpossible(told), undefined, `${unsent} octets`);
    assert.equal(putBack(told, makesAny).sent.length, unsent);
    // Of octets that travel no kernel has sent more than the window let it.
    assert.equal(whyImpossible(upToCut(state, 5)) === undefined, unsent <= 131_070, `${unsent} octets`);
  }
});
