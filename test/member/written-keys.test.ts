import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { memberConfig } from '../../nodes/member/member-config.ts';
import { takeKeys } from '../../nodes/member/reload.ts';
import { keyNames, keyRing } from '../../nodes/member/written-keys.ts';
import type { KeyRing } from '../../server/channel/channel-keys.ts';

/** 32 octets in hexadecimal that are no placeholder. */
const keyOf = (name: string): string => createHash('sha256').update(name).digest('hex');
const [one, two, three] = [keyOf('one'), keyOf('two'), keyOf('three')];
const common = {
  careOfAddress: '2001:db8:1::2',
  contactAddress: '2001:db8:1::100',
  homeAgent: '2001:db8:1::1',
  // The peer creates the contact address, with associations that this member may be given.
  contactNode: '2001:db8:2::2',
  peers: ['2001:db8:2::2'],
  channelPort: 7000,
  channelKey: one,
  servicePort: 8080,
  homeLifetimeSeconds: 420,
  bindingLifetimeSeconds: 420,
  doneTimeoutMs: 60_000,
  sendBuffer: 65_536,
  application: { kind: 'itinerary' },
};
const group = {
  trusted: ['2001:db8:1::2', '2001:db8:2::2'],
  heartbeatMs: 100,
  suspectMs: 500,
  staggerMs: 200,
  registrationMs: 3000,
  handOverMs: 2000,
};
const parsed = (changes: object) => memberConfig.parse({ ...common, ...changes });

/** The fields of a configuration that are found wrong. */
function wrong(changes: object): readonly string[] {
  const { error } = memberConfig.safeParse({ ...common, ...changes });
  return [...new Set((error?.issues ?? []).map(({ path }) => String(path[0])))];
}

test('a key is written as its octets, or as two with their ids of which the first is the present one', () => {
  assert.deepEqual(keyRing({}), undefined);
  assert.deepEqual(keyRing(parsed({})), { group: [{ key: Buffer.from(one, 'hex') }], trust: [] });
  const ring = keyRing(
    parsed({ channelKey: [{ id: 'b', key: two }, { key: one }], trustKey: [{ key: three }, 'group-key'] }),
  );
  assert.deepEqual(ring, {
    group: [{ id: 'b', key: Buffer.from(two, 'hex') }, { key: Buffer.from(one, 'hex') }],
    trust: [{ key: Buffer.from(three, 'hex') }, 'group-key'],
  });
  assert.deepEqual(keyNames(ring!), { group: 'b unnamed', trust: 'unnamed group-key' });
});

const mistakes: readonly (readonly [string, object])[] = [
  ['too short', { channelKey: one.slice(2) }],
  ['no key in the list', { channelKey: [] }],
  [
    'three keys',
    {
      channelKey: [
        { id: 'a', key: one },
        { id: 'b', key: two },
        { id: 'c', key: three },
      ],
    },
  ],
  [
    'one id twice',
    {
      channelKey: [
        { id: 'a', key: one },
        { id: 'a', key: two },
      ],
    },
  ],
  ['two without an id', { channelKey: [{ key: one }, { key: two }] }],
  [
    'one key twice',
    {
      channelKey: [
        { id: 'a', key: one },
        { id: 'b', key: one },
      ],
    },
  ],
  ['an id with a mark of the identity', { channelKey: [{ id: 'a/b', key: one }] }],
  ['a field too many', { channelKey: [{ id: 'a', key: one, from: 'now' }] }],
  ['a word for a group key', { channelKey: 'group-key' }],
];
for (const [name, changes] of mistakes)
  test(`a channelKey with ${name} is refused`, () => assert.deepEqual(wrong(changes), ['channelKey']));

test('a trusted member needs a secret that the others have not, or says that it has none', () => {
  assert.deepEqual(wrong({ group }), ['trustKey']);
  assert.deepEqual(wrong({ group, trustKey: two }), []);
  assert.deepEqual(wrong({ group, trustKey: 'group-key' }), []);
  assert.deepEqual(wrong({ group, trustKey: one }), ['trustKey']);
  assert.deepEqual(
    wrong({
      group,
      trustKey: [
        { id: 'a', key: two },
        { id: 'b', key: one },
      ],
    }),
    ['trustKey'],
  );
  // Who is not trusted has none, whatever the groups are.
  assert.deepEqual(
    wrong({ contactNode: '2001:db8:2::2', group: { ...group, trusted: ['2001:db8:2::2'] } }),
    [],
  );
  const own = { address: '2001:db8:1::100', homeAgent: '2001:db8:1::1', contactNode: '2001:db8:2::2', group };
  const short = { contactAddress: undefined, homeAgent: undefined, contactNode: undefined };
  assert.deepEqual(wrong({ ...short, contacts: [own] }), ['trustKey']);
});

/** What a member does when its configuration is read again. */
function reload(before: object, after: object) {
  const did: string[] = [];
  const channel = (name: string) => ({
    renew: ({ group: keys, trust }: KeyRing) => did.push(`${name} ${keys.length} ${trust.length}`),
    rekeyed: () => did.push(`${name} rekeyed`),
  });
  const log = {
    write: (event: string, fields = {}) => void did.push(`${event} ${Object.values(fields).join(' ')}`),
  };
  const [old, changed] = [parsed(before), parsed(after)];
  const inForce = takeKeys(old, changed, { members: channel('members'), publication: channel('names') }, log);
  return { did, inForce, taken: isDeepStrictEqual(inForce.channelKey, changed.channelKey) };
}

test('on a reload keys are taken first and channels under others closed then; other changes are named', () => {
  const keys = [{ id: 'b', key: two }, { key: one }];
  const { did, taken } = reload({}, { channelKey: keys });
  assert.deepEqual(did, ['keys-taken b unnamed ', 'members 2 0', 'members rekeyed']);
  assert.ok(taken);
  assert.deepEqual(
    reload({ group, trustKey: two }, { group, trustKey: three, servicePort: 80, leaseMs: 1 }).did,
    ['reload-ignored servicePort leaseMs', 'keys-taken unnamed unnamed', 'members 1 1', 'members rekeyed'],
  );
  const publication = { nameServer: '2001:db8:d::2', port: 7001, channelKey: two };
  assert.deepEqual(reload({ publication }, { publication: { ...publication, channelKey: three } }).did, [
    'keys-taken unnamed ',
    'members 1 0',
    'members rekeyed',
    'names 1 0',
    'names rekeyed',
  ]);
  assert.deepEqual(
    reload({ publication }, { publication: { ...publication, port: 7002 } }).did[0],
    'reload-ignored publication',
  );
});

test('what a reload has not taken is not in force, and is named again by the next one', () => {
  const { inForce } = reload({}, { channelKey: [{ id: 'b', key: two }], servicePort: 80 });
  assert.equal(inForce.servicePort, parsed({}).servicePort);
  assert.deepEqual(inForce.channelKey, parsed({ channelKey: [{ id: 'b', key: two }] }).channelKey);
});
