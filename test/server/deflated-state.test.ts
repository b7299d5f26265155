import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { LARGEST_STATES_OCTETS } from '../../server/channel/frame-limits.ts';
import { decodeConnections, whyNotInOneInit } from '../../server/handoff/connection-bundle.ts';
import { deflated, Inflating } from '../../server/handoff/deflated-state.ts';

/** A TCP state begins with its version. */
function stateOf(queue: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(1), queue]);
}

/** As any member could send it. */
function head(octets: number, body: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(octets);
  return Buffer.concat([Uint8Array.of(255), length, body]);
}

test('what a client has sent in words passes in fewer octets, and comes out as it was', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(200), (piece, times) => {
      const state = stateOf(Buffer.concat(Array.from({ length: times }, () => piece)));
      const moved = deflated(state);
      assert.ok(moved.length <= state.length);
      assert.deepEqual(Buffer.from(new Inflating().next(moved)), Buffer.from(state));
    }),
  );
  assert.ok(deflated(stateOf(new Uint8Array(1_000_000))).length < 10_000);
});

test('what does not become shorter passes as it is', () => {
  const state = stateOf(randomBytes(5000));
  assert.equal(deflated(state), state);
});

test('as an independent encoder deflates it, it is read', () => {
  const state = stateOf(Buffer.from('all of a line, all of a line'));
  assert.deepEqual(new Inflating().next(head(state.length, deflateRawSync(state))), state);
});

test('a deflated state is read to its last octet and no further, or refused', () => {
  const state = stateOf(Buffer.alloc(4000, 'x'));
  const body = deflateRawSync(state);
  const bad = [
    head(state.length - 1, body),
    head(state.length + 1, body),
    head(0, body),
    head(state.length, Buffer.concat([body, Uint8Array.of(0)])),
    head(state.length, body.subarray(0, -1)),
    head(state.length, randomBytes(50)),
    Uint8Array.of(255),
    Uint8Array.of(255, 0, 0, 0),
  ];
  for (const one of bad) assert.throws(() => new Inflating().next(one), ProtocolError);
});

test('few octets never become more than an Init may have, of one connection or of many', () => {
  const half = Buffer.alloc(LARGEST_STATES_OCTETS / 2, 1);
  const small = head(half.length, deflateRawSync(half));
  const states = new Inflating();
  states.next(small);
  states.next(small);
  assert.throws(() => states.next(Uint8Array.of(1)), /more than/);
  const most = Buffer.alloc(LARGEST_STATES_OCTETS + 1, 1);
  assert.throws(() => new Inflating().next(head(most.length, deflateRawSync(most))), /more than/);
  // It names fewer than come out.
  assert.throws(() => new Inflating().next(head(10, deflateRawSync(most))), ProtocolError);
});

test('a donor counts what its states have at the acceptor', () => {
  const applicationState = new Uint8Array(0);
  const most = deflated(stateOf(Buffer.alloc(LARGEST_STATES_OCTETS - 1, 'x')));
  assert.equal(whyNotInOneInit([{ tcpState: most, applicationState }]), undefined);
  const more = deflated(stateOf(Buffer.alloc(LARGEST_STATES_OCTETS, 'x')));
  assert.match(
    whyNotInOneInit([{ tcpState: more, applicationState }]) ?? '',
    new RegExp(`has ${LARGEST_STATES_OCTETS + 1} octets`),
  );
  const half = deflated(stateOf(Buffer.alloc(LARGEST_STATES_OCTETS / 2, 'x')));
  const two = [half, half].map((tcpState) => ({ tcpState, applicationState }));
  assert.match(whyNotInOneInit(two) ?? '', /of 2 connections/);
});

test('an Init brings deflated states of one connection, and of several', () => {
  const [one, two] = [stateOf(Buffer.alloc(900, 'a')), stateOf(Buffer.alloc(900, 'b'))];
  const applicationState = Uint8Array.of(7);
  const [alone] = decodeConnections({ tcpState: deflated(one), applicationState });
  assert.deepEqual(Buffer.from(alone!.tcpState), one);
  const bundle = [one, two].flatMap((state) => {
    const tcpState = deflated(state);
    return [u32(tcpState.length), tcpState, u32(1), applicationState];
  });
  const both = decodeConnections({
    tcpState: new Uint8Array(0),
    applicationState: Buffer.concat([Uint8Array.of(2), ...bundle]),
  });
  assert.deepEqual(
    both.map(({ tcpState }) => Buffer.from(tcpState)),
    [one, two],
  );
});

function u32(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}
