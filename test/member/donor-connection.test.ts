import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, test } from 'node:test';
import { FdPoller } from '../../linux/fd-poller.ts';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { DonorConnection } from '../../nodes/member/donor-connection.ts';
import { clientListener } from '../../nodes/support/client-socket.ts';

const poller = FdPoller.open();
after(() => poller.close());

/** A connection on its way to an acceptor; `problem`: how it has ended for the client. */
async function departing(): Promise<{ connection: DonorConnection; far: net.Socket; problem(): string }> {
  const accepted = Promise.withResolvers<net.Socket>();
  const listener = clientListener(accepted.resolve).listen(0, '::1');
  await once(listener, 'listening');
  const far = net.connect((listener.address() as net.AddressInfo).port, '::1').resume();
  let problem = '';
  far.on('error', (error) => (problem = String(Reflect.get(error, 'code'))));
  const socket = await accepted.promise;
  listener.close();
  const departing = { socket, applicationState: new Uint8Array(0) };
  const connection = new DonorConnection(departing, { poller, sendBuffer: 65_536 }, () => undefined);
  return { connection, far, problem: () => problem };
}

/** Two turns of the kernel and of Node, in which an end would have come. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('a connection that its application has destroyed on the way is held until it is known who serves, and then reset', async () => {
  const { connection, far, problem } = await departing();
  assert.equal(connection.isDestroyed, false);
  connection.socket.destroy();
  assert.equal(connection.isDestroyed, true);
  await settle();
  assert.equal(far.destroyed, false, 'the acceptor may serve it');
  connection.brokenOff('the acceptor refuses');
  await new Promise((resolve) => far.once('close', resolve));
  assert.equal(problem(), 'ECONNRESET');
  assert.ok(connection.outcome instanceof ProtocolError, 'nobody serves on with a socket that is no more');
});

test('one that stays goes on as it was', async () => {
  const { connection, far } = await departing();
  connection.stays();
  assert.equal(connection.outcome, connection.socket);
  connection.socket.write('on');
  assert.deepEqual(await once(far, 'data'), [Buffer.from('on')]);
  connection.socket.destroy();
  far.destroy();
});
