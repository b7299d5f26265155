import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, test } from 'node:test';
import { FdPoller } from '../../linux/fd-poller.ts';
import { ProtocolError } from '../../mip6/roles/errors.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { Handoffs } from '../../nodes/member/handoffs.ts';
import { EventLog } from '../../nodes/support/event-log.ts';
import type { HandoffFrame } from '../../server/channel-frames.ts';
import { handoffVariant } from '../../server/variants.ts';

const client = ipv6('2001:db8:c::2');
const contactAddress = ipv6('2001:db8:1::100');
const [peer, third] = [ipv6('2001:db8:2::2'), ipv6('2001:db8:3::2')];
const announcement = { handoff: 7, client, contactAddress } as const;
const prepare: HandoffFrame = { kind: 'prepare', ...announcement };
const nothing = new Uint8Array(0);
const init: HandoffFrame = {
  kind: 'init',
  ...announcement,
  sequence: 41,
  tcpState: Uint8Array.of(1),
  applicationState: nothing,
};

const poller = FdPoller.open();
const sockets: net.Socket[] = [];
after(() => {
  for (const socket of sockets) socket.destroy();
  poller.close();
});

/** A member's handoffs; `steps`: what they asked of the mobile-node part and the channel, in order. */
function member(): { readonly handoffs: Handoffs; readonly steps: string[] } {
  const steps: string[] = [];
  const note = (step: string) => (): void => void steps.push(step);
  const handoffs = new Handoffs({
    contactAddress,
    doneTimeoutMs: 1000,
    leaseMs: 300,
    mobility: {
      startReturnRoutability: note('start-return-routability'),
      bindAsAcceptor: note('bind'),
      renew: note('renew'),
      contest: note('contest'),
      reclaim: note('reclaim'),
      suspend: note('suspend'),
      resume: note('resume'),
      forget: note('forget'),
      handedOff: note('handed-off'),
      lastSequence: () => 41,
    },
    poller,
    log: new EventLog('node', '/dev/null'),
    send: (to, frame) => {
      const bound = frame.kind === 'refuse' ? ` bound=${frame.bound}` : '';
      steps.push(`${frame.kind}${bound} to ${to}`);
      return true;
    },
    holdNewConnections: () => () => undefined,
    whenDrained: (socket) => {
      steps.push(`drain, Node holding ${socket.writableLength}`);
      return new Promise(() => undefined);
    },
    restoring: () => {
      steps.push('restore');
      return { sendBuffer: 65_536, withInitialWindow: (_, connect) => connect() };
    },
    onClient: note('client'),
  });
  return { handoffs, steps };
}

/** A connection over the loopback interface: the member's end, and the client's. */
async function connection(): Promise<{ readonly served: net.Socket; readonly far: net.Socket }> {
  const server = net.createServer().listen(0, '::1');
  await once(server, 'listening');
  const far = net.connect((server.address() as net.AddressInfo).port, '::1');
  const [served] = (await once(server, 'connection')) as [net.Socket];
  for (const socket of [served, far]) sockets.push(socket.on('error', () => undefined));
  server.close();
  return { served, far };
}

function donation(socket: net.Socket, variant = 'baseline') {
  return {
    connections: [{ socket, applicationState: nothing }],
    client,
    acceptor: third,
    variant: handoffVariant(variant),
    waitMs: 0,
  };
}

/** Lets everything that is ready happen. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

test('an Init that crosses the Refuse of a Prepare given up is refused, and restores nothing', () => {
  const { handoffs, steps } = member();
  handoffs.onFrame(peer, prepare);
  handoffs.onMobilityEvent({ kind: 'gave-up', correspondent: client, step: 'home-test' });
  assert.deepEqual(steps, ['start-return-routability', `refuse bound=false to ${peer}`]);
  handoffs.onFrame(peer, init);
  assert.deepEqual(steps.slice(2), [`refuse bound=false to ${peer}`]);
});

test('an Init that was not announced begins a handoff, as does one whose announcement still stands', () => {
  for (const frames of [[init], [prepare, init]]) {
    const { handoffs, steps } = member();
    for (const frame of frames) handoffs.onFrame(peer, frame);
    assert.deepEqual(steps.slice(0, 2), ['start-return-routability', 'restore']);
  }
});

test('a new process of the donor counts from one: what its predecessor announced and lost does not stand in its way', () => {
  const { handoffs, steps } = member();
  handoffs.onFrame(peer, prepare);
  handoffs.onPeer(peer, 'lost');
  handoffs.onPeer(peer, 'gone');
  steps.length = 0;
  handoffs.onFrame(peer, init);
  assert.ok(steps.includes('restore'), steps.join());
});

test('a Cancel of what was only announced says that nothing was bound; of an unknown handoff, that it may have been', () => {
  const known = member();
  known.handoffs.onFrame(peer, prepare);
  known.handoffs.onFrame(peer, { kind: 'cancel', handoff: 7 });
  assert.ok(known.steps.includes(`refuse bound=false to ${peer}`), known.steps.join());
  const givenUp = member();
  givenUp.handoffs.onFrame(peer, prepare);
  givenUp.handoffs.onMobilityEvent({ kind: 'gave-up', correspondent: client, step: 'home-test' });
  givenUp.steps.length = 0;
  givenUp.handoffs.onFrame(peer, { kind: 'cancel', handoff: 7 });
  assert.deepEqual(givenUp.steps, [`refuse bound=false to ${peer}`]);
  const unknown = member();
  unknown.handoffs.onFrame(peer, { kind: 'cancel', handoff: 7 });
  assert.deepEqual(unknown.steps, [`refuse bound=true to ${peer}`]);
});

test('a client is not handed on before its donor has released it', async () => {
  const { handoffs, steps } = member();
  const { served } = await connection();
  handoffs.onFrame(peer, prepare);
  steps.length = 0;
  handoffs.donate(donation(served)).catch(() => undefined);
  await settle();
  assert.equal(steps.length, 0, `while another member might take the client back: ${steps.join()}`);
  handoffs.onFrame(peer, { kind: 'cancel', handoff: 7 });
  await settle();
  assert.ok(steps.includes('suspend'), steps.join());
});

test('a handoff that fails while it waits for the one before leaves its connection alone for good', async () => {
  const { handoffs, steps } = member();
  const { served, far } = await connection();
  handoffs.onFrame(peer, prepare);
  const donated = handoffs.donate(donation(served));
  await settle();
  handoffs.onPeer(third, 'gone');
  assert.deepEqual(await donated, [served]);
  steps.length = 0;
  // Now the one before is over: nobody waits for that any more.
  handoffs.onFrame(peer, { kind: 'cancel', handoff: 7 });
  await settle();
  assert.ok(!steps.includes('suspend'), steps.join());
  far.write('more');
  assert.deepEqual(await once(served, 'data'), [Buffer.from('more')]);
});

test('a socket is not frozen while Node holds octets that the kernel has not taken', async () => {
  const { handoffs, steps } = member();
  const { served, far } = await connection();
  served.write(Buffer.alloc(16 * 1024 * 1024));
  assert.ok(served.writableLength > 0, 'the kernel took everything at once');
  handoffs.donate(donation(served)).catch(() => undefined);
  await settle();
  assert.equal(steps.length, 0, steps.join());
  far.resume();
  while (served.writableLength > 0) await once(far, 'data');
  await settle();
  assert.equal(steps[0], 'suspend');
});

test('the last send() has returned when the kernel has every octet: then Prepare leaves and the socket drains', async () => {
  const { handoffs, steps } = member();
  const { served, far } = await connection();
  served.write(Buffer.alloc(16 * 1024 * 1024));
  assert.ok(served.writableLength > 0, 'the kernel took everything at once');
  handoffs.donate(donation(served, 'drain+advance-rr')).catch(() => undefined);
  await settle();
  assert.deepEqual(steps, []);
  far.resume();
  while (served.writableLength > 0) await once(far, 'data');
  await settle();
  assert.deepEqual(steps, [`prepare to ${third}`, 'drain, Node holding 0']);
});

test('what waits in a corked socket is the last send(), too', async () => {
  const { handoffs, steps } = member();
  const { served, far } = await connection();
  served.cork();
  served.cork();
  served.write('the last');
  handoffs.donate(donation(served, 'drain')).catch(() => undefined);
  assert.deepEqual(await once(far, 'data'), [Buffer.from('the last')]);
  await settle();
  assert.deepEqual(steps, ['drain, Node holding 0']);
});

test('a connection that ends while Node still holds octets is gone, and was never announced', async () => {
  const { handoffs, steps } = member();
  const { served, far } = await connection();
  served.write(Buffer.alloc(16 * 1024 * 1024));
  const donated = handoffs.donate(donation(served, 'drain+advance-rr'));
  far.resetAndDestroy();
  const [outcome] = await donated;
  assert.ok(outcome instanceof ProtocolError);
  assert.deepEqual(steps, []);
});

test('a Prepare without an Init is cancelled: by the application, by another acceptor, by the end of the client', async () => {
  const { handoffs, steps } = member();
  handoffs.prepare(client, peer);
  handoffs.withdraw(client);
  handoffs.prepare(client, peer);
  handoffs.prepare(client, third);
  assert.deepEqual(steps, [
    `prepare to ${peer}`,
    `cancel to ${peer}`,
    `prepare to ${peer}`,
    `cancel to ${peer}`,
    `prepare to ${third}`,
  ]);
  steps.length = 0;
  const { served } = await connection();
  const donated = handoffs.donate(donation(served, 'drain'));
  served.destroy();
  const [outcome] = await donated;
  assert.ok(outcome instanceof ProtocolError);
  const cancelled = ['drain, Node holding 0', `cancel to ${third}`];
  assert.deepEqual(steps, cancelled, 'the connection ended before Init');
});
