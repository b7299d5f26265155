import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { groupPlan } from '../../nodes/member/contact/contact-plan.ts';
import { contactsOf } from '../../nodes/member/contact-settings.ts';
import { memberConfig } from '../../nodes/member/member-config.ts';
import { securityAssociations } from '../../runner/procedures/security-associations.ts';

const [node1, node2, node3] = [1, 2, 3].map((number) => `2001:db8:1:${number}::2`) as [
  string,
  string,
  string,
];
const [ha1, ha2] = ['2001:db8:1:1::1', '2001:db8:1:2::1'];
const secretOf = (whose: string) => createHash('sha256').update(whose).digest('hex');
const common = {
  careOfAddress: node2,
  peers: [node1, node3],
  channelPort: 7000,
  channelKey: secretOf('group'),
  trustKey: secretOf('trusted members'),
  servicePort: 8080,
  homeLifetimeSeconds: 420,
  bindingLifetimeSeconds: 420,
  doneTimeoutMs: 60_000,
  sendBuffer: 65_536,
  application: { kind: 'itinerary' },
};
const times = { heartbeatMs: 100, suspectMs: 500, staggerMs: 200, registrationMs: 3000, handOverMs: 2000 };
const contacts = [
  { address: '2001:db8:1:1::100', homeAgent: ha1, contactNode: node1 },
  {
    address: '2001:db8:1:2::101',
    homeAgent: ha2,
    contactNode: node2,
    associations: securityAssociations(7, 1),
  },
  { address: '2001:db8:1:1::102', homeAgent: ha1, contactNode: node3 },
];

/** Where the configuration is wrong. */
function wrong(config: object): readonly string[] {
  const { error } = memberConfig.safeParse({ ...common, ...config });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('the single fields are the short form of one contact address', () => {
  const one = { contactAddress: contacts[0]!.address, homeAgent: ha1, contactNode: node1 };
  const short = contactsOf(memberConfig.parse({ ...common, ...one }));
  const long = contactsOf(memberConfig.parse({ ...common, contacts: contacts.slice(0, 1) }));
  assert.deepEqual(short, long);
  assert.deepEqual(short[0]?.names, { homeTunnel: 'tha', table: 100 });
});

test('each contact address has a routing table of its own, each home agent one tunnel', () => {
  const settings = contactsOf(memberConfig.parse({ ...common, contacts }));
  assert.deepEqual(
    settings.map(({ names }) => names),
    [
      { homeTunnel: 'tha', table: 100 },
      { homeTunnel: 'tha1', table: 101 },
      { homeTunnel: 'tha', table: 102 },
    ],
  );
});

test('with a common group the other contact nodes are an address’s backups, with a group of its own whoever that names', () => {
  const own = { trusted: [node3, node2], ...times };
  const config = memberConfig.parse({
    ...common,
    group: { trusted: [node1, node2, node3], ...times },
    contacts: [contacts[0], contacts[1], { ...contacts[2], group: own }],
  });
  const orders = contactsOf(config).map((contact) => groupPlan(config, contact, undefined)?.order);
  assert.deepEqual(orders, [
    [node1, node2, node3],
    [node2, node3, node1],
    [node3, node2],
  ]);
});

test('a configuration says each thing once, and its associations have numbers of their own', () => {
  const missing = 'missing, and there are no contacts';
  assert.deepEqual(wrong({}), [
    `contactAddress: ${missing}`,
    `homeAgent: ${missing}`,
    `contactNode: ${missing}`,
  ]);
  assert.deepEqual(wrong({ contacts, homeAgent: ha1 }), ['homeAgent: is said in contacts']);
  assert.deepEqual(wrong({ contacts: [contacts[0], { ...contacts[1], address: '2001:DB8:1:1:0::100' }] }), [
    'contacts: names an address twice',
  ]);
  const twice = contacts.map((contact) => ({ ...contact, associations: securityAssociations(7) }));
  assert.deepEqual(wrong({ contacts: twice }), [
    'contacts: associations need SPIs and request ids of their own',
  ]);
  assert.deepEqual(wrong({ contacts }), []);
});
