import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AcknowledgedBinding, MobileNodeEvent } from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import { type Ipv6Address, ipv6, UNSPECIFIED } from '../../mip6/wire/address.ts';
import { BoundClients } from '../../nodes/member/contact/bound-clients.ts';
import { ContactTables } from '../../server/contact/contact-tables.ts';
import type { ContactEntry, GroupFrame } from '../../server/contact/group-frames.ts';

const contactAddress = ipv6('2001:db8:1::100');
const self = ipv6('2001:db8:1::2');
const other = ipv6('2001:db8:2::2');
const third = ipv6('2001:db8:3::2');
const client = ipv6('2001:db8:c::2');

/** A member's part, with all that it asks of others written down. */
function member(options: { readonly contact?: Ipv6Address; readonly held?: boolean } = {}) {
  const tables = new ContactTables(16);
  const sent: (readonly [Ipv6Address, GroupFrame])[] = [];
  const kept: ContactEntry[] = [];
  const state = {
    contact: options.contact,
    bindings: [] as AcknowledgedBinding[],
    sequence: undefined as number | undefined,
    here: false,
    living: [] as readonly Ipv6Address[],
    hearing: [] as readonly Ipv6Address[],
    keptOff: [] as (readonly Ipv6Address[])[],
  };
  const events: string[] = [];
  const asked: string[] = [];
  const part = new BoundClients({
    careOfAddress: self,
    contactAddress,
    bindingLifetimeMs: 420_000,
    holdOffMs: 0,
    patienceMs: 1000,
    role: {
      tables,
      held: options.held ?? false,
      keep: (entry) => {
        kept.push(entry);
        tables.set(entry, performance.now());
      },
    },
    mobility: {
      get bindings() {
        return state.bindings;
      },
      lastSequence: () => state.sequence,
      forget: () => asked.push('forget'),
      release: (_, sequence) => asked.push(`release ${sequence}`),
      startOver: () => asked.push('start over'),
    },
    log: { write: (event) => events.push(event) },
    contactNode: () => state.contact,
    isHere: () => state.here,
    living: () => state.living,
    hearsOfStrays: (peer) => state.hearing.includes(peer),
    keepOff: (clients) => state.keptOff.push(clients),
    send: (peer, frame) => sent.push([peer, frame]) > 0,
  });
  return { part, tables, sent, kept, state, events, asked };
}

const acknowledged = (sequence: number): MobileNodeEvent => ({
  kind: 'binding-acknowledged',
  correspondent: client,
  status: 0,
  careOfAddress: self,
  sequence,
  lifetimeSeconds: 420,
});
const bound = (sequence: number, lifetimeMs = 420_000, epoch = 0): GroupFrame => ({
  kind: 'contact-bound',
  contactAddress,
  epoch,
  client,
  sequence,
  lifetimeMs,
});
const inTable = (sequence: number, by: Ipv6Address): ContactEntry => ({
  table: 'bound',
  client,
  sequence,
  member: by,
  lifetimeMs: 420_000,
});

test('a member tells the contact node of each binding, and of its end', () => {
  const { part, sent, kept } = member({ contact: other });
  part.onMobilityEvent(acknowledged(7));
  part.onMobilityEvent({ kind: 'binding-deleted', correspondent: client, sequence: 8 });
  assert.deepEqual(sent, [
    [other, bound(7)],
    [other, bound(8, 0)],
  ]);
  assert.deepEqual(kept, []);
});

test('who knows no contact node tells nobody, and all when there is one, or a new one, or the channel stands again', () => {
  const { part, sent, state } = member();
  part.onMobilityEvent(acknowledged(7));
  assert.deepEqual(sent, []);
  state.bindings = [{ correspondent: client, sequence: 9, lifetimeMs: 1000.5 }];
  state.contact = other;
  part.onContactNode(other);
  assert.deepEqual(sent.splice(0), [[other, bound(9, 1001)]]);
  part.onPeer(other, 'lost');
  part.onPeer(self, 'restored');
  assert.deepEqual(sent, []);
  part.onPeer(other, 'restored');
  assert.deepEqual(sent.splice(0), [[other, bound(9, 1001)]]);
  part.onFrame(other, { kind: 'contact-node', contactAddress, epoch: 16, contactNode: other });
  part.onFrame(other, { kind: 'contact-node', contactAddress, epoch: 16, contactNode: other });
  assert.deepEqual(sent, [[other, bound(9, 1001, 16)]]);
});

test('a contact node that was out of reach when a binding was deleted is told so, as long as it may believe in one', () => {
  const { part, sent, state } = member({ contact: other });
  part.onMobilityEvent(acknowledged(7));
  part.onMobilityEvent({ kind: 'binding-deleted', correspondent: client, sequence: 8 });
  sent.length = 0;
  state.contact = third;
  part.onContactNode(third);
  assert.deepEqual(sent.splice(0), [[third, bound(8, 0)]]);
  part.onMobilityEvent(acknowledged(9));
  sent.length = 0;
  part.onPeer(third, 'restored');
  assert.deepEqual(sent, [], 'the client is bound again');
});

test('the end of a binding is the end of those before it, also of another member’s', () => {
  const { part, kept } = member({ contact: self, held: true });
  part.onFrame(other, bound(7));
  // It was handed off to a third member meanwhile, and has left that one, when this one could hear of neither.
  part.onFrame(third, bound(6, 0));
  assert.equal(kept.at(-1)!.member, other, 'an earlier one');
  part.onFrame(third, bound(9, 0));
  assert.equal(kept.at(-1)!.member, UNSPECIFIED);
});

test('the contact node keeps what members say, each of itself, and what is its own', () => {
  const { part, kept, sent } = member({ contact: self, held: true });
  part.onFrame(other, bound(7));
  part.onMobilityEvent(acknowledged(8));
  // Overtaken, and the end of what is not that member's any more.
  part.onFrame(other, bound(7));
  part.onFrame(other, bound(9, 0));
  assert.deepEqual(kept, [inTable(7, other), inTable(8, self)]);
  part.onMobilityEvent({ kind: 'binding-deleted', correspondent: client, sequence: 10 });
  assert.equal(kept.at(-1)!.member, UNSPECIFIED);
  assert.deepEqual(sent, []);
});

test('the contact node writes down its update to a new client before the answer', () => {
  const { part, kept, state } = member({ contact: self, held: true });
  const complete: MobileNodeEvent = {
    kind: 'return-routability-complete',
    correspondent: client,
    careOfAddress: self,
    homeTokenAgeMs: 0,
    careOfTokenAgeMs: 0,
  };
  part.onMobilityEvent(complete);
  assert.deepEqual(kept, [], 'no update follows: it only prepares');
  state.sequence = 5;
  part.onMobilityEvent(complete);
  assert.deepEqual(kept, [inTable(5, self)]);
  part.onFrame(other, bound(6));
  part.onMobilityEvent(complete);
  assert.deepEqual(kept.at(-1), inTable(6, other), 'somebody else has the client');
});

test('a binding that has ended is not believed in again by the word of a member that was out of reach meanwhile', () => {
  const { part, tables, kept } = member({ contact: self, held: true });
  part.onContactNode(self);
  const now = () => performance.now();
  // Handed off with 9, bound there with 10, deleted with 11; who has handed it off has heard of nothing since.
  part.onFrame(third, bound(11, 0));
  part.onFrame(other, bound(9));
  assert.deepEqual(kept, []);
  assert.equal(tables.bindingOf(client, now()), undefined);
  // Nor by a repetition of the end, or an earlier one.
  part.onFrame(other, bound(8, 0));
  part.onFrame(other, bound(10));
  assert.equal(tables.bindingOf(client, now()), undefined);
  part.onFrame(other, bound(12));
  assert.deepEqual(tables.bindingOf(client, now()), inTable(12, other));
  // One that has nothing of the client says so, by no number, and the last one counts.
  part.onFrame(other, bound(0, 0));
  part.onFrame(third, bound(12));
  assert.equal(tables.bindingOf(client, now()), undefined);
  part.onFrame(third, bound(40_000));
  assert.deepEqual(
    tables.bindingOf(client, now()),
    inTable(40_000, third),
    'a client that has been restarted',
  );
});

test('a word of no number about a client that nobody knows is nothing to remember', () => {
  const { part, tables } = member({ contact: self, held: true });
  part.onContactNode(self);
  part.onFrame(third, bound(0, 0));
  part.onFrame(other, bound(65_000));
  assert.deepEqual(tables.bindingOf(client, performance.now()), inTable(65_000, other));
});

test('a release: the client’s answer is for nobody else, and nothing of the client stays', ({ mock }) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { part, kept, events, asked, tables } = member({ contact: self, held: true });
  part.onFrame(other, bound(7));
  part.onContactNode(self);
  const deleted: MobileNodeEvent = { kind: 'binding-deleted', correspondent: client, sequence: 8 };
  assert.equal(part.answers(deleted), false, 'nothing is deleted yet');
  part.onPeer(other, 'gone');
  mock.timers.tick(20);
  assert.deepEqual(asked, ['release 8']);
  assert.equal(part.answers(deleted), true);
  assert.deepEqual(events, ['client-release-begun', 'client-released']);
  assert.deepEqual(asked, ['release 8', 'forget']);
  assert.deepEqual(kept.at(-1), { ...inTable(7, UNSPECIFIED), lifetimeMs: 0 });
  part.onFrame(third, bound(8));
  assert.equal(
    tables.bindingOf(client, performance.now()),
    undefined,
    'the client takes that number no more',
  );
});

test('a member that is not the contact node, or no more, releases nobody', ({ mock }) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { part, tables, asked } = member({ contact: self, held: true });
  tables.set(inTable(7, other), performance.now());
  part.onContactNode(self);
  part.outOfOffice();
  part.onPeer(other, 'gone');
  mock.timers.tick(20);
  assert.deepEqual(asked, []);
});

test('a release waits for every living member’s word, and asks again who comes in reach', ({ mock }) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { part, state, sent, asked } = member({ contact: self, held: true });
  state.living = [other, third];
  part.onFrame(other, bound(7));
  part.onContactNode(self);
  part.onPeer(other, 'gone');
  const survey = {
    kind: 'contact-survey',
    contactAddress,
    epoch: 0,
    dead: other,
    clients: [client],
  } as const;
  assert.deepEqual(sent.splice(0), [[third, survey]]);
  mock.timers.tick(20);
  assert.deepEqual(asked, []);
  sent.length = 0;
  part.onPeer(third, 'restored');
  assert.deepEqual(sent.splice(0), [[third, survey]]);
  const { clients: _, ...head } = survey;
  const says = (taken: boolean): GroupFrame => ({
    ...{ ...head, kind: 'contact-surveyed', clients: [{ client, taken }] },
  });
  part.onFrame(third, says(true));
  assert.deepEqual(asked, []);
  part.onFrame(third, says(false));
  assert.deepEqual(asked, ['release 8']);
});

test('who is asked for a dead member’s clients answers when nothing can come from there any more', () => {
  const { part, state, sent } = member({ contact: third });
  part.onPeer(third, 'up');
  part.onPeer(other, 'up');
  const ask: GroupFrame = {
    kind: 'contact-survey',
    contactAddress,
    epoch: 3,
    dead: other,
    clients: [client],
  };
  part.onFrame(third, ask);
  assert.deepEqual(sent, [], 'an Init may be under way');
  state.here = true;
  part.onPeer(other, 'lost');
  const answer = (taken: boolean) => ({
    ...{ kind: 'contact-surveyed', contactAddress, epoch: 0, dead: other, clients: [{ client, taken }] },
  });
  assert.deepEqual(sent.splice(0), [[third, answer(true)]]);
  state.here = false;
  part.onFrame(third, ask);
  assert.deepEqual(sent.splice(0), [[third, answer(false)]]);
  part.onPeer(other, 'up');
  part.onFrame(third, ask);
  part.onPeer(third, 'lost');
  part.onPeer(other, 'lost');
  assert.deepEqual(sent, [], 'who asked is out of reach, and asks again');
});

const stray: GroupFrame = { kind: 'contact-stray', contactAddress, epoch: 0, client };

test('a client whose packets come to the contact node is kept off there, and its member is told', () => {
  const { part, state, sent } = member({ contact: self, held: true });
  state.hearing = [other];
  part.onContactNode(self);
  part.seen(client);
  assert.deepEqual([state.keptOff, part.isElsewhere(client)], [[], false], 'it is nobody’s');
  part.onFrame(other, bound(7));
  assert.deepEqual([state.keptOff, part.isElsewhere(client)], [[[client]], true]);
  part.seen(client);
  assert.deepEqual(sent.splice(0), [[other, stray]]);
  part.onFrame(third, stray);
  assert.ok(part.isElsewhere(client), 'only the member that has it lets it go');
  part.onFrame(other, stray);
  assert.deepEqual([state.keptOff.at(-1), part.isElsewhere(client)], [[], false]);
  part.onFrame(other, bound(8));
  state.hearing = [];
  part.onPeer(other, 'lost');
  assert.deepEqual([state.keptOff.at(-1), part.isElsewhere(client)], [[], false], 'out of reach');
  state.hearing = [other];
  part.onPeer(other, 'restored');
  assert.deepEqual(state.keptOff.at(-1), [client]);
  part.outOfOffice();
  assert.deepEqual(state.keptOff.at(-1), []);
});

test('a member that hears of a stray binds it again, lets it go on, or says that it has none', () => {
  const { part, state, sent, asked, events } = member({ contact: other });
  state.hearing = [other, third];
  state.bindings = [{ correspondent: client, sequence: 9, lifetimeMs: 1000 }];
  part.onFrame(third, stray);
  assert.deepEqual([asked, sent], [[], []], 'not the contact node');
  part.onFrame(other, stray);
  assert.deepEqual([asked.splice(0), events.splice(0)], [['start over'], ['client-astray']]);
  part.letsGo(client);
  part.onFrame(other, stray);
  assert.deepEqual(
    [asked, sent.splice(0)],
    [
      [],
      [
        [other, stray],
        [other, stray],
      ],
    ],
  );
  state.bindings = [];
  part.onMobilityEvent({ kind: 'binding-deleted', correspondent: client, sequence: 10 });
  assert.deepEqual(sent.splice(0), [[other, bound(10, 0)]]);
  state.here = true;
  part.onFrame(other, stray);
  assert.deepEqual([asked, sent], [[], []], 'a handoff is under way');
  state.here = false;
  state.sequence = 11;
  part.onFrame(other, stray);
  assert.deepEqual([asked, sent], [[], [[other, bound(11, 0)]]]);
});

test('a client that comes again while its binding is deleted is this member’s again', () => {
  const { part, state, asked } = member({ contact: other });
  state.hearing = [other];
  state.bindings = [{ correspondent: client, sequence: 9, lifetimeMs: 1000 }];
  part.letsGo(client);
  part.onMobilityEvent(acknowledged(10));
  part.onFrame(other, stray);
  assert.deepEqual(asked, ['start over']);
});

test('who would not understand it is told of no stray', () => {
  const { part, sent } = member({ contact: other });
  part.letsGo(client);
  assert.deepEqual(sent, []);
});
