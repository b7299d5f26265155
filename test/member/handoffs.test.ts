import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, test } from 'node:test';
import { FdPoller } from '../../linux/fd-poller.ts';
import { MOVABLE_OPTIONS } from '../../linux/tcp/movable-options.ts';
import { encodeTcpState } from '../../linux/tcp/state-codec.ts';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import type { HandoffContext } from '../../nodes/member/handoff-context.ts';
import { Handoffs } from '../../nodes/member/handoffs.ts';
import { type EventFields, EventLog } from '../../nodes/support/event-log.ts';
import { GroupAddresses } from '../../server/admission/group-addresses.ts';
import { MOST_OF_PEER } from '../../server/admission/handoff-admission.ts';
import type { HandoffFrame } from '../../server/channel/channel-frames.ts';
import type { InitFrame } from '../../server/handoff/beginning-frames.ts';
import { encodeConnections } from '../../server/handoff/connection-bundle.ts';
import { handoffVariant } from '../../server/variants/variants.ts';
import { tcpState } from '../support/tcp-state.ts';

const client = ipv6('2001:db8:c::2');
const contactAddress = ipv6('2001:db8:1::100');
const [peer, third] = [ipv6('2001:db8:2::2'), ipv6('2001:db8:3::2')];
const announcement = { handoff: 7, client, contactAddress } as const;
const prepare: HandoffFrame = { kind: 'prepare', ...announcement };
const nothing = new Uint8Array(0);
const servicePort = 8080;
const state = tcpState({ address: contactAddress, port: servicePort }, { address: client, port: 4000 });
const init: InitFrame = {
  kind: 'init',
  ...announcement,
  sequence: 41,
  tcpState: encodeTcpState(state),
  applicationState: nothing,
};

const poller = FdPoller.open();
const sockets: net.Socket[] = [];
after(() => {
  for (const socket of sockets) socket.destroy();
  poller.close();
});

/** A member's handoffs; `steps`: what they asked of the mobile-node part and the channel, in order. */
function member(but: Partial<HandoffContext> = {}): {
  readonly handoffs: Handoffs;
  readonly steps: string[];
} {
  const steps: string[] = [];
  const note = (step: string) => (): void => void steps.push(step);
  const handoffs = new Handoffs({
    contactAddress,
    servicePort,
    group: new GroupAddresses([[contactAddress, 'contact address']]),
    doneTimeoutMs: 1000,
    leaseMs: 300,
    mobility: {
      ask: (_, { kind }) => void steps.push(kind),
      testHome: note('test-home'),
      holdsHomeToken: () => true,
      bindFor: note('bind-for'),
      suspend: note('suspend'),
      stopOptimising: note('stop-optimising'),
      resume: note('resume'),
      forget: note('forget'),
      handedOff: note('handed-off'),
      lastSequence: () => 41,
    },
    poller,
    sendBuffer: 65_536,
    log: new EventLog('node', '/dev/null'),
    send: (to, frame) => {
      const bound = frame.kind === 'refuse' ? ` bound=${frame.bound}` : '';
      steps.push(`${frame.kind}${bound} to ${to}`);
      return true;
    },
    attentionTo: () => undefined,
    takesClaims: () => true,
    takesVariants: () => true,
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
    ...but,
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
  handoffs.onAnswer({ kind: 'unanswered', client, reason: 'no answer' });
  assert.deepEqual(steps, ['start-return-routability', `refuse bound=false to ${peer}`]);
  handoffs.onFrame(peer, init);
  assert.deepEqual(steps.slice(2), [`refuse bound=false to ${peer}`]);
});

test('an Init that was not announced begins a handoff, as does one whose announcement still stands', () => {
  for (const frames of [[init], [prepare, init]]) {
    const { handoffs, steps } = member();
    for (const frame of frames) handoffs.onFrame(peer, frame);
    assert.deepEqual(steps.slice(0, 2), ['start-return-routability', 'restore']);
    // Where the host lets it be re-created, its socket would be there for the tests that follow.
    handoffs.onFrame(peer, { kind: 'cancel', handoff: 7 });
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
  handoffs.onFrame(peer, { kind: 'cancel', handoff: 7 });
});

test('a Cancel of what was only announced says that nothing was bound; of an unknown handoff, that it may have been', () => {
  const known = member();
  known.handoffs.onFrame(peer, prepare);
  known.handoffs.onFrame(peer, { kind: 'cancel', handoff: 7 });
  assert.ok(known.steps.includes(`refuse bound=false to ${peer}`), known.steps.join());
  const givenUp = member();
  givenUp.handoffs.onFrame(peer, prepare);
  givenUp.handoffs.onAnswer({ kind: 'unanswered', client, reason: 'no answer' });
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

test('a connection that its application has ended is not written to: its octets and its end go out first', async () => {
  const { handoffs } = member();
  const { served, far } = await connection();
  const problems: Error[] = [];
  served.on('error', (error) => problems.push(error));
  served.write(Buffer.alloc(16 * 1024 * 1024));
  served.end();
  handoffs.donate(donation(served, 'drain')).catch(() => undefined);
  let octets = 0;
  for await (const chunk of far) octets += chunk.length;
  assert.deepEqual([octets, problems, served.writableFinished], [16 * 1024 * 1024, [], true]);
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

test('a handoff that fails gives back what is left of its connections; of one that its application has destroyed it says so', async () => {
  const { handoffs } = member();
  const [destroyed, living] = [await connection(), await connection()];
  const { connections, ...request } = donation(destroyed.served, 'drain');
  const second = { socket: living.served, applicationState: nothing };
  const donated = handoffs.donate({ ...request, connections: [...connections, second] });
  await settle();
  destroyed.served.destroy();
  // Before Node tells that it has closed.
  handoffs.onPeer(third, 'gone');
  const [gone, back] = await donated;
  assert.ok(gone instanceof ProtocolError);
  assert.match(gone.message, /its application has ended it here meanwhile/);
  assert.equal(back, living.served);
});

test('a Prepare without an Init is cancelled: by the application, by another acceptor, by the end of the client', async () => {
  const { handoffs, steps } = member();
  handoffs.prepare(client, peer, handoffVariant('advance-rr'));
  handoffs.withdraw(client);
  handoffs.prepare(client, peer, handoffVariant('advance-rr'));
  handoffs.prepare(client, third, handoffVariant('advance-rr'));
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

test('an Init that names other ends than its client’s and the service’s is refused before anything is done for it', () => {
  const local = { address: contactAddress, port: servicePort };
  const remote = { address: client, port: 4000 };
  const named = (state: ReturnType<typeof tcpState>): HandoffFrame => ({
    ...init,
    tcpState: encodeTcpState(state),
  });
  const window = { ...state.window, lastUpdateSequence: (state.receiveNext + 70_000) >>> 0 };
  const frames: readonly HandoffFrame[] = [
    named(tcpState({ ...local, address: third }, remote)),
    named(tcpState({ ...local, port: 22 }, remote)),
    named(tcpState(local, { ...remote, address: third })),
    named(tcpState(local, remote, { window })),
    { ...init, tcpState: Uint8Array.of(1) },
    { ...init, tcpState: nothing },
    { ...init, client: contactAddress },
    { ...init, client: ipv6('ff02::1') },
    { ...init, contactAddress: third },
    { ...init, forwarded: [{ clientPort: 4000, servicePort: 22 }] },
    { ...prepare, client: ipv6('ff02::1') },
  ];
  const { handoffs, steps } = member();
  for (const frame of frames) handoffs.onFrame(peer, frame);
  assert.deepEqual(new Set(steps), new Set([`refuse bound=false to ${peer}`]));
  assert.equal(steps.length, frames.length);
  assert.equal(handoffs.notAdmitted, frames.length);
});

/** `state` with options that nobody has heard of: all numbers that are free; 255 is a closed window's. */
function withUnknownOptions(whole: Uint8Array): Uint8Array {
  const known = new Set(MOVABLE_OPTIONS.map(({ wire }) => wire));
  const unknown = Array.from({ length: 255 }, (_, wire) => wire).filter((wire) => !known.has(wire));
  const octets = Buffer.from(unknown.flatMap((wire) => [wire, 1, 7]));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(octets.length);
  const flagged = Buffer.from(whole);
  flagged[1]! |= 1 << 6; // the flag of options: state-codec.ts
  return Buffer.concat([flagged, length, octets]);
}

test('options that nobody knows cost an Init one line of the log, whatever its connections bring, and a flood of them a hundred', () => {
  const lines: EventFields[] = [];
  const log = {
    write: (event: string, fields: EventFields = {}) =>
      void (event === 'socket-option-not-set' && lines.push(fields)),
  };
  const { handoffs } = member({ log });
  const states = [4000, 4001, 4002].map((port) => {
    const tcp = tcpState({ address: contactAddress, port: servicePort }, { address: client, port });
    return { tcpState: withUnknownOptions(encodeTcpState(tcp)), applicationState: nothing };
  });
  const many: HandoffFrame = { ...init, ...encodeConnections(states) };
  handoffs.onFrame(peer, many);
  handoffs.onFrame(peer, { kind: 'cancel', handoff: 7 });
  assert.equal(lines.length, 1);
  assert.equal(String(lines[0]?.option).split(' ').length, 255 - MOVABLE_OPTIONS.length);
  const one: HandoffFrame = { ...init, tcpState: withUnknownOptions(init.tcpState) };
  for (let handoff = 8; handoff < 8 + 200; handoff++) {
    handoffs.onFrame(third, { ...one, handoff });
    handoffs.onFrame(third, { kind: 'cancel', handoff });
  }
  assert.ok(lines.length <= 100, `${lines.length} lines`);
});

test('a handoff that was announced for one client does not become another’s', () => {
  const { handoffs, steps } = member();
  handoffs.onFrame(peer, prepare);
  const another = ipv6('2001:db8:c::3');
  const states = tcpState({ address: contactAddress, port: servicePort }, { address: another, port: 4000 });
  handoffs.onFrame(peer, { ...init, client: another, tcpState: encodeTcpState(states) });
  assert.ok(!steps.includes('restore'), steps.join());
  assert.equal(steps.at(-1), `refuse bound=false to ${peer}`);
});

test('a peer that announces one client again and again has one handoff here, and a few begun in a second', () => {
  const { handoffs, steps } = member();
  const before = process.cpuUsage();
  for (let handoff = 1; handoff <= 3000; handoff++) handoffs.onFrame(peer, { ...prepare, handoff });
  const { user } = process.cpuUsage(before);
  const begun = steps.filter((step) => step === 'start-return-routability').length;
  assert.ok(begun >= 3 && begun <= 8, `${begun} times`);
  // Every announcement but the last of those that were let in has been refused.
  assert.equal(steps.filter((step) => step.startsWith('refuse')).length, 2999);
  assert.ok(user < 3_000_000, `${user} µs`);
});

test('announcements of many clients are bounded for each peer, and one peer’s cost another nothing', () => {
  const { handoffs, steps } = member();
  for (let number = 1; number <= 5000; number++) {
    const one = ipv6(`2001:db8:c::${(number + 16).toString(16)}`);
    handoffs.onFrame(peer, { ...prepare, handoff: number, client: one });
  }
  const begun = () => steps.filter((step) => step === 'start-return-routability').length;
  assert.equal(begun(), MOST_OF_PEER);
  handoffs.onFrame(third, prepare);
  assert.equal(begun(), MOST_OF_PEER + 1);
  // What the channel's end makes of them: nothing is left, and the same peer may announce again.
  handoffs.onPeer(peer, 'lost');
  handoffs.onPeer(peer, 'gone');
  assert.deepEqual(handoffs.accepting, []);
});

test('what one donor announces makes nobody forget what another has settled or announced', () => {
  const { handoffs, steps } = member();
  handoffs.onFrame(third, prepare);
  handoffs.onAnswer({ kind: 'unanswered', client, reason: 'no answer' });
  for (let handoff = 1; handoff <= 3000; handoff++)
    handoffs.onFrame(peer, { ...prepare, handoff, client: ipv6('2001:db8:c::3') });
  steps.length = 0;
  handoffs.onFrame(third, { kind: 'cancel', handoff: 7 });
  assert.deepEqual(steps, [`refuse bound=false to ${third}`]);
});

test('a plain client’s donor is heard only when its handoff is let in', () => {
  const heard: string[] = [];
  const { handoffs } = member({ onBeginning: (_, frame) => heard.push(frame.kind) });
  handoffs.onFrame(peer, { ...prepare, client: contactAddress, forwarded: [] });
  assert.deepEqual(heard, []);
  handoffs.onFrame(peer, { ...prepare, forwarded: [] });
  assert.deepEqual(heard, ['prepare']);
});

test('who is asked answers that it is there, unless it leaves; a claim of a handoff that is over is refused, or granted to whom the client went', async () => {
  const { handoffs, steps } = member();
  handoffs.onFrame(peer, { kind: 'ask', handoff: 7 });
  handoffs.onFrame(peer, { kind: 'claim', handoff: 7 });
  assert.deepEqual(steps.splice(0), [`here to ${peer}`, `cancel to ${peer}`]);
  handoffs.refuse();
  handoffs.onFrame(peer, { kind: 'ask', handoff: 8 });
  assert.deepEqual(steps, [`refuse bound=false to ${peer}`]);
});

test('who takes nobody says why, to who asks as to who begins', () => {
  const reasons: string[] = [];
  const send = (_: unknown, frame: HandoffFrame): boolean =>
    reasons.push(frame.kind === 'refuse' ? frame.reason : frame.kind) > 0;
  const { handoffs } = member({ send });
  handoffs.refuse('the application here has been stopped');
  handoffs.onFrame(peer, { kind: 'ask', handoff: 7 });
  handoffs.onFrame(peer, prepare);
  assert.deepEqual(reasons, Array(2).fill('the application here has been stopped'));
});

test('a client is not frozen before its acceptor has answered', async () => {
  let heardAt = Number.NEGATIVE_INFINITY;
  const times = { freshMs: 60_000, everyMs: 60_000, patienceMs: 60_000 };
  const attention = { ...times, heardAt: () => heardAt, progressAt: () => heardAt };
  const { handoffs, steps } = member({ attentionTo: () => attention });
  const { served } = await connection();
  handoffs.donate(donation(served)).catch(() => undefined);
  await settle();
  assert.deepEqual(steps, [`ask to ${third}`]);
  handoffs.onFrame(peer, { kind: 'here', handoff: 1 });
  await settle();
  assert.equal(steps.length, 1, 'another member’s answer');
  heardAt = performance.now();
  handoffs.onFrame(third, { kind: 'here', handoff: 1 });
  await settle();
  assert.ok(steps.includes('suspend'), steps.join());
});
