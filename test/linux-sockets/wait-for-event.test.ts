import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { waitForEvent } from '../../linux/socket-libc.ts';

const [POLLIN, POLLRDHUP] = [0x1, 0x2000];

/** Node keeps it to itself. */
function descriptorOf(socket: Socket): number {
  return (socket as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}

test('waits for the event that is asked for, and no longer than it may', async () => {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '::1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect((server.address() as AddressInfo).port, '::1');
  const [[socket]] = await Promise.all([accepted, once(client, 'connect')]);
  try {
    const descriptor = descriptorOf(socket);
    assert.equal(waitForEvent(descriptor, POLLIN | POLLRDHUP, 1), false);
    client.write('octets');
    assert.equal(waitForEvent(descriptor, POLLIN, 5000), true);
    assert.equal(waitForEvent(descriptor, POLLRDHUP, 1), false, 'octets are no end');
    client.end();
    await once(client, 'finish');
    assert.equal(waitForEvent(descriptor, POLLRDHUP, 5000), true);
  } finally {
    for (const one of [client, socket]) one.destroy();
    server.close();
  }
});

test('a descriptor that is none has no event', () => {
  assert.equal(waitForEvent(999_999, POLLIN, 1), false);
});
