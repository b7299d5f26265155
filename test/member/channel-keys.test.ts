import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { KeyedChannel } from '../../nodes/member/channel-security.ts';
import { GROUP_KEY_TRUSTS, type KeyRing, type SharedKey } from '../../server/channel/channel-keys.ts';
import type { GroupFrame } from '../../server/contact/group-frames.ts';
import { ChannelWorld, RecordedMember } from '../support/channel-world.ts';

const [one, two, three] = ['2001:db8:1::2', '2001:db8:2::2', '2001:db8:3::2'].map(ipv6) as [
  Ipv6Address,
  Ipv6Address,
  Ipv6Address,
];
const key = (octet: number, id?: string): SharedKey => ({
  key: Buffer.alloc(32, octet),
  ...(id === undefined ? {} : { id }),
});
const [former, older, newer] = [key(1), key(2, 'old'), key(3, 'new')];
const [trust, laterTrust] = [key(8), key(9, 'later')];
const association = {
  spi: 256,
  requestId: 1,
  encryptionKey: Buffer.alloc(16, 5),
  authenticationKey: Buffer.alloc(20, 6),
};
const secret: GroupFrame = {
  kind: 'contact-data',
  contactAddress: ipv6('2001:db8:1::100'),
  epoch: 1,
  data: {
    homeAgent: ipv6('2001:db8:1::1'),
    bindingUpdates: association,
    bindingAcknowledgements: association,
    tunnelOut: association,
    tunnelIn: association,
  },
};

interface Party {
  readonly member: RecordedMember;
  readonly security: KeyedChannel;
  rekey(keys: KeyRing): void;
}

/** Processes with these keys at these addresses; `trusted`: the members that each takes for trusted ones. */
class Group {
  readonly #world = new ChannelWorld();
  readonly #context: TestContext;

  constructor(context: TestContext) {
    this.#context = context;
  }

  start(
    self: Ipv6Address,
    peers: readonly Ipv6Address[],
    keys: KeyRing,
    trusted: readonly Ipv6Address[] = [],
  ): Party {
    const security = new KeyedChannel({ keys, self, isTrusted: (peer) => trusted.includes(peer) });
    const member = new RecordedMember({
      careOfAddress: self,
      peers,
      security,
      network: this.#world.at(self),
    });
    this.#context.after(() => member.channel.close());
    const rekey = (ring: KeyRing): void => {
      security.renew(ring);
      member.channel.rekeyed();
    };
    return { member, security, rekey };
  }
}

const only = (...group: readonly SharedKey[]): KeyRing => ({ group, trust: [] });

/** The caller is `one`, the smaller address. */
const pairs: readonly (readonly [string, KeyRing, KeyRing])[] = [
  ['the same key without a name', only(former), only(former)],
  ['the same key by name', only(newer), only(newer)],
  ['the caller has the new one, too', only(newer, former), only(former)],
  ['the caller has the new one, too, both by name', only(newer, older), only(older)],
  ['the one that is called has the new one, too', only(older), only(newer, older)],
  ['both have both, in different orders', only(older, newer), only(newer, older)],
  ['the caller has the new one alone', only(newer), only(newer, older)],
];
for (const [name, caller, callee] of pairs) {
  test(`a channel stands where ${name}`, async (context) => {
    const group = new Group(context);
    const parties = [group.start(two, [one], callee), group.start(one, [two], caller)];
    await Promise.all(parties.map(({ member }) => member.until('up')));
    // What the caller has tried in vain is nothing that it has to tell.
    assert.equal(parties[1]!.member.count('refused'), 0, parties[1]!.member.happened.join('\n'));
    assert.equal(parties[0]!.member.channel.send(one, { kind: 'cancel', handoff: 1 }), true);
    await parties[1]!.member.untilFrames(1);
  });
}

const strangers: readonly (readonly [string, KeyRing, KeyRing])[] = [
  ['there is no key in common', only(older), only(newer)],
  ['names are alike and keys are not', only(key(4, 'new')), only(newer)],
  ['the old key was removed', only(older), only(newer)],
  ['one has no key at all', only(), only(newer)],
  ['the other has no key at all', only(newer), only()],
];
for (const [name, caller, callee] of strangers) {
  test(`nothing stands where ${name}`, async (context) => {
    const group = new Group(context);
    const answering = group.start(two, [one], callee).member;
    const calling = group.start(one, [two], caller).member;
    await calling.until('refused', 2);
    assert.equal(calling.count('up') + answering.count('up'), 0);
  });
}

test('keys are replaced one member after the other, and no channel is refused or missing meanwhile', async (context) => {
  const group = new Group(context);
  const parties = [one, two, three].map((self) =>
    group.start(
      self,
      [one, two, three].filter((peer) => peer !== self),
      only(former),
    ),
  );
  await Promise.all(parties.map(({ member }) => member.until('up', 2)));
  // All take both.
  for (const { rekey } of parties) rekey(only(newer, former));
  for (const { member } of parties) assert.equal(member.count('lost'), 0);
  // All take the new one alone: what stood under the old one is made again.
  for (const { rekey } of parties) rekey(only(newer));
  await Promise.all(parties.map(({ member }) => member.until('restored', 2)));
  for (const { member } of parties) {
    assert.equal(member.count('refused'), 0, member.happened.join('\n'));
    assert.equal(member.count('gone'), 0);
    assert.equal(member.channel.standing.length, 2);
  }
});

test('a member that was not given the new key loses its channels with the old one, and comes in no more', async (context) => {
  const group = new Group(context);
  const [first, out] = [group.start(one, [two], only(older)), group.start(two, [one], only(older))];
  await Promise.all([first.member.until('up'), out.member.until('up')]);
  first.rekey(only(newer, older));
  assert.deepEqual(first.member.channel.standing, [two]);
  first.rekey(only(newer));
  assert.equal(first.member.count(`key-removed ${two}`), 1);
  await first.member.until('lost');
  await Promise.all([first.member.until('refused'), out.member.until('refused')]);
  assert.deepEqual(first.member.channel.standing, []);
  assert.equal(first.member.count('restored'), 0);
  assert.ok(first.member.channel.counters.channelRefused >= 1);
});

const both = { group: [former], trust: [trust] };

test('association data travel between trusted members', async (context) => {
  const group = new Group(context);
  const backup = group.start(two, [one], both, [one]).member;
  const contact = group.start(one, [two], both, [two]).member;
  await Promise.all([contact.until('up'), backup.until('up')]);
  assert.equal(contact.channel.send(two, secret), true);
  await backup.untilFrames(1);
  assert.equal(backup.frames[0]?.kind, 'contact-data');
});

/** A member with the group key that is on the path, and speaks from the address of a trusted member or answers there. */
for (const [self, victim] of [
  [one, two],
  [two, one],
] as const) {
  test(`who holds the group key alone is not taken for a trusted member, as ${self < victim ? 'caller' : 'callee'}`, async (context) => {
    const group = new Group(context);
    const contact = group.start(victim, [self], both, [self]).member;
    const hostile = group.start(self, [victim], { group: [former], trust: [] }).member;
    await contact.until('refused');
    await hostile.until('refused', 2);
    assert.equal(contact.channel.send(self, secret), false);
    assert.deepEqual([contact.channel.standing, hostile.frames, hostile.count('up')], [[], [], 0]);
  });
}

test('nor with a trust key of its own making', async (context) => {
  const group = new Group(context);
  const contact = group.start(two, [one], both, [one]).member;
  const hostile = group.start(one, [two], { group: [former], trust: [key(7)] }, [two]).member;
  await Promise.all([contact.until('refused'), hostile.until('refused')]);
  assert.deepEqual(contact.channel.standing, []);
});

test('nor does the trust key alone let anybody in', async (context) => {
  const group = new Group(context);
  const contact = group.start(two, [one], both, [one]).member;
  group.start(one, [two], { group: [key(7)], trust: [trust] }, [two]);
  await contact.until('refused');
  assert.deepEqual(contact.channel.standing, []);
});

test('on a channel of members that are not trusted association data are neither sent nor taken', async (context) => {
  const group = new Group(context);
  const member = group.start(two, [one], only(former)).member;
  // It takes the other for trusted by the group key, as members before version 1 did, and says what it should not.
  const careless = group.start(one, [two], { group: [former], trust: [GROUP_KEY_TRUSTS] }, [two]).member;
  await Promise.all([member.until('up'), careless.until('up')]);
  assert.equal(member.channel.send(one, secret), false);
  assert.equal(careless.channel.send(two, secret), true);
  await member.until('frame-untrusted');
  careless.channel.send(two, { kind: 'cancel', handoff: 1 });
  await member.untilFrames(1);
  assert.equal(member.frames[0]?.kind, 'cancel');
});

test('a refusal names the key that is missing', async (context) => {
  const group = new Group(context);
  const called = group.start(two, [one], only(newer)).member;
  group.start(one, [two], only(older));
  await called.until(`refused ${one}: this member has no key for the identity "${one}#old"`);
});

test('a trust key is introduced and replaced like a group key', async (context) => {
  const group = new Group(context);
  const start = (self: Ipv6Address, peer: Ipv6Address) =>
    group.start(self, [peer], { group: [former], trust: [GROUP_KEY_TRUSTS] }, [peer]);
  const parties = [start(one, two), start(two, one)];
  await Promise.all(parties.map(({ member }) => member.until('up')));
  const steps: readonly KeyRing['trust'][] = [
    [trust, GROUP_KEY_TRUSTS],
    [trust],
    [laterTrust, trust],
    [laterTrust],
  ];
  let restored = 0;
  for (const keys of steps) {
    // One after the other: both kinds meet.
    for (const { rekey } of parties) rekey({ group: [former], trust: keys });
    if (keys.length === 1) restored++;
    await Promise.all(parties.map(({ member }) => member.until('restored', restored)));
  }
  for (const { member } of parties) {
    assert.equal(member.count('refused'), 0, member.happened.join('\n'));
    assert.equal(member.channel.takes(member === parties[0]!.member ? two : one, 'contact-data'), true);
  }
});
