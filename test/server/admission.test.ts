import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { whyNotExpected, whyNotForwardable } from '../../server/admission/connection-ends.ts';
import { GroupAddresses } from '../../server/admission/group-addresses.ts';
import {
  HandoffAdmission,
  MOST_OF_PEER,
  MOST_STANDING_OF_PEER,
} from '../../server/admission/handoff-admission.ts';
import {
  LONGEST_LIFETIME_MS,
  type PlausibilityPlan,
  whyImplausible,
} from '../../server/admission/peer-frames.ts';
import { TokenBuckets } from '../../server/admission/token-buckets.ts';
import { LAST_EPOCH } from '../../server/contact/epochs.ts';
import type { ContactData, GroupFrame } from '../../server/contact/group-frames.ts';

const [self, other, joined, homeAgent, nameServer, contactAddress, client] = [
  '2001:db8:1::2',
  '2001:db8:2::2',
  '2001:db8:3::2',
  '2001:db8:1::1',
  '2001:db8:9::9',
  '2001:db8:1::100',
  '2001:db8:c::2',
].map(ipv6) as [Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address];
const servicePort = 8080;
const none = { standing: 0, others: 0 };
const group = new GroupAddresses(
  [
    [self, 'care-of address'],
    [other, 'care-of address'],
    [homeAgent, 'home agent'],
    [nameServer, 'name server'],
    [contactAddress, 'contact address'],
  ],
  (address) => address === joined,
);
const nowhere = ['::', '::1', 'ff02::1', 'ff0e::1', 'fe80::1', '::ffff:192.0.2.1', '::192.0.2.1'].map(ipv6);

test('a client is a global unicast address that is nobody’s of the server', () => {
  assert.equal(group.whyNoClient(client), undefined);
  for (const address of nowhere) assert.match(group.whyNoClient(address)!, /no global unicast/);
  for (const [address, use] of [
    [self, 'care-of address'],
    [other, 'care-of address'],
    [joined, 'care-of address'],
    [homeAgent, 'home agent'],
    [nameServer, 'name server'],
    [contactAddress, 'contact address'],
  ] as const)
    assert.equal(group.whyNoClient(address), `client ${address} is a ${use} of this server`);
});

test('a member may be one that is known, or anybody else, but not what the server has for other ends', () => {
  for (const address of [self, other, joined, client]) assert.equal(group.whyNoMember(address), undefined);
  for (const address of [...nowhere, homeAgent, nameServer, contactAddress])
    assert.notEqual(group.whyNoMember(address), undefined, address);
});

const expected = { client, contactAddress, servicePort };
const ends = (clientPort: number, but: object = {}) => ({
  local: { address: contactAddress, port: servicePort },
  remote: { address: client, port: clientPort },
  ...but,
});

test('an Init brings connections of its client to the service at its contact address, each once', () => {
  assert.equal(whyNotExpected([ends(4000), ends(4001)], expected), undefined);
  const wrong = [
    [],
    [ends(4000), ends(4000)],
    [ends(4000), ends(4001, { local: { address: self, port: servicePort } })],
    [ends(4000, { local: { address: contactAddress, port: 22 } })],
    [ends(4000, { remote: { address: other, port: 4000 } })],
  ];
  const reasons = wrong.map((connections) => whyNotExpected(connections, expected));
  assert.deepEqual(reasons, [
    'the handoff brings no connection',
    'the connection from port 4000 is there twice',
    `a connection ends at ${self}, not at the contact address ${contactAddress}`,
    `a connection ends at port 22, where no service of ${contactAddress} listens`,
    `a connection comes from ${other}, not from the client ${client}`,
  ]);
});

test('connections that are named by their ports go from a port to the service, each once', () => {
  const one = (clientPort: number, port = servicePort) => ({ clientPort, servicePort: port });
  for (const right of [[], [one(1)], [one(1), one(65_535)]])
    assert.equal(whyNotForwardable(right, servicePort), undefined);
  for (const wrong of [[one(0)], [one(1, 22)], [one(1), one(2), one(1)]])
    assert.notEqual(whyNotForwardable(wrong, servicePort), undefined);
});

const admission = () => new HandoffAdmission({ group, contactAddress, servicePort });
const prepare = { kind: 'prepare', handoff: 1, client, contactAddress } as const;

test('a handoff is at its contact address, of one client, and of nobody who is none', () => {
  const admitting = admission();
  const whyWrong = (frame: typeof prepare | object, earlier?: Ipv6Address) =>
    admitting.whyWrong({ ...prepare, ...frame }, earlier);
  assert.equal(whyWrong({}), undefined);
  assert.equal(whyWrong({ forwarded: [{ clientPort: 4000, servicePort }] }, client), undefined);
  for (const [frame, earlier] of [
    [{ contactAddress: self }],
    [{ client: ipv6('ff02::1') }],
    [{ client: other }],
    [{ forwarded: [{ clientPort: 4000, servicePort: 22 }] }],
    [{}, joined],
  ] as const)
    assert.notEqual(whyWrong(frame, earlier), undefined);
});

test('so many handoffs of a client may come to nothing in a second; those that it agrees to cost nothing', () => {
  const admitting = admission();
  const begin = (now: number) => admitting.begin({ client, peer: other, stands: false }, none, now);
  const begun = Array.from({ length: 100 }, () => begin(0)).filter((reason) => reason === undefined);
  assert.equal(begun.length, 3);
  assert.match(begin(0)!, /a second of client 2001:db8:c::2/);
  assert.equal(begin(334), undefined);
  assert.notEqual(begin(334), undefined);
  for (let session = 0; session < 100; session++) {
    assert.equal(begin(5000 + session), undefined, `handoff ${session} of a client that goes round`);
    admitting.agreed(client, other, 5000 + session);
  }
});

test('a peer begins so many handoffs at once, whatever the clients, and what it cost is forgotten', () => {
  const admitting = admission();
  const begin = (number: number, now: number, open = 0) =>
    admitting.begin(
      { client: ipv6(`2001:db8:c::${number.toString(16)}`), peer: other, stands: false },
      { standing: 0, others: open },
      now,
    );
  const begun = Array.from({ length: 5000 }, (_, number) => begin(number + 16, 0));
  assert.equal(begun.filter((reason) => reason === undefined).length, MOST_OF_PEER);
  assert.match(begin(1, 0)!, /a second of this member/);
  assert.equal(
    admitting.begin({ client, peer: joined, stands: false }, none, 0),
    undefined,
    'of another peer',
  );
  assert.match(begin(2, 0, MOST_OF_PEER)!, /under way here/);
  assert.ok(admitting.size <= 2 * MOST_OF_PEER + 4, `${admitting.size} kept`);
  for (let call = 0; call < 5000; call++)
    admitting.begin({ client, peer: joined, stands: false }, none, 1_000_000);
  assert.ok(admitting.size <= 4, `${admitting.size} kept long after`);
});

test('clients that a member stands by for take no place of those that are handed off, and have their own bound', () => {
  const begin = (stands: boolean, open: { readonly standing: number; readonly others: number }) =>
    admission().begin({ client, peer: other, stands }, open, 0);
  assert.equal(begin(false, { standing: MOST_STANDING_OF_PEER, others: 0 }), undefined);
  assert.equal(begin(true, { standing: 0, others: MOST_OF_PEER }), undefined);
  assert.equal(begin(true, { standing: MOST_STANDING_OF_PEER - 1, others: 0 }), undefined);
  assert.match(begin(true, { standing: MOST_STANDING_OF_PEER, others: 0 })!, /stands by for 1024 clients/);
  assert.match(begin(false, { standing: 0, others: MOST_OF_PEER })!, /under way here/);
});

test('a bucket holds its burst, fills by its rate, and takes back no more than it had', () => {
  const buckets = new TokenBuckets<string>({ burst: 2, perSecond: 1 });
  assert.deepEqual(
    [0, 0, 0, 999, 1000, 1000].map((now) => buckets.take('a', now)),
    [true, true, false, false, true, false],
  );
  assert.equal(buckets.take('b', 1000), true);
  for (let times = 0; times < 5; times++) buckets.giveBack('a', 1000);
  assert.equal(buckets.size, 1, 'what is full again is forgotten');
  assert.deepEqual(
    [1000, 1000, 1000].map((now) => buckets.take('a', now)),
    [true, true, false],
  );
  buckets.giveBack('never seen', 1000);
  assert.equal(buckets.size, 2);
});

const plan: PlausibilityPlan = { group, servicePort, order: [self, other] };
const key = (octets: number) => new Uint8Array(octets);
const association = { spi: 256, requestId: 1, encryptionKey: key(16), authenticationKey: key(20) };
const data: ContactData = {
  homeAgent,
  bindingUpdates: association,
  bindingAcknowledgements: association,
  tunnelOut: association,
  tunnelIn: association,
};
const head = { contactAddress, epoch: 17 };
const entry = {
  ...{ table: 'forwarding', client, clientPort: 4000, servicePort, member: joined, lifetimeMs: 60_000 },
} as const;
const inbound = { bindingAcknowledgements: 0, tunnelIn: 0 };

/** Of `other`, whose terms are 1, 17, 33…: what it may say, and what it may not. */
const said: readonly (readonly [frame: object, right: boolean])[] = [
  [{ kind: 'contact-data', data }, true],
  [{ kind: 'contact-data', data, epoch: 16 }, false],
  [{ kind: 'contact-data', data: { ...data, homeAgent: ipv6('ff02::1') } }, false],
  [{ kind: 'contact-data', data: { ...data, tunnelIn: { ...association, spi: 255 } } }, false],
  [{ kind: 'contact-data', data: { ...data, tunnelIn: { ...association, requestId: 0 } } }, false],
  [{ kind: 'contact-data', data: { ...data, tunnelOut: { ...association, encryptionKey: key(15) } } }, false],
  [
    { kind: 'contact-data', data: { ...data, tunnelOut: { ...association, authenticationKey: key(0) } } },
    false,
  ],
  [{ kind: 'contact-held', epoch: 16 }, true],
  [{ kind: 'contact-held', epoch: LAST_EPOCH + 1 }, false],
  [{ kind: 'contact-heartbeat', holder: other, stage: 'serving', inbound }, true],
  [{ kind: 'contact-heartbeat', holder: self, stage: 'serving', inbound, epoch: 16 }, true],
  [{ kind: 'contact-heartbeat', holder: self, stage: 'serving', inbound }, false],
  [{ kind: 'contact-heartbeat', holder: joined, stage: 'serving', inbound }, false],
  [{ kind: 'contact-node', contactNode: other }, true],
  [{ kind: 'contact-node', contactNode: other, epoch: 18 }, false],
  [{ kind: 'contact-withdrawn' }, true],
  [{ kind: 'contact-withdrawn', epoch: 32 }, false],
  [{ kind: 'contact-entry', entry }, true],
  [{ kind: 'contact-entry', entry: { ...entry, member: ipv6('::') } }, true],
  [{ kind: 'contact-entry', entry: { ...entry, client: ipv6('ff02::1') } }, false],
  [{ kind: 'contact-entry', entry: { ...entry, member: contactAddress } }, false],
  [{ kind: 'contact-entry', entry: { ...entry, servicePort: 22 } }, false],
  [{ kind: 'contact-entry', entry: { ...entry, clientPort: 0 } }, false],
  [{ kind: 'contact-entry', entry: { ...entry, lifetimeMs: LONGEST_LIFETIME_MS + 1 } }, false],
  [{ kind: 'contact-bound', client, sequence: 1, lifetimeMs: LONGEST_LIFETIME_MS }, true],
  [{ kind: 'contact-bound', client, sequence: 1, lifetimeMs: LONGEST_LIFETIME_MS + 1 }, false],
  [{ kind: 'contact-bound', client: homeAgent, sequence: 1, lifetimeMs: 0 }, false],
  [{ kind: 'contact-stray', client }, true],
  [{ kind: 'contact-stray', client: homeAgent }, false],
  [{ kind: 'contact-survey', dead: joined, clients: [client] }, true],
  [{ kind: 'contact-survey', dead: contactAddress, clients: [client] }, false],
  [{ kind: 'contact-survey', dead: joined, clients: [client, homeAgent] }, false],
  [{ kind: 'contact-surveyed', dead: joined, clients: [{ client, taken: true }] }, true],
  [{ kind: 'contact-surveyed', dead: joined, clients: [{ client: self, taken: false }] }, false],
  [{ kind: 'forward', client, sequence: 1, what: 'forward', connections: [entry] }, true],
  [{ kind: 'forward', client: self, sequence: 1, what: 'contest', connections: [entry] }, false],
  [{ kind: 'forward', client, sequence: 1, what: 'forward', connections: [entry, entry] }, false],
  [{ kind: 'forward', client: self, sequence: 1, what: 'ended', connections: [] }, true],
  [{ kind: 'forwarded', client, sequence: 1, outcome: 'accepted', reason: '' }, true],
  [{ kind: 'contact-retired', epoch: LAST_EPOCH }, true],
  [{ kind: 'contact-retired', epoch: LAST_EPOCH + 1 }, false],
];

test('what a peer names is looked at before anybody keeps it: addresses, ports, terms and times', () => {
  for (const [what, right] of said) {
    const frame = { ...head, ...what } as GroupFrame;
    const reason = whyImplausible(frame, other, plan);
    assert.equal(reason === undefined, right, `${JSON.stringify(what)}: ${reason}`);
  }
});
