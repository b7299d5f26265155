import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runMixedClients } from '../support/mixed-clients-lab.ts';

const named = <Event extends { readonly event: string }>(events: readonly Event[], name: string): Event[] =>
  events.filter(({ event }) => event === name);

test('eight clients of both kinds at once go round three members: every octet intact, each by its own way', {
  timeout: 300_000,
}, async () => {
  const { status, console, events, roles } = await runMixedClients({ clients: 8, plainClients: 4 });
  const bad = /^(handoff-failed|client-lost|handoff-abandoned|crashed|forwarding-refused|connection-lost)$/;
  const told = events.filter(({ event }) => bad.test(event));
  assert.equal(status, 0, console + JSON.stringify(told));
  assert.deepEqual(told, []);
  const addresses = (plain: boolean): string[] =>
    roles.clients.filter(({ kind }) => (kind === 'plain') === plain).map(({ address }) => address);
  const [plain, capable] = [addresses(true), addresses(false)];
  assert.deepEqual([plain.length, capable.length], [4, 4]);

  const found = named(events, 'plain-client-found').map(({ node, client }) => `${node} ${client}`);
  assert.deepEqual(found.sort(), plain.map((address) => `node1 ${address}`).sort());
  const handedOff = named(events, 'handed-off');
  const forwarded = named(events, 'connection-forwarded');
  for (const address of [...plain, ...capable]) {
    const donors = handedOff.filter(({ client }) => client === address).map(({ node }) => node);
    // Once round at least, in order: node1 to node2, which gives to node3 by way of node1, and back.
    assert.ok(donors.length >= 3, `${address}: ${donors.join(' ')}`);
    donors.forEach((node, index) => {
      assert.equal(node, `node${(index % 3) + 1}`, `${address}: ${donors.join(' ')}`);
    });
    const moves = forwarded.filter(({ client }) => client === address);
    assert.equal(moves.length, plain.includes(address) ? donors.length : 0, address);
    assert.ok(moves.every(({ node }) => node === 'node1'));
  }
  const [counters] = named(events, 'counters').filter(({ node }) => node === 'node1');
  assert.deepEqual([counters?.plainClients, counters?.plainConnectionsRefused], [0, 0]);
});

test('the next contact node goes on forwarding what its predecessor forwarded', {
  timeout: 300_000,
}, async () => {
  const { status, console, events, roles } = await runMixedClients({
    clients: 2,
    plainClients: 1,
    // The first backup is node2: the connections are at neither contact node.
    acceptors: { node1: 'node3' },
    group: { heartbeatMs: 100, suspectMs: 500, staggerMs: 200, registrationMs: 3000, handOverMs: 2000 },
    rate: '20k',
    meanwhile: 'sleep 6; crash node1',
  });
  assert.equal(status, 0, console + JSON.stringify(events.slice(-30)));
  const plain = roles.clients.find(({ kind }) => kind === 'plain')!.address;
  // What node1 noted last went with it.
  assert.deepEqual(
    named(events, 'handoff-settled').map(({ node }) => node),
    ['node3', 'node3'],
  );
  assert.equal(named(events, 'contact-claimed')[0]?.node, 'node2');
  const forwarders = named(events, 'connection-forwarded').filter(({ node }) => node === 'node2');
  assert.deepEqual(
    forwarders.map(({ client }) => client),
    [plain],
  );
  assert.deepEqual(named(events, 'connection-lost'), []);
});

test('all that a client without Mobile IPv6 is sent passes the contact node; of others what it sends itself', {
  timeout: 300_000,
}, async () => {
  const clients = 3;
  const acceptors = { node1: 'node3' };
  const plain = await runMixedClients({ clients, plainClients: clients, acceptors });
  const capable = await runMixedClients({ clients, plainClients: 0, acceptors });
  assert.deepEqual([plain.status, capable.status], [0, 0], plain.console + capable.console);
  const perClient = ({ sentByNode1 }: { sentByNode1: number }): number => sentByNode1 / clients;
  const told = `${perClient(plain)} and ${perClient(capable)} octets of ${plain.documentOctets}`;
  assert.ok(perClient(plain) > plain.documentOctets, told);
  assert.ok(perClient(capable) < capable.documentOctets / 2, told);
});
