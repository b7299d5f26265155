import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TcpConnectionState } from '../../linux/tcp/state.ts';
import { whyImpossible } from '../../linux/tcp/state-ranges.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { FrameGate } from '../../nodes/member/frame-gate.ts';
import { ClientDistances } from '../../nodes/member/membership/client-distances.ts';
import { GroupAddresses } from '../../server/admission/group-addresses.ts';
import type { ForwardingFrame } from '../../server/plain/forwarding-frames.ts';
import { ForwardingTable, MOST_OF_CLIENT, MOST_OF_MEMBER } from '../../server/plain/forwarding-table.ts';
import { PlainClients } from '../../server/plain/plain-clients.ts';
import { tcpState } from '../support/tcp-state.ts';

const [self, peer, other, client, contactAddress] = [
  '2001:db8:1::2',
  '2001:db8:2::2',
  '2001:db8:3::2',
  '2001:db8:c::2',
  '2001:db8:1::100',
].map(ipv6) as [Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address];
const servicePort = 8080;
const group = new GroupAddresses([[contactAddress, 'contact address']]);
const flows = (count: number, first = 1, of = client) =>
  Array.from({ length: count }, (_, port) => ({ client: of, clientPort: first + port, servicePort }));

test('rules for forwarding are bounded for each client and member; what is forwarded already is not', () => {
  const table = new ForwardingTable({ self, lingerMs: 1000, holds: () => true }, new PlainClients(100));
  assert.equal(table.forward(flows(MOST_OF_CLIENT), peer, 1).kind, 'accepted');
  const more = flows(1, MOST_OF_CLIENT + 1);
  assert.equal(table.forward(more, peer, 1).kind, 'refused');
  assert.equal(table.memberOf(more[0]!), self, 'served on where it is');
  assert.equal(table.forward(flows(MOST_OF_CLIENT), other, 2).kind, 'accepted', 'on to the next member');
  // One that has ended makes room for another of the client.
  table.handle({ kind: 'ended', flow: flows(1)[0]!, member: other }, 0);
  assert.equal(table.forward(more, peer, 1).kind, 'accepted');
  assert.equal(table.forward(flows(1, MOST_OF_CLIENT + 2), peer, 1).kind, 'refused');
  table.handleTimeout(1000);
  assert.deepEqual([table.poll()?.flow, table.poll()], [flows(1)[0], undefined]);
});

test('a member gets so many connections, those that linger included', () => {
  const table = new ForwardingTable({ self, lingerMs: 1000, holds: () => true }, new PlainClients(100));
  const of = (number: number) => flows(MOST_OF_CLIENT, 1, ipv6(`2001:db8:c::${number + 10}`));
  const most = MOST_OF_MEMBER / MOST_OF_CLIENT;
  for (let number = 0; number < most; number++)
    assert.equal(table.forward(of(number), peer, 1).kind, 'accepted');
  assert.match(JSON.stringify(table.forward(of(most), peer, 1)), /to this member already/);
  table.handle({ kind: 'ended', flow: of(0)[0]!, member: peer }, 0);
  assert.equal(table.forward(of(most).slice(0, 1), peer, 1).kind, 'refused');
  table.handleTimeout(1000);
  assert.equal(table.forward(of(most).slice(0, 1), peer, 1).kind, 'accepted');
  table.lost(peer);
  assert.equal(table.forward(of(most), peer, 1).kind, 'accepted', 'all that led to it is gone');
});

test('a peer has clients’ distances measured, nobody else’s, one echo at a time and not without end', async () => {
  const measured: Ipv6Address[] = [];
  const pending: (() => void)[] = [];
  const answers: (number | undefined)[] = [];
  const distances = new ClientDistances({
    probeMs: 1000,
    group,
    measure: (address) => {
      measured.push(address);
      return new Promise((resolve) => pending.push(() => resolve(20)));
    },
    send: (_, frame) => {
      if (frame.kind === 'client-distance') answers.push(frame.roundTripMs);
      return true;
    },
  });
  const asked = [ipv6('ff02::1'), contactAddress, client, client].map((one) => distances.asked(peer, one));
  assert.deepEqual(measured, [client]);
  for (const answer of pending.splice(0)) answer();
  await Promise.all(asked);
  assert.deepEqual(answers, [undefined, undefined, 20, 20]);
  const flood = Array.from({ length: 1000 }, (_, number) =>
    distances.asked(peer, ipv6(`2001:db8:c::${(number + 16).toString(16)}`)),
  );
  assert.ok(measured.length < 300, `${measured.length} echoes`);
  for (const answer of pending.splice(0)) answer();
  await Promise.all(flood);
  void distances.asked(other, client);
  assert.equal(measured.at(-1), client, 'another member’s question');
});

test('a frame that nobody can mean is counted and told, goes no further, and is answered where an answer is awaited', () => {
  const events: string[] = [];
  const sent: ForwardingFrame[] = [];
  const gate = new FrameGate({
    plan: { group, servicePort, order: [] },
    log: { write: (event) => void events.push(event) },
    send: (_, frame) => sent.push(frame) > 0,
  });
  const forward: ForwardingFrame = {
    kind: 'forward',
    contactAddress,
    client,
    sequence: 7,
    what: 'forward',
    connections: [{ clientPort: 4000, servicePort }],
  };
  assert.ok(gate.passes(peer, forward));
  assert.ok(!gate.passes(peer, { ...forward, client: contactAddress }));
  assert.ok(
    !gate.passes(peer, {
      ...{ kind: 'contact-bound', contactAddress, epoch: 0, client: self, sequence: 1 },
      lifetimeMs: 0xffffffff,
    }),
  );
  assert.equal(gate.discarded, 2);
  assert.deepEqual(events, ['frame-discarded', 'frame-discarded']);
  assert.deepEqual(
    sent.map((frame) => frame.kind === 'forwarded' && frame.outcome),
    ['refused'],
  );
});

const local = { address: contactAddress, port: servicePort };
const remote = { address: client, port: 4000 };
const { window, receiveNext } = tcpState(local, remote);
const after = (sequence: number, octets: number) => (sequence + octets) >>> 0;
const states: readonly (readonly [what: Partial<TcpConnectionState>, possible: boolean])[] = [
  [{}, true],
  [{ maximumSegmentSize: 48 }, true],
  [{ maximumSegmentSize: 47 }, false],
  [{ windowScale: { send: 15, receive: 0 } }, false],
  [{ windowScale: { send: 0, receive: 15 } }, false],
  [{ windowScale: undefined }, true],
  [{ windowScale: undefined, window: { ...window, receive: 65_536 } }, false],
  [{ window: { ...window, receive: 65_535 * 1024 } }, true],
  [{ window: { ...window, receive: 65_535 * 1024 + 1 } }, false],
  [{ window: { ...window, largestSend: 2 * 65_535 * 128 } }, true],
  [{ window: { ...window, largestSend: 2 * 65_535 * 128 + 1 } }, false],
  [{ sent: new Uint8Array(window.largestSend) }, true],
  [{ sent: new Uint8Array(window.largestSend + 1) }, false],
  [{ window: { ...window, receiveUpdate: after(receiveNext, 1) } }, false],
  [{ receivedFin: true, window: { ...window, receiveUpdate: after(receiveNext, 1) } }, true],
  [{ receivedFin: true, window: { ...window, receiveUpdate: after(receiveNext, 2) } }, false],
  [{ window: { ...window, lastUpdateSequence: after(receiveNext, window.receive) } }, true],
  [{ window: { ...window, lastUpdateSequence: after(receiveNext, window.receive + 1) } }, false],
];

test('a state says of itself only what a kernel can have given', () => {
  for (const [what, possible] of states) {
    const reason = whyImpossible(tcpState(local, remote, what));
    assert.equal(reason === undefined, possible, `${Object.keys(what)}: ${reason}`);
  }
  const octets = { length: 2 ** 31 } as Uint8Array;
  assert.notEqual(whyImpossible(tcpState(local, remote, { received: octets })), undefined);
});
