import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { readAhead } from '../../linux/tcp/node-socket.ts';
import { discardFirst, stillDiscarded } from '../../nodes/member/survival/replayed-output.ts';

/** Both ends of a connection. */
async function connected(): Promise<readonly [net.Socket, net.Socket]> {
  const server = net.createServer();
  server.listen(0, '::1');
  await once(server, 'listening');
  const far = net.connect((server.address() as net.AddressInfo).port, '::1');
  const [near] = (await once(server, 'connection')) as [net.Socket];
  server.close();
  return [near, far];
}

function notKnown(): never {
  assert.fail('the other end had not heard of the end');
}

/** What comes of `write` at the other end, all but the first octets. */
async function got(octets: number, write: (socket: net.Socket) => void): Promise<string> {
  const [near, far] = await connected();
  discardFirst(near, octets, notKnown);
  const chunks: Buffer[] = [];
  far.on('data', (chunk) => chunks.push(chunk));
  write(near);
  near.end();
  await once(far, 'end');
  far.destroy();
  return Buffer.concat(chunks).toString();
}

test('the first octets that are written go nowhere, however they are written, and all behind them goes out', async () => {
  assert.equal(await got(0, (socket) => socket.write('abcdef')), 'abcdef');
  assert.equal(await got(4, (socket) => socket.write('abcdef')), 'ef');
  assert.equal(await got(6, (socket) => socket.write('abcdef')), '');
  const many = (socket: net.Socket): void => {
    socket.cork();
    for (const part of ['ab', 'cd', 'ef', 'gh']) socket.write(part);
    socket.uncork();
    socket.write(Buffer.from('ij'));
  };
  for (let octets = 0; octets <= 10; octets++)
    assert.equal(await got(octets, many), 'abcdefghij'.slice(octets));
  // Octets, not characters.
  assert.equal(await got(2, (socket) => socket.write('üb')), 'b');
});

test('how much is still to be thrown away is known at any time', async () => {
  const [near, far] = await connected();
  discardFirst(near, 5, notKnown);
  assert.equal(stillDiscarded(near), 5);
  near.write('abc');
  assert.equal(stillDiscarded(near), 2);
  near.write('defg');
  assert.equal(stillDiscarded(near), 0);
  near.destroy();
  far.destroy();
});

test('an end that the other one has is not said again; the connection goes on as one that this side has ended', async () => {
  for (const answer of ['', 'answer']) {
    const [near, far] = await connected();
    let known = 0;
    discardFirst(near, answer.length + 1, () => known++);
    far.on('end', () => assert.fail('a second end')).resume();
    if (answer !== '') near.write(answer);
    assert.equal(stillDiscarded(near), 1);
    near.end();
    await once(near, 'finish');
    assert.deepEqual([known, stillDiscarded(near), near.destroyed], [1, 0, false]);
    const [heard] = await Promise.all([once(near, 'data'), far.write('more')]);
    assert.equal(String(heard[0]), 'more');
    near.destroy();
    far.removeAllListeners('end').destroy();
  }
});

test('an application that ends before it has written what the client has already is not believed', async () => {
  const [near, far] = await connected();
  discardFirst(near, 8, notKnown);
  far.on('error', () => {});
  const failed = once(near, 'error');
  near.end('answer');
  const [error] = await failed;
  assert.match(String(error), /the client has 1 octets more than were written/);
  assert.ok(near.destroyed);
  far.destroy();
});

test('what waits in a stream for its application is seen and stays there, whether it flows or not', async () => {
  const [near, far] = await connected();
  assert.equal(readAhead(near).length, 0);
  near.pause();
  near.unshift(Buffer.from('later'));
  near.unshift(Buffer.from('first '));
  assert.equal(Buffer.from(readAhead(near)).toString(), 'first later');
  const seen: string[] = [];
  near.on('data', (chunk) => {
    seen.push(chunk.toString());
    // What comes behind this one is still to be given.
    if (seen.length === 1) assert.equal(Buffer.from(readAhead(near)).toString(), 'later');
  });
  near.resume();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(seen, ['first ', 'later']);
  near.pause();
  near.setEncoding('utf8');
  near.unshift('text');
  assert.throws(() => readAhead(near), /no octets/);
  near.destroy();
  far.destroy();
});
