import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import { ChannelLink } from '../../nodes/member/channel-link.ts';
import { encodeFrame } from '../../server/channel/channel-frames.ts';

/** What the kernel is asked to do on a link that stands; `hears` are octets of the peer. */
function link(): { readonly asked: boolean[]; readonly link: ChannelLink; hears(): void } {
  const socket = new net.Socket();
  const asked: boolean[] = [];
  socket.setKeepAlive = (on = false) => {
    asked.push(on === true);
    return socket;
  };
  const made = new ChannelLink(
    socket,
    () => undefined,
    () => undefined,
    (reason) => assert.fail(reason),
  );
  const hello = { kind: 'hello', careOfAddress: ipv6('2001:db8::1'), incarnation: 1 } as const;
  return { asked, link: made, hears: () => void socket.emit('data', encodeFrame(hello)) };
}

test('an idle connection is silent until it is in doubt, and once the peer has been heard', () => {
  const { asked, link: standing, hears } = link();
  hears();
  assert.deepEqual(asked, []);
  standing.doubt();
  standing.doubt();
  assert.deepEqual(asked, [true]);
  hears();
  hears();
  assert.deepEqual(asked, [true, false]);
  standing.socket.destroy();
});

test('a frame that begins and does not end cuts its sender off, however steadily its octets come', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  context.mock.method(performance, 'now', () => now);
  const socket = new net.Socket();
  const faults: string[] = [];
  new ChannelLink(
    socket,
    () => undefined,
    () => undefined,
    (reason) => faults.push(reason),
    { patience: { ms: 1000, octetsPerMs: 100 } },
  );
  const padding = Buffer.from(encodeFrame({ kind: 'padding', octets: 50_000 }));
  const pass = (ms: number): void => {
    now += ms;
    context.mock.timers.tick(ms);
  };
  socket.emit('data', padding);
  pass(10_000);
  assert.deepEqual(faults, [], 'an idle connection may be silent');
  for (let at = 0; at < 1490; at++) {
    socket.emit('data', padding.subarray(at, at + 1));
    pass(1);
  }
  assert.deepEqual(faults, []);
  pass(11);
  assert.equal(faults.length, 1);
  assert.ok(socket.destroyed);
});
