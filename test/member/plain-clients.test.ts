import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { identity, type ObjectStore } from '../../linux/objects/objects.ts';
import type { KernelObject } from '../../linux/objects/types.ts';
import { Reconciler } from '../../linux/reconciler.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { MemberPaths } from '../../nodes/member/contact/member-paths.ts';
import { MemberTunnels } from '../../nodes/member/contact/member-tunnels.ts';
import { createPlainClients } from '../../nodes/member/plain/create-plain-clients.ts';
import type { AnswerOfClient } from '../../server/bindings/client-bindings.ts';
import type { ContactEntry } from '../../server/contact/group-frames.ts';
import type { ForwardingFrame } from '../../server/plain/forwarding-frames.ts';
import type { Flow } from '../../server/plain/plain-clients.ts';

const [self, contact, donor, other, client, contactAddress] = [
  '2001:db8:2::2',
  '2001:db8:1::2',
  '2001:db8:3::2',
  '2001:db8:4::2',
  '2001:db8:c::2',
  '2001:db8:1::100',
].map(ipv6) as [Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address];
const servicePort = 8080;
const ports = (clientPort: number) => ({ clientPort, servicePort });
const nothing = new Uint8Array(0);

/** A connection of which only the client's port and its end are looked at. */
function socketFrom(clientPort: number): net.Socket {
  const socket = Object.assign(new EventEmitter(), { remotePort: clientPort, destroyed: false });
  return Object.setPrototypeOf(socket, net.Socket.prototype) as net.Socket;
}

/** A member's service for clients without Mobile IPv6, beside `contact`; everything around it is noted. */
function member({ limit = 64 } = {}) {
  const kernel = new Map<string, KernelObject>();
  const store: ObjectStore = {
    add: (object) => void kernel.set(identity(object), object),
    update: (object) => void kernel.set(identity(object), object),
    remove: (object) => void kernel.delete(identity(object)),
    list: () => [],
  };
  const world = {
    contactNode: contact,
    reachable: true,
    sent: [] as ForwardingFrame[],
    answers: [] as AnswerOfClient[],
    entries: [] as ContactEntry[],
    /** by the kernel */
    live: [] as readonly Flow[],
    /** by the home agent's word */
    inOffice: true,
    bound: [] as readonly Ipv6Address[],
    /** of a Binding Update that went out to the client */
    sequence: undefined as number | undefined,
    forgotten: 0,
    /** sockets that have closed in order, and of which the kernel has octets still */
    delivering: new Set<net.Socket>(),
  };
  const reconciler = new Reconciler(store);
  const tunnels = new MemberTunnels(reconciler, self, [contact, donor]);
  const ignore = (): void => undefined;
  const service = createPlainClients(
    { careOfAddress: self, servicePort, plainClients: { limit } },
    contactAddress,
    {
      mobility: {
        ask: ignore,
        testHome: ignore,
        holdsHomeToken: () => false,
        bindFor: ignore,
        suspend: ignore,
        stopOptimising: ignore,
        resume: ignore,
        forget: () => void world.forgotten++,
        handedOff: ignore,
        lastSequence: () => world.sequence,
      },
      isBound: (one) => world.bound.includes(one),
      live: () => world.live,
      delivers: (socket) => world.delivering.has(socket),
      log: { write: ignore },
      contactNode: () => world.contactNode,
      inOffice: () => world.inOffice,
      send: (_, frame) => {
        if (world.reachable) world.sent.push(frame);
        return world.reachable;
      },
      onAnswer: (answer) => world.answers.push(answer),
      reconciler,
      paths: new MemberPaths(reconciler, contactAddress, { homeTunnel: 'tha', table: 100 }, tunnels),
      role: { keep: (entry) => world.entries.push(entry) },
    },
  );
  const announced = { handoff: 7, client, contactAddress } as const;
  const init = (handoff: number, sequence: number, clientPort: number) => ({
    ...{ ...announced, handoff, sequence, kind: 'init' as const, forwarded: [ports(clientPort)] },
    ...{ tcpState: nothing, applicationState: nothing },
  });
  const asked = () =>
    world.sent
      .splice(0)
      .map((frame) =>
        frame.kind === 'forward'
          ? [
              frame.what === 'ended' ? 'ended' : frame.sequence,
              ...frame.connections.map(({ clientPort }) => clientPort),
            ]
          : [frame.outcome],
      );
  const answered = (sequence: number, outcome: 'accepted' | 'superseded' = 'accepted'): void =>
    service.onFrame(world.contactNode, {
      ...{ kind: 'forwarded', contactAddress, client, sequence, outcome, reason: '' },
    });
  const serves = (clientPort: number): net.Socket => {
    const socket = socketFrom(clientPort);
    service.opened(socket, client);
    return socket;
  };
  const ends = (socket: net.Socket): void => {
    Object.assign(socket, { destroyed: true });
    socket.emit('close');
  };
  const becomesContact = (entries: readonly ContactEntry[]): void => {
    world.contactNode = self;
    service.onContactNode(entries);
  };
  const follows = (contactNode: Ipv6Address): void => {
    world.contactNode = contactNode;
    service.onContactNode([]);
  };
  const rules = () => [...kernel.values()].filter(({ kind }) => kind === 'rule').length;
  const told = async (): Promise<readonly string[]> => {
    await new Promise(setImmediate);
    return world.answers.map(
      (answer) => `${answer.kind}${'sequence' in answer ? ` ${answer.sequence}` : ''}`,
    );
  };
  return {
    service,
    world,
    announced,
    init,
    asked,
    answered,
    serves,
    ends,
    becomesContact,
    follows,
    rules,
    told,
  };
}
const entryOf = (clientPort: number, at: Ipv6Address): ContactEntry => ({
  ...{ table: 'forwarding', client, ...ports(clientPort), member: at, lifetimeMs: 60_000 },
});

test('a handoff that was announced and comes to nothing leaves no word of the client’s kind', () => {
  for (const end of [
    ({ service }: ReturnType<typeof member>) =>
      service.outgoing(donor, { kind: 'refuse', handoff: 7, bound: false, reason: 'cancelled' }),
    ({ service }: ReturnType<typeof member>) => service.onPeer(donor, 'lost'),
    ({ service }: ReturnType<typeof member>) => service.bindings.forget(client),
  ]) {
    const one = member();
    one.service.incoming(donor, { kind: 'prepare', ...one.announced, forwarded: [] });
    assert.equal(one.service.isPlain(client), true);
    end(one);
    assert.equal(one.service.isPlain(client), false);
  }
});

test('a connection that only the kernel has still, with its last octets, is here until the client has them: each next contact node hears so', () => {
  const { service, world, init, asked, answered, serves, ends, follows } = member();
  service.incoming(donor, init(7, 2, 4000));
  service.bindings.ask(client, { kind: 'bind', lastSequence: 2, insists: true });
  answered(3);
  const socket = serves(4000);
  asked();
  world.delivering.add(socket);
  ends(socket);
  assert.deepEqual(asked(), [], 'it has not ended');
  assert.equal(service.has({ client, ...ports(4000) }), true);
  // Nobody could hand it off.
  const given = service.outgoing(donor, init(8, 3, 4000));
  assert.deepEqual(given.kind === 'init' && given.forwarded, []);
  follows(other);
  assert.deepEqual(asked(), [[3, 4000]]);
  socket.emit('client-left');
  assert.deepEqual(asked(), [['ended', 4000]]);
  assert.equal(service.isPlain(client), false);
  service.close();
});

test('a member that has claimed the address takes no client back by its own table before the home agent has accepted it', async () => {
  const { service, world, init, answered, serves, becomesContact, told } = member();
  service.incoming(donor, init(7, 2, 4000));
  service.bindings.ask(client, { kind: 'bind', lastSequence: 2, insists: true });
  answered(3);
  serves(4000);
  world.inOffice = false;
  becomesContact([]);
  service.bindings.ask(client, { kind: 'reclaim', sequence: 1030 });
  assert.deepEqual(await told(), ['routable', 'bound 3']);
  world.inOffice = true;
  service.onMobilityEvent({
    ...{ kind: 'home-registered', homeAgent: other, careOfAddress: self, status: 0, sequence: 1 },
    lifetimeSeconds: 60,
  });
  assert.deepEqual(await told(), ['routable', 'bound 3', 'bound 1030']);
  service.close();
});

test('an Init whose sockets cannot be re-created leaves none either', () => {
  const { service, init } = member();
  service.incoming(donor, init(7, 3, 4000));
  service.outgoing(donor, { kind: 'refuse', handoff: 7, bound: false, reason: 'restoring failed' });
  assert.equal(service.isPlain(client), false);
  assert.equal(service.bindings.lastSequence(client), undefined);
});

test('two handoffs of one client at the same time: each asks for its own, and the next contact node is asked both when the donors have granted that', async () => {
  const { service, world, init, asked, answered, follows, told } = member();
  service.incoming(donor, init(7, 2, 4000));
  service.bindings.ask(client, { kind: 'bind', lastSequence: 2, insists: true });
  service.incoming(contact, init(1, 0, 4001));
  service.bindings.ask(client, { kind: 'bind', lastSequence: 0, insists: true });
  assert.deepEqual(asked(), [
    [3, 4000],
    [1, 4001],
  ]);
  follows(other);
  assert.deepEqual(asked(), []);
  const moved = (await told()).filter((event) => event.startsWith('moved'));
  assert.equal(moved.length, 2);
  service.bindings.ask(client, { kind: 'bind-again', lastSequence: 2, inherits: false });
  service.bindings.ask(client, { kind: 'bind-again', lastSequence: 0, inherits: false });
  assert.deepEqual(asked(), [
    [3, 4000],
    [1, 4001],
  ]);
  answered(3);
  answered(1);
  const bound = (await told()).filter((event) => event.startsWith('bound'));
  assert.deepEqual(bound, ['bound 3', 'bound 1']);
  assert.equal(world.sent.length, 0);
  assert.equal(service.bindings.lastSequence(client), 3);
  service.close();
});

test('one of two handoffs of a client comes to nothing: the other one’s question stays open', async () => {
  const { service, init, asked, answered, told } = member();
  service.incoming(donor, init(7, 2, 4000));
  service.bindings.ask(client, { kind: 'bind', lastSequence: 2, insists: true });
  service.incoming(contact, init(1, 2, 4001));
  service.bindings.ask(client, { kind: 'bind', lastSequence: 2, insists: true });
  assert.deepEqual(asked(), [
    [3, 4000],
    [3, 4001],
  ]);
  service.outgoing(donor, { kind: 'refuse', handoff: 7, bound: true, reason: 'late' });
  service.bindings.forget(client);
  assert.deepEqual(asked(), [['ended', 4000]]);
  // The answers come in the order of the questions.
  answered(3, 'superseded');
  answered(3);
  answered(3);
  const bound = (await told()).filter((event) => event.startsWith('bound'));
  assert.deepEqual(bound, ['bound 3']);
  assert.equal(service.isPlain(client), true);
  service.close();
});

test('a connection that a handoff announced and did not bring has ended', () => {
  const { service, init, asked, serves, ends } = member();
  service.incoming(donor, { ...init(7, 2, 4000), forwarded: [ports(4000), ports(4001)] });
  service.bindings.ask(client, { kind: 'bind', lastSequence: 2, insists: true });
  const socket = serves(4000);
  asked();
  service.outgoing(donor, { kind: 'done', handoff: 7, sequence: 3 });
  assert.deepEqual(asked(), [['ended', 4001]]);
  ends(socket);
  assert.equal(service.isPlain(client), false);
  service.close();
});

test('a connection that begins at a member, or goes on there on a new socket, is told to the contact node', () => {
  const { service, init, asked, answered, serves, ends } = member();
  service.incoming(donor, init(7, 2, 4000));
  service.bindings.ask(client, { kind: 'bind', lastSequence: 2, insists: true });
  const first = serves(4000);
  answered(3);
  asked();
  // The contact node sends the ports of an ended connection here for a while: the client uses them again.
  serves(4001);
  assert.deepEqual(asked(), [[3, 4000, 4001]]);
  answered(3);
  ends(first);
  assert.deepEqual(asked(), [['ended', 4000]]);
  serves(4000);
  assert.deepEqual(asked(), [[3, 4001, 4000]]);
  service.close();
});

test('an end that the contact node could not be told, or took along, is told to the next one', () => {
  const { service, world, init, asked, serves, ends, follows } = member();
  service.incoming(donor, { ...init(7, 2, 4000), forwarded: [4000, 4001, 4002].map(ports) });
  const [first, second] = [serves(4000), serves(4001), serves(4002)];
  ends(first);
  world.reachable = false;
  ends(second);
  world.reachable = true;
  asked();
  service.onPeer(contact, 'restored');
  assert.deepEqual(asked(), [['ended', 4000, 4001]]);
  serves(4001);
  asked();
  follows(other);
  assert.deepEqual(asked(), [
    [0, 4002, 4001],
    ['ended', 4000],
  ]);
  service.close();
});

test('a contact node that was away counts and forwards what its predecessor had, and nothing of its own earlier term', () => {
  const { service, becomesContact, follows, rules } = member({ limit: 1 });
  const forwarded = (sequence: number, clientPort: number): void =>
    service.onFrame(donor, {
      ...{
        kind: 'forward',
        contactAddress,
        client,
        sequence,
        what: 'forward',
        connections: [ports(clientPort)],
      },
    });
  becomesContact([]);
  forwarded(5, 4000);
  assert.deepEqual([service.counters().plainClients, service.counters().forwardedConnections], [1, 1]);
  follows(contact);
  becomesContact([]);
  assert.deepEqual([service.counters().plainClients, service.counters().forwardedConnections], [0, 0]);
  forwarded(5, 4000);
  follows(contact);
  // Meanwhile it has gone elsewhere, under whatever number.
  becomesContact([entryOf(4000, contact)]);
  assert.equal(rules(), 1);
  assert.equal(service.counters().forwardedConnections, 1);
  service.close();
});

test('a successor without a tunnel to a connection’s holder serves all others, and this one when its holder asks', () => {
  const { service, world, becomesContact, rules } = member();
  becomesContact([entryOf(4000, other), entryOf(4001, donor)]);
  assert.equal(rules(), 1);
  assert.deepEqual(
    world.entries.map((entry) => entry.member),
    [donor],
  );
  service.close();
});

test('a contact node counts the clients whose connections it holds itself, whenever it has become one', () => {
  const { service, init, serves, ends, becomesContact } = member({ limit: 1 });
  service.incoming(donor, init(7, 2, 4000));
  const socket = serves(4000);
  becomesContact([]);
  assert.equal(service.counters().plainClients, 1);
  ends(socket);
  assert.equal(service.counters().plainClients, 0);
  service.close();
});

test('a contact node that is superseded alive tells its successor what it holds', () => {
  const { service, asked, serves, becomesContact, follows } = member();
  becomesContact([]);
  serves(4000);
  service.onMobilityEvent({ kind: 'mobility-unsupported', correspondent: client });
  assert.equal(service.counters().plainClients, 1);
  follows(contact);
  assert.deepEqual(asked(), [[0, 4000]]);
  service.close();
});

test('so it does for clients that turn out to be of the kind only then; of others nothing is said', () => {
  const gaveUp = { kind: 'gave-up', correspondent: client, step: 'home-test' } as const;
  const { service, asked, serves, becomesContact, follows } = member();
  becomesContact([]);
  serves(4000);
  follows(contact);
  assert.deepEqual(asked(), []);
  service.onMobilityEvent(gaveUp);
  assert.deepEqual(asked(), [[0, 4000]]);
  service.close();
  const idle = member();
  idle.becomesContact([]);
  idle.follows(contact);
  idle.service.onMobilityEvent(gaveUp);
  assert.deepEqual(idle.asked(), []);
});

test('a leaving contact node tells its backups of all connections whose client is not bound to it, before and after', async () => {
  const { service, world, asked, serves, ends, becomesContact, follows, told } = member();
  becomesContact([]);
  const unknown = serves(4000);
  const bound = ipv6('2001:db8:c::9');
  world.bound = [bound];
  // In its handshake, or not accepted yet; and one that needs no contact node.
  world.live = [
    { client, ...ports(4000) },
    { client: other, ...ports(4100) },
    { client: bound, ...ports(4200) },
  ];
  service.leave();
  assert.deepEqual(world.entries.splice(0), [
    { ...entryOf(4000, self), lifetimeMs: 86_400_000 },
    { ...entryOf(4100, self), client: other, lifetimeMs: 86_400_000 },
  ]);
  follows(contact);
  assert.equal(service.isPlain(client), true, 'it can be handed off before it has answered');
  assert.deepEqual(new Set(asked().map(([, port]) => port)), new Set([4000, 4100]));
  assert.ok((await told()).includes('unanswered'), 'its first route optimisation is not waited for');
  assert.equal(world.forgotten, 1);
  ends(unknown);
  assert.deepEqual(asked(), [['ended', 4000]]);
  service.close();
});

test('a client that may be bound at any moment, and those of a contact node that was cut off, are forwarded and not taken for plain', () => {
  for (const leaves of [true, false]) {
    const { service, world, asked, serves, becomesContact, follows } = member();
    becomesContact([]);
    serves(4000);
    world.live = [{ client, ...ports(4000) }];
    if (leaves) {
      world.sequence = 17;
      service.leave();
    }
    follows(contact);
    assert.equal(service.isPlain(client), false);
    assert.deepEqual(asked(), [[0, 4000]]);
    service.onMobilityEvent({
      ...{ kind: 'binding-acknowledged', correspondent: client, status: 0, careOfAddress: self },
      ...{ sequence: 17, lifetimeSeconds: 420 },
    });
    assert.deepEqual(asked(), [['ended', 4000]], 'its packets come without the contact node');
    service.close();
  }
});

test('a successor sends what its predecessor keeps there, beyond the limit too, and optimises no route of such a client', () => {
  const full = member({ limit: 0 });
  full.becomesContact([entryOf(4000, contact)]);
  assert.equal(full.rules(), 1);
  full.service.close();
  const { service, becomesContact } = member();
  becomesContact([entryOf(4000, contact)]);
  for (const [one, plain] of [
    [client, true],
    [other, false],
  ] as const) {
    assert.equal(service.admits(socketFrom(4001), one), true);
    assert.equal(service.isPlain(one), plain);
  }
  service.close();
});
