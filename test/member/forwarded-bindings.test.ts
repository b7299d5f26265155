import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { ForwardedBindings } from '../../nodes/member/plain/forwarded-bindings.ts';
import type { AnswerOfClient } from '../../server/bindings/client-bindings.ts';
import type { ConnectionPorts, ForwardingFrame } from '../../server/plain/forwarding-frames.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const [self, first, next, client, contactAddress] = [
  '2001:db8:2::2',
  '2001:db8:1::2',
  '2001:db8:3::2',
  '2001:db8:c::2',
  '2001:db8:1::100',
].map(ipv6) as [Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address];
const connections = [{ clientPort: 4000, servicePort: 8080 }];

function member({ reachable = true } = {}) {
  const world = {
    contactNode: first,
    inOffice: true,
    reachable,
    sent: [] as [Ipv6Address, ForwardingFrame][],
    answers: [] as AnswerOfClient[],
    /** on their way to this member */
    expected: connections as readonly ConnectionPorts[],
    forgotten: 0,
    /** of its own, as contact node */
    outcome: { kind: 'accepted' } as const,
  };
  const bindings = new ForwardedBindings({
    careOfAddress: self,
    contactAddress,
    forwarder: { answer: () => world.outcome },
    contactNode: () => world.contactNode,
    inOffice: () => world.inOffice,
    send: (peer, frame) => {
      if (world.reachable) world.sent.push([peer, frame]);
      return world.reachable;
    },
    expectedOf: () => world.expected,
    openOf: () => connections,
    onAnswer: (answer) => world.answers.push(answer),
    onForget: () => world.forgotten++,
  });
  const answer = (sequence: number, outcome: 'accepted' | 'superseded' | 'refused'): void =>
    bindings.answered({ kind: 'forwarded', contactAddress, client, sequence, outcome, reason: 'full' });
  const told = async (): Promise<readonly string[]> => {
    await new Promise(setImmediate);
    return world.answers.map((answer) =>
      'reason' in answer ? `${answer.kind}: ${answer.reason}` : answer.kind,
    );
  };
  return { world, bindings, answer, told };
}

test('the acceptor asks under the number after the donor’s; the answer is what a client’s would be', async () => {
  for (const [outcome, event] of [
    ['accepted', 'bound'],
    ['superseded', 'superseded: the contact node sends the client to another member'],
    ['refused', 'refused: the contact node refuses: full'],
  ] as const) {
    const { world, bindings, answer, told } = member();
    bindings.ask(client, { kind: 'bind', lastSequence: 0xffff, insists: true });
    assert.deepEqual(world.sent, [
      [first, { kind: 'forward', contactAddress, client, sequence: 0, what: 'forward', connections }],
    ]);
    answer(7, outcome);
    assert.deepEqual(await told(), [], 'an answer to another question');
    answer(0, outcome);
    answer(0, outcome);
    assert.deepEqual(await told(), [event]);
  }
});

test('a question that died with the contact node is asked of the next one', async () => {
  const { world, bindings, answer, told } = member();
  bindings.ask(client, { kind: 'reclaim', sequence: 1030 });
  bindings.onPeer(first, 'gone');
  assert.deepEqual(await told(), []);
  world.contactNode = next;
  bindings.askAnother();
  assert.deepEqual(
    world.sent.map(([to, { sequence }]) => [to, sequence]),
    [
      [first, 1030],
      [next, 1030],
    ],
  );
  answer(1030, 'accepted');
  assert.deepEqual(await told(), ['bound']);
  assert.equal(bindings.lastSequence(client), 1030);
});

test('what an acceptor or a donor has asked is asked of nobody else before the handoff says so: the other one may have been answered', async () => {
  for (const request of [
    { kind: 'bind', lastSequence: 1, insists: true },
    { kind: 'contest', sequence: 1 },
  ] as const) {
    const { world, bindings, answer, told } = member();
    bindings.ask(client, request);
    bindings.onPeer(first, 'restored');
    assert.equal(world.sent.length, 2, 'the same contact node knows');
    world.contactNode = next;
    bindings.askAnother();
    answer(request.kind === 'contest' ? 1 : 2, 'accepted');
    assert.deepEqual(await told(), ['moved'], 'the successor has been asked nothing');
    assert.equal(world.sent.length, 2);
    bindings.close();
  }
  const restarted = member();
  restarted.bindings.ask(client, { kind: 'bind', lastSequence: 1, insists: true });
  restarted.bindings.onPeer(first, 'up');
  assert.deepEqual(await restarted.told(), ['moved'], 'another process knows nothing of it');
  restarted.bindings.close();
});

test('a member that has become the contact node answers itself, once its donor has granted that or is no more', async () => {
  const { world, bindings, told } = member({ reachable: false });
  bindings.ask(client, { kind: 'bind', lastSequence: 1, insists: true });
  world.contactNode = self;
  bindings.askAnother();
  assert.deepEqual(await told(), ['moved']);
  bindings.ask(client, { kind: 'bind-again', lastSequence: 1, inherits: false });
  assert.deepEqual(await told(), ['moved', 'bound']);
  assert.equal(bindings.lastSequence(client), 2);
});

test('a claim that the home agent has not accepted decides nothing: the question waits for that, or for another contact node', async () => {
  const { world, bindings, told } = member();
  world.contactNode = self;
  world.inOffice = false;
  bindings.ask(client, { kind: 'reclaim', sequence: 1030 });
  assert.deepEqual([await told(), world.sent.length], [[], 0]);
  world.inOffice = true;
  bindings.inOffice();
  assert.deepEqual(await told(), ['bound']);

  const other = member();
  other.world.contactNode = self;
  other.world.inOffice = false;
  other.bindings.ask(client, { kind: 'reclaim', sequence: 1030 });
  other.world.contactNode = next;
  other.bindings.askAnother();
  assert.deepEqual(
    other.world.sent.map(([to]) => to),
    [next],
  );
  other.answer(1030, 'superseded');
  assert.deepEqual(await other.told(), ['superseded: the contact node sends the client to another member']);
});

test('a lost channel that is restored carries the question again', () => {
  const { world, bindings } = member({ reachable: false });
  bindings.ask(client, { kind: 'bind', lastSequence: 1, insists: true });
  world.reachable = true;
  bindings.onPeer(next, 'restored');
  assert.equal(world.sent.length, 0);
  bindings.onPeer(first, 'restored');
  assert.equal(world.sent.length, 1);
  bindings.close();
});

test('without any answer the question is given up, once', async (context) => {
  const clock = virtualClock(context);
  const { bindings, told, answer } = member();
  bindings.ask(client, { kind: 'bind', lastSequence: 1, insists: true });
  clock.tick(30_000);
  answer(2, 'accepted');
  assert.deepEqual(await told(), ['unanswered: the contact node does not answer']);
});

test('another contact node is told of the connections here, and a question under way stays the only one', async () => {
  const { world, bindings, answer, told } = member();
  bindings.ask(client, { kind: 'reclaim', sequence: 1030 });
  world.contactNode = next;
  bindings.announce([client]);
  assert.deepEqual(
    world.sent.map(([peer, frame]) => [peer, frame.kind === 'forward' && frame.sequence]),
    [[first, 1030]],
  );
  answer(1030, 'accepted');
  bindings.announce([client]);
  assert.deepEqual(world.sent.at(-1), [
    next,
    { kind: 'forward', contactAddress, client, sequence: 1030, what: 'forward', connections },
  ]);
  answer(1030, 'accepted');
  assert.deepEqual(await told(), ['bound', 'bound']);
  bindings.close();
});

test('a handoff of other connections of the client that ends leaves an open question alone', async () => {
  const { world, bindings, answer, told } = member();
  bindings.ask(client, { kind: 'bind', lastSequence: 1, insists: true });
  world.expected = [];
  bindings.handedOff(client);
  answer(2, 'accepted');
  assert.deepEqual(await told(), ['bound']);
  world.expected = connections;
  bindings.handedOff(client);
  assert.equal(world.forgotten, 0, 'more is on its way here');
  world.expected = [];
  bindings.handedOff(client);
  assert.equal(world.forgotten, 1);
});

test('groups of connections come under numbers of their own: the next handoff has the latest of them', async () => {
  const { bindings, answer, told } = member();
  bindings.ask(client, { kind: 'bind', lastSequence: 6, insists: true });
  answer(7, 'accepted');
  bindings.ask(client, { kind: 'bind', lastSequence: 2, insists: true });
  answer(3, 'accepted');
  await told();
  assert.equal(bindings.lastSequence(client), 7);
});

test('what a donor contests is neither renewed nor announced under another number', () => {
  const { world, bindings } = member();
  bindings.ask(client, { kind: 'contest', sequence: 7 });
  bindings.announce([client]);
  bindings.ask(client, { kind: 'renew' });
  assert.deepEqual(
    world.sent.map(
      ([, frame]) => frame.kind === 'forward' && [frame.what, frame.sequence, frame.connections.length],
    ),
    [
      ['contest', 7, 1],
      ['forward', 0, 0],
    ],
  );
  world.contactNode = next;
  bindings.askAnother();
  assert.deepEqual(
    world.sent.slice(2).map(([to, frame]) => frame.kind === 'forward' && [to, frame.what, frame.sequence]),
    [[next, 'forward', 0]],
  );
  bindings.ask(client, { kind: 'contest', sequence: 7 });
  bindings.ask(client, { kind: 'reclaim', sequence: 1031 });
  bindings.askAnother();
  assert.deepEqual(
    world.sent.slice(-2).map(([, frame]) => frame.sequence),
    [1031, 1031],
    'what is asked later of the same connections takes the place of what was asked before',
  );
  bindings.close();
});
