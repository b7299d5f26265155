import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { startReading, stopReading } from '../../linux/tcp/node-socket.ts';

/** The server's end of a connection on this host, and the client's. */
async function pair(): Promise<{ served: net.Socket; client: net.Socket; close(): void }> {
  const server = net.createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [served] = (await once(server, 'connection')) as [net.Socket];
  const close = (): void => {
    for (const end of [served, client]) end.destroy();
    server.close();
  };
  return { served, client, close };
}

/** Lets the event loop go round until it holds, a bounded number of times. */
async function until(holds: () => boolean): Promise<void> {
  for (let round = 0; round < 100_000 && !holds(); round++)
    await new Promise((resolve) => setImmediate(resolve));
  assert.ok(holds());
}

test('octets that come between two applications of a socket wait for the second one', async () => {
  const { served, client, close } = await pair();
  try {
    const got: string[] = [];
    const first = (chunk: Buffer): void => void got.push(`first ${String(chunk)}`);
    served.on('data', first);
    client.write('one');
    await until(() => got.length === 1);
    // The first one lets go; Node has read something that it has not told.
    served.off('data', first);
    stopReading(served);
    served.unshift(Buffer.from('held '));
    client.write('two');
    startReading(served);
    await until(() => served.readableLength === 8);
    served.on('data', (chunk: Buffer) => void got.push(`second ${String(chunk)}`));
    client.write(' three');
    await until(() => got.join('').includes('three'));
    assert.equal(got.join('').replaceAll('second ', ''), 'first oneheld two three');
  } finally {
    close();
  }
});

test('whoever listens on goes on at once, and an end is told behind the last octet', async () => {
  const { served, client, close } = await pair();
  try {
    let got = '';
    let ended = false;
    served.on('data', (chunk: Buffer) => (got += String(chunk)));
    served.on('end', () => (ended = true));
    stopReading(served);
    client.end('all');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(got, '');
    startReading(served);
    await until(() => ended);
    assert.equal(got, 'all');
  } finally {
    close();
  }
});
