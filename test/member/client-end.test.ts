import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeTcpState, encodeTcpState } from '../../linux/tcp/state-codec.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { withClientEnd } from '../../nodes/member/survival/client-end.ts';
import { tcpState } from '../support/tcp-state.ts';

const then = tcpState(
  { address: ipv6('2001:db8:1::100'), port: 80 },
  { address: ipv6('2001:db8:c::2'), port: 4000 },
);
const now = { ...then, receivedFin: true, window: { ...then.window, receiveUpdate: then.receiveNext + 1 } };

test('a client that has sent nothing but its end behind a checkpoint has ended in the checkpoint’s state, too', () => {
  const told = withClientEnd(encodeTcpState(then), {
    ...now,
    sendUnacknowledged: then.sendUnacknowledged + 500,
  });
  assert.ok(told !== undefined);
  const state = decodeTcpState(told);
  assert.equal(state.receivedFin, true);
  assert.equal(
    state.sendUnacknowledged,
    then.sendUnacknowledged,
    'its output goes on where it was described',
  );
  assert.deepEqual(state.window, now.window);
});

test('nothing new is told of one that has sent octets as well, that had ended before, or that has not', () => {
  assert.equal(withClientEnd(encodeTcpState(then), { ...now, receiveNext: then.receiveNext + 1 }), undefined);
  assert.equal(withClientEnd(encodeTcpState(now), now), undefined);
  assert.equal(withClientEnd(encodeTcpState(then), then), undefined);
});
