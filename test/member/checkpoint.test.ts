import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import { takeCheckpoint } from '../../nodes/member/survival/checkpoint.ts';
import { LatestSockets } from '../../nodes/member/survival/latest-sockets.ts';

const client = ipv6('2001:db8:c::2');
const port = 40_001;

/** A connection that this end has closed: no checkpoint can be taken of it. */
async function halfClosed(): Promise<readonly [net.Socket, net.Socket]> {
  const server = net.createServer({ allowHalfOpen: true });
  server.listen(0, '::1');
  await once(server, 'listening');
  const { port: at } = server.address() as net.AddressInfo;
  const far = net.connect({ port: at, host: '::1', allowHalfOpen: true });
  const [near] = (await once(server, 'connection')) as [net.Socket];
  server.close();
  near.end();
  await once(far.resume(), 'end');
  return [near, far];
}

test('a gate does not stay of a checkpoint that failed, unless it stood before: the next one must not believe that nothing has passed', async () => {
  const [near, far] = await halfClosed();
  for (const stood of [false, true]) {
    const done: string[] = [];
    const gates = {
      add: () => done.push('added') > 0 && stood,
      remove: () => void done.push('removed'),
    };
    const options = { sent: 0, input: 'gated', sendBuffer: 0 } as const;
    assert.throws(() => takeCheckpoint(gates, near, client, port, options));
    assert.deepEqual(done, stood ? ['added'] : ['added', 'removed']);
  }
  const none = {
    add: () => assert.fail('a gate that was not asked for'),
    remove: () => assert.fail('a gate that never stood'),
  };
  const ungated = { sent: 0, input: 'unprotected', sendBuffer: 0 } as const;
  assert.throws(() => takeCheckpoint(none, near, client, port, ungated), /LabError/);
  near.destroy();
  far.destroy();
});

test('the close of a socket ends its connection, but not one that another socket has by then', () => {
  const [first, second] = [new net.Socket(), new net.Socket()];
  const sockets = new LatestSockets();
  assert.ok(sockets.take(client, port, first));
  assert.ok(!sockets.take(client, port, first));
  assert.ok(sockets.take(client, port, second));
  assert.ok(sockets.take(client, port + 1, first));
  assert.ok(!sockets.end(client, port, first));
  assert.ok(sockets.end(client, port, second));
  assert.ok(!sockets.end(client, port, second));
  assert.ok(sockets.end(client, port + 1, first));
});
