import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { after, test } from 'node:test';
import type { ApplicationHost } from '../../applications/server-application.ts';
import { UploadServer } from '../../applications/upload-server.ts';

const servers: net.Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

/** The application behind a listener; its socket of the client that connects, and the client's. */
async function connected(taken: () => void = () => {}): Promise<readonly [net.Socket, net.Socket]> {
  const application = new UploadServer({ kind: 'upload', checkpointBytes: 65_536, input: 'gated' });
  const server = {
    clientReceive: () => undefined,
    clientSurvives: () => undefined,
    clientState: () => undefined,
    protect: () => Promise.resolve({ kind: 'protected' }),
    clientClose: (socket: net.Socket) => Promise.resolve(void socket.end()),
  };
  application.start({ server, log: { write: taken } } as unknown as ApplicationHost);
  const listener = net.createServer({ allowHalfOpen: true, highWaterMark: 1024 });
  servers.push(listener.listen(0, '::1'));
  await once(listener, 'listening');
  const near = once(listener, 'connection') as Promise<[net.Socket]>;
  const far = net.connect((listener.address() as net.AddressInfo).port, '::1');
  const [socket] = await near;
  application.onConnection(socket);
  return [socket, far];
}

test('who sends uploads and reads no answers is read no further, and once it reads gets every answer', async () => {
  let taken = 0;
  const [near, far] = await connected(() => taken++);
  const count = 200_000;
  far.pause();
  const stopped = once(near, 'pause');
  far.write('PUT 1\nx'.repeat(count));
  await stopped;
  // What was read with the one that filled the answers, and no more.
  const before = taken;
  assert.ok(before < count && near.isPaused(), `${before}`);
  const line = `${createHash('sha256').update('x').digest('hex')}\n`;
  let answers = 0;
  far.on('data', (chunk) => {
    answers += chunk.length;
    if (answers === count * line.length) far.end();
  });
  far.resume();
  await once(far, 'close');
  assert.deepEqual([taken, answers], [count, count * line.length]);
});

test('what is no request is answered by the end of its connection, however long it is', async () => {
  for (const request of ['PUT x\n', 'GET /\n', 'PUT 1234567890\n', 'P'.repeat(65)]) {
    const [near, far] = await connected();
    far.on('error', () => {}).resume();
    far.write(request);
    await once(near, 'close');
    assert.ok(near.destroyed);
    far.destroy();
  }
});
