import assert from 'node:assert/strict';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { FdPoller } from '../../linux/fd-poller.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { ClosingClients } from '../../nodes/member/closing-clients.ts';

const client = ipv6('2001:db8:c:1::2');

/** A client whose last connection has ended, and whose next one is in its handshake while `connecting` holds. */
function world(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const poller = FdPoller.open();
  t.after(() => poller.close());
  const state = { connecting: true, unbound: [] as Ipv6Address[] };
  const closing = new ClosingClients({
    poller,
    mobility: {
      lastSequence: () => 1,
      unbind: (one) => void state.unbound.push(one),
      forget: () => undefined,
    },
    plain: { holdsContact: false },
    isConnected: () => false,
    isConnecting: () => state.connecting,
    holdNewConnections: () => () => undefined,
  });
  const socket = new net.Socket();
  closing.ended(socket, client);
  return { state, closing, tick: (ms: number) => t.mock.timers.tick(ms) };
}

test('a client that is coming again is looked at again, and let go when it has not come', (t) => {
  const { state, tick } = world(t);
  tick(3000);
  assert.deepEqual(state.unbound, []);
  state.connecting = false;
  tick(1000);
  assert.deepEqual(state.unbound, [client]);
});

test('after the end nobody is looked at, and no binding deleted', (t) => {
  const { state, closing, tick } = world(t);
  closing.stop();
  state.connecting = false;
  tick(5000);
  closing.ended(new net.Socket(), client);
  assert.deepEqual(state.unbound, []);
});
