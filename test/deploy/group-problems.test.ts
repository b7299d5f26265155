import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkFiles } from '../../deploy/check-files.ts';
import { configurationsOf } from '../../deploy/generate.ts';
import { readPlan } from '../../deploy/plan.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests write into configurations of every shape
type Json = Record<string, any>;
type Files = Record<string, Json>;

const hex = (octets: number): string => randomBytes(octets).toString('hex');
const example = new URL('../../deploy/example-plan.json', import.meta.url).pathname;

/** A group of three members that is good; the third may not hold the associations. */
function group(change: (plan: Json) => void = () => undefined): Files {
  const plan = structuredClone(readPlan(example)) as Json;
  delete plan.settings.membership;
  change(plan);
  // As from files: nothing is shared between them.
  return JSON.parse(
    JSON.stringify(Object.fromEntries(configurationsOf(plan as ReturnType<typeof readPlan>))),
  );
}

function withNameServer(): Files {
  const files = group();
  const channelKey = hex(32);
  for (const name of ['node1', 'node2', 'node3'])
    files[name]!.publication = { nameServer: '2001:db8:d::2', port: 7001, channelKey };
  const members = ['2001:db8:1::2', '2001:db8:2::2', '2001:db8:3::2'];
  files.ns = {
    ...{
      address: '2001:db8:d::2',
      zone: 'server.example',
      name: 'www',
      ttlS: 30,
      members,
      trusted: members.slice(0, 2),
    },
    ...{ publishable: ['2001:db8:1::/64'], channelPort: 7001, channelKey, folder: '/var/lib/handoff-lab/ns' },
  };
  return files;
}

/** The lines of the check, with the folder taken off. */
async function check(files: Files): Promise<{ readonly good: boolean; readonly lines: readonly string[] }> {
  await using folder = await temporaryFolder();
  const paths = Object.entries(files).map(([name, json]) => {
    const path = join(folder.path, `${name}.json`);
    writeFileSync(path, JSON.stringify(json), { mode: 0o600 });
    return path;
  });
  const { good, lines } = checkFiles(paths);
  return { good, lines: lines.map((line) => line.replaceAll(`${folder.path}/`, '')) };
}

/** A second contact address, of another home link and in another order. */
const two = (plan: Json): void => {
  plan.homeAgents.ha2 = { address: '2001:db8:2::1', prefix: '2001:db8:2::/64' };
  plan.contacts.push({
    address: '2001:db8:2::100',
    homeAgent: 'ha2',
    contactNode: 'node2',
    trusted: ['node2', 'node1'],
  });
};

test('a group as it is generated is good, with and without joining, a name server, several contact addresses, a client', async () => {
  const alone = (plan: Json): void => {
    delete plan.contacts[0].trusted;
  };
  for (const files of [
    group(),
    group(two),
    group(alone),
    withNameServer(),
    { ...group(), client: { capacity: 3 } },
  ])
    assert.deepEqual((await check(files)).lines.slice(0, -1), []);
  assert.deepEqual(await check({ ...withNameServer(), client: {} }), {
    good: true,
    lines: [
      '3 members, 1 home agent, 1 name server, 1 correspondent node: nothing is wrong with them, alone or together',
    ],
  });
});

test('what is wrong by itself is told as the program would tell it, and nothing about the rest', async () => {
  const files = group();
  files.node2!.servicePort = 80_800;
  files.node3!.channelPort = 7002;
  const { good, lines } = await check(files);
  assert.equal(good, false);
  assert.deepEqual(lines, [
    'node2.json is not a valid configuration:\n  servicePort: 80800 expected at most 65535',
  ]);
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'open.json');
  writeFileSync(path, JSON.stringify(group().node1));
  chmodSync(path, 0o644);
  assert.match(
    checkFiles([path]).lines.join(),
    /has keys in it and others may read it \(mode 644\): chmod 600/,
  );
  assert.match(checkFiles([join(folder.path, 'none.json')]).lines.join(), /cannot read .*none\.json/);
});

/** One change of a good group, and the line that tells of it; each names file, field, value and remedy. */
const faults: readonly (readonly [what: string, change: (files: Files) => void, told: RegExp])[] = [
  [
    'two hosts with one address',
    ({ node2 }) => {
      node2!.careOfAddress = '2001:db8:3::2';
      node2!.peers = ['2001:db8:1::2', '2001:db8:2::2'];
      node2!.group.trusted = ['2001:db8:1::2', '2001:db8:3::2'];
    },
    /^node3\.json: careOfAddress: '2001:db8:3::2' is node2\.json's careOfAddress, too: each host has an address of its own/m,
  ],
  [
    'a member that does not know another',
    ({ node1 }) => void node1!.peers.pop(),
    /^node1\.json: peers: lacks '2001:db8:3::2', the member of node3\.json; add it/m,
  ],
  [
    'another port of the channel',
    ({ node2 }) => {
      node2!.channelPort = 7002;
    },
    /^node2\.json: channelPort: 7002 is 7000 in node1\.json/m,
  ],
  [
    'another port of the service',
    ({ node3 }) => {
      node3!.servicePort = 81;
    },
    /^node3\.json: servicePort: 81 is 8080 in node1\.json/m,
  ],
  [
    'another home agent',
    ({ node3 }) => {
      node3!.homeAgent = '2001:db8:1::3';
    },
    /^node3\.json: homeAgent: '2001:db8:1::3' is '2001:db8:1::1' in node1\.json/m,
  ],
  [
    'another contact node',
    ({ node3 }) => Object.assign(node3!, { contactNode: '2001:db8:2::2' }),
    /^node3\.json: contactNode: '2001:db8:2::2' is '2001:db8:1::2' in node1\.json/m,
  ],
  [
    'another contact address',
    ({ node3 }) => {
      node3!.contactAddress = '2001:db8:1::101';
    },
    /^node3\.json: contactAddress: '2001:db8:1::101' is no contact address of node1\.json/m,
  ],
  [
    'another order of takeover',
    ({ node2 }) => void node2!.group.trusted.reverse(),
    /^node2\.json: group\.trusted: 2001:db8:2::2, 2001:db8:1::2 is 2001:db8:1::2, 2001:db8:2::2 in node1\.json: .* in the order in which they take over/m,
  ],
  [
    'another time of suspicion',
    ({ node3 }) => {
      node3!.group.suspectMs = 2500;
    },
    /^node3\.json: group\.suspectMs: 2500 is 1500 in node1\.json/m,
  ],
  [
    'a member without the group',
    ({ node3 }) => void delete node3!.group,
    /^node3\.json: group: is missing, and node1\.json has one/m,
  ],
  [
    'a channel in the clear at one',
    ({ node3 }) => {
      delete node3!.channelKey;
      node3!.channel = 'cleartext';
      delete node3!.group;
    },
    /^node3\.json: channelKey: is missing, and node1\.json has one/m,
  ],
  [
    'a key that was mistyped',
    ({ node3 }) => {
      node3!.channelKey[0].key = hex(32);
    },
    /^node3\.json: channelKey: the key 'k1' is another one in node1\.json: copy it/m,
  ],
  [
    'a key under another name',
    ({ node2 }) => {
      node2!.channelKey[0].id = 'k9';
    },
    /^node2\.json: channelKey: is called 'k1' in node1\.json, and otherwise here/m,
  ],
  [
    'no key in common',
    ({ node3 }) => {
      node3!.channelKey = [{ id: 'x', key: hex(32) }];
    },
    /^node3\.json: channelKey: has no key in common with node2\.json/m,
  ],
  [
    'another trust key',
    ({ node2 }) => {
      node2!.trustKey[0].key = hex(32);
    },
    /^node2\.json: trustKey: the key 't1' is another one in node1\.json/m,
  ],
  [
    'a trust key for one that is not trusted',
    (files) => {
      files.node3!.trustKey = files.node1!.trustKey;
    },
    /^node3\.json: trustKey: is there, and '2001:db8:3::2' is trusted with no contact address/m,
  ],
  [
    'a home agent that does not serve the address',
    ({ ha1 }) => {
      ha1!.homeAddresses = [];
    },
    /^ha1\.json: homeAddresses: lacks '2001:db8:1::100', which node1\.json registers/m,
  ],
  [
    'another SPI',
    ({ ha1 }) => {
      ha1!.homeAddresses[0].associations.tunnelIn.spi = 9999;
    },
    /^node1\.json: associations\.tunnelIn\.spi: \d+ is 9999 in ha1\.json/m,
  ],
  [
    'another key of an association',
    ({ ha1 }) => {
      ha1!.homeAddresses[0].associations.tunnelOut.encryptionKey = hex(16);
    },
    /^node1\.json: associations\.tunnelOut\.encryptionKey: is another one in ha1\.json/m,
  ],
  [
    'another authentication key',
    ({ node1 }) => {
      node1!.associations.bindingUpdates.authenticationKey = hex(20);
    },
    /^node1\.json: associations\.bindingUpdates\.authenticationKey: is another one in ha1\.json/m,
  ],
  [
    'another request id',
    ({ node1 }) => {
      node1!.associations.bindingUpdates.requestId = 77;
    },
    /^node1\.json: associations\.bindingUpdates\.requestId: 77 is 1 in ha1\.json/m,
  ],
  [
    'two associations changed over',
    ({ node1 }) => {
      const { tunnelIn, tunnelOut } = node1!.associations;
      Object.assign(node1!.associations, { tunnelIn: tunnelOut, tunnelOut: tunnelIn });
    },
    /^node1\.json: associations\.tunnelOut: is homeAddresses\.0\.associations\.tunnelIn in ha1\.json: both ends call it the same/m,
  ],
  [
    'associations at a member that does not need them',
    (files) => {
      files.node2!.associations = files.node1!.associations;
    },
    /^node2\.json: associations: are there, and '2001:db8:1::2' creates '2001:db8:1::100': leave them out/m,
  ],
];

for (const [what, change, told] of faults)
  test(`between configurations: ${what}`, async () => {
    const files = group();
    change(files);
    const { good, lines } = await check(files);
    assert.equal(good, false, lines.join('\n'));
    assert.match(lines.join('\n'), told);
    // No octet of a key is ever shown.
    assert.doesNotMatch(lines.join('\n'), /[0-9a-f]{16}/);
  });

const naming: typeof faults = [
  [
    'another port of the agent',
    ({ node1 }) => {
      node1!.publication.port = 7005;
    },
    /^node1\.json: publication\.port: 7005 is channelPort 7001 in ns\.json/m,
  ],
  [
    'another key',
    ({ node2 }) => {
      node2!.publication.channelKey = hex(32);
    },
    /^node2\.json: publication\.channelKey: has no key in common with ns\.json/m,
  ],
  [
    'a member that it does not know',
    ({ ns }) => void ns!.members.pop(),
    /^ns\.json: members: lacks '2001:db8:3::2', the member of node3\.json/m,
  ],
  [
    'a backup that it does not hear',
    ({ ns }) => void ns!.trusted.pop(),
    /^ns\.json: trusted: lacks '2001:db8:2::2' \(node2\.json\), which may be a contact node/m,
  ],
  [
    'an address that it does not publish',
    ({ ns }) => {
      ns!.publishable = ['2001:db8:9::/64'];
    },
    /^ns\.json: publishable: lacks the contact address '2001:db8:1::100'/m,
  ],
];

for (const [what, change, told] of naming)
  test(`between members and a name server: ${what}`, async () => {
    const files = withNameServer();
    change(files);
    const { good, lines } = await check(files);
    assert.equal(good, false);
    assert.match(lines.join('\n'), told);
  });

test('two contact addresses: the same order at all members, numbers of their own', async () => {
  const reordered = group(two);
  reordered.node2!.contacts.reverse();
  assert.match(
    (await check(reordered)).lines.join('\n'),
    /^node2\.json: contacts: are in another order than in node1\.json/m,
  );
  const alike = group(two);
  const { spi } = alike.node1!.contacts[0].associations.tunnelIn;
  alike.node2!.contacts[1].associations.tunnelOut.spi = spi;
  alike.ha2!.homeAddresses[0].associations.tunnelOut.spi = spi;
  assert.match(
    (await check(alike)).lines.join('\n'),
    /^node2\.json: contacts\.1\.associations\.tunnelOut\.spi: \d+ is that of contacts\.0\.associations\.tunnelIn in node1\.json, too/m,
  );
});

test('what is not among the files is noted, and nothing is wrong with that', async () => {
  const { node1, ha1 } = group();
  const apart = await check({ node1: node1! });
  assert.equal(apart.good, true);
  assert.match(
    apart.lines.join('\n'),
    /^note: node1\.json: peers\.0: '2001:db8:2::2' has no configuration among these files/m,
  );
  assert.match(
    apart.lines.join('\n'),
    /^note: node1\.json: homeAgent: '2001:db8:1::1' has no configuration/m,
  );
  const agent = await check({ ha1: ha1! });
  assert.equal(agent.good, true);
  assert.match(
    agent.lines.join('\n'),
    /^note: ha1\.json: homeAddresses\.0\.address: '2001:db8:1::100' is no contact address/m,
  );
  const files = group();
  files.ha1!.maximumLifetimeSeconds = 60;
  const short = await check(files);
  assert.equal(short.good, true);
  assert.match(
    short.lines.join('\n'),
    /^note: node1\.json: homeLifetimeSeconds: 420 is more than ha1\.json grants, 60/m,
  );
});

test('while a key is replaced, members that are one step apart still have one in common', async () => {
  const files = group();
  const [old] = files.node1!.channelKey;
  const next = { id: 'k2', key: hex(32) };
  const steps = [[old], [next, old], [next]];
  for (const [one, mine] of steps.entries())
    for (const [other, theirs] of steps.entries()) {
      Object.assign(files.node1!, { channelKey: mine });
      Object.assign(files.node2!, { channelKey: theirs });
      Object.assign(files.node3!, { channelKey: theirs });
      const apart = Math.abs(one - other) > 1;
      assert.equal((await check(files)).good, !apart, `${one} and ${other}`);
    }
});
