import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { conductorConfig } from '../../nodes/conductor/conductor-config.ts';
import { correspondentNodeConfig } from '../../nodes/correspondent-node/correspondent-node-config.ts';
import { homeAgentConfig } from '../../nodes/home-agent/home-agent-config.ts';
import { memberConfig } from '../../nodes/member/member-config.ts';
import { nameServerConfig } from '../../nodes/name-server/name-server-config.ts';
import { problemsOf } from '../../nodes/support/config-problems.ts';
import { badJsonAt } from '../../nodes/support/json-place.ts';
import { nearestName } from '../../server/nearest-name.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Json = Record<string, unknown>;

const programs = {
  member: memberConfig,
  'home-agent': homeAgentConfig,
  'correspondent-node': correspondentNodeConfig,
  'name-server': nameServerConfig,
  conductor: conductorConfig,
} as const;
type Program = keyof typeof programs;

const good: Record<Program, Json> = {
  member: {},
  'home-agent': {},
  'correspondent-node': {},
  'name-server': {},
  conductor: {
    processes: { node1: { host: 'node1', command: ['/bin/true'] } },
    daemons: [['node1']],
    ...{
      readyPath: '/run/ready',
      readyMs: 1000,
      periodMs: 100,
      lingerMs: 0,
      stopMs: 1000,
      outputFolder: '/tmp',
    },
    steps: [{ atMs: 0, action: 'crash', target: 'node1' }],
  },
};

function path(name: string): string {
  return fileURLToPath(new URL(`../../nodes/${name}`, import.meta.url));
}

/** Each of its keys is a random one of the same length. */
function withOwnKeys(text: string): string {
  return text.replace(
    /"([0-9a-f]{32,})"/g,
    (_, hex: string) => `"${randomBytes(hex.length / 2).toString('hex')}"`,
  );
}

before(async () => {
  for (const name of ['member', 'home-agent', 'correspondent-node', 'name-server'] as const)
    good[name] = JSON.parse(withOwnKeys(await readFile(path(`${name}/example.json`), 'utf8')));
});

/** `config` with the field at `path` (`a.b.0`) set; undefined takes it away. */
function changed(config: Json, field: string, value: unknown): Json {
  const copy = structuredClone(config);
  const names = field.split('.');
  const last = names.pop()!;
  let at = copy as Json;
  for (const name of names) {
    at[name] ??= {};
    at = at[name] as Json;
  }
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

function problems(program: Program, config: Json): readonly string[] {
  const { error } = programs[program].safeParse(config);
  return error === undefined ? [] : problemsOf(config, error.issues);
}

const [self, peer] = ['2001:db8:1::2', '2001:db8:2::2'];
const group = {
  trusted: [self, peer],
  ...{ heartbeatMs: 500, suspectMs: 1500, staggerMs: 200, registrationMs: 3000, handOverMs: 5000 },
};
const secret = () => randomBytes(32).toString('hex');

/** One field is changed, and the line about it says so, and what would be right. */
const bad: readonly (readonly [Program, field: string, value: unknown, told: RegExp])[] = [
  // Misspelt keys.
  [
    'member',
    'chanelKey',
    secret(),
    /^configuration: 'chanelKey' is no field here, did you mean 'channelKey'\?/,
  ],
  ['member', 'plainClients.limt', 3, /^plainClients: 'limt' is no field here, did you mean 'limit'\?/],
  ['member', 'application.handof', {}, /^application: 'handof' is no field here, did you mean 'handoff'\?/],
  ['member', 'associations.bindingUpdates.spy', 1, /'spy' is no field here, did you mean 'spi'\?/],
  ['home-agent', 'prefx', '::/0', /did you mean 'prefix'\?/],
  ['correspondent-node', 'capacaty', 3, /did you mean 'capacity'\?/],
  ['name-server', 'tlS', 3, /did you mean 'ttlS'\?/],
  ['conductor', 'perodMs', 3, /did you mean 'periodMs'\?/],
  ['member', 'somethingElse', 1, /'somethingElse' is no field here; there are: careOfAddress, /],
  // Ports, times, sizes.
  ['member', 'channelPort', 99_999_999, /^channelPort: 99999999 expected at most 65535$/],
  ['member', 'servicePort', 0, /^servicePort: 0 expected at least 1$/],
  ['member', 'servicePort', '80', /^servicePort: '80' expected a number$/],
  ['member', 'servicePort', undefined, /^servicePort: is missing \(expected a number\)$/],
  ['member', 'doneTimeoutMs', -1, /^doneTimeoutMs: -1 expected more than 0$/],
  ['member', 'doneTimeoutMs', 2 ** 31, /^doneTimeoutMs: 2147483648 expected at most 2147483647$/],
  ['member', 'channelTimeoutMs', 0, /^channelTimeoutMs: 0 /],
  ['member', 'leaseMs', 420_000, /^leaseMs: .*as long as a binding lives/],
  ['member', 'homeLifetimeSeconds', 0, /^homeLifetimeSeconds: 0 expected at least 4$/],
  ['member', 'bindingLifetimeSeconds', 262_141, /^bindingLifetimeSeconds: 262141 expected at most 262140$/],
  ['member', 'sendBuffer', -5, /^sendBuffer: -5 /],
  ['member', 'testRetransmissions', -1, /^testRetransmissions: -1 /],
  ['member', 'plainClients', { limit: -1 }, /^plainClients.limit: -1 /],
  ['home-agent', 'maximumLifetimeSeconds', -1, /^maximumLifetimeSeconds: -1 /],
  ['name-server', 'channelPort', 70_000, /^channelPort: 70000 /],
  ['name-server', 'retryMs', -1, /^retryMs: -1 /],
  ['conductor', 'readyMs', -1, /^readyMs: -1 /],
  ['member', 'application.generated', { '/document': -1 }, /^application.generated.\/document: -1 /],
  ['correspondent-node', 'maximumLifetimeSeconds', 421, /^maximumLifetimeSeconds: 421 expected at most 420$/],
  [
    'correspondent-node',
    'refreshRequestLeadSeconds',
    420,
    /^refreshRequestLeadSeconds: 420 .*, 420 at most$/,
  ],
  ['correspondent-node', 'capacity', 2 ** 31, /^capacity: 2147483648 expected at most/],
  ['name-server', 'ttlS', 2 ** 31, /^ttlS: 2147483648 expected at most 2147483647$/],
  ['name-server', 'channelPort', 53, /^channelPort: 53 is NSD’s port, too$/],
  // Names.
  [
    'member',
    'application.handoff.variant',
    'dran',
    /variant: 'dran' is no handoff variant, did you mean 'drain'\?/,
  ],
  [
    'member',
    'application.kind',
    'wep',
    /^application.kind: 'wep' expected one of: download, .*did you mean 'web'\?/,
  ],
  ['member', 'membership', { acceptorPolicy: 'nearst' }, /did you mean 'nearest'\?/],
  [
    'member',
    'application',
    { kind: 'module', file: '/nowhere/app.ts' },
    /file: '\/nowhere\/app.ts' there is no such file/,
  ],
  ['member', 'application', { kind: 'module', file: 'app.ts' }, /file: 'app.ts' expected an absolute path/],
  ['member', 'application.root', 'www', /^application.root: 'www' expected an absolute path$/],
  ['correspondent-node', 'namespaces', ['a', 'b/c'], /^namespaces.1: 'b\/c' expected a name/],
  ['correspondent-node', 'namespaces', ['a', 'a'], /^namespaces.1: 'a' is there twice$/],
  ['conductor', 'steps.0.target', 'nod1', /^steps.0.target: .*did you mean 'node1'\?/],
  ['conductor', 'daemons', [['nobody']], /^daemons.0.0: .*'nobody' is none of the processes/],
  // Addresses.
  ['member', 'careOfAddress', '2001:db8::x', /^careOfAddress: '2001:db8::x' expected an IPv6 address$/],
  ['member', 'careOfAddress', 'ff02::1', /^careOfAddress: 'ff02::1' expected a global unicast address$/],
  ['member', 'peers', [self, peer], /^peers.0: '2001:db8:1::2' is this member itself$/],
  ['member', 'peers', [peer, '2001:0db8:2::2'], /^peers.1: .* is there twice$/],
  ['member', 'contactAddress', self, /^contactAddress: .* is a member’s care-of address/],
  ['member', 'contactAddress', '2001:db8:1::1', /^contactAddress: .* is its home agent’s address$/],
  ['member', 'homeAgent', peer, /^homeAgent: .* is a member’s care-of address$/],
  ['member', 'contactNode', '2001:db8:3::2', /^contactNode: .* is neither this member nor one of its peers$/],
  ['member', 'contactAddress', undefined, /^contactAddress: missing, and there are no contacts$/],
  ['member', 'application.handoff.acceptor', '2001:db8:3::2', /acceptor: .* is none of the peers$/],
  [
    'home-agent',
    'address',
    '2001:db8:2::1',
    /^address: '2001:db8:2::1' is not of the home link's prefix 2001:db8:1::\/64$/,
  ],
  ['home-agent', 'homeAddresses.0.address', '2001:db8:2::100', /is not of the home link's prefix/],
  ['home-agent', 'homeAddresses.0.address', '2001:db8:1::1', /is the home agent’s own address/],
  ['name-server', 'trusted', ['2001:db8:3::2'], /^trusted.0: .* is none of the members$/],
  ['name-server', 'members', ['2001:db8:d::2'], /^members.0: .* is the name server’s own address$/],
  [
    'member',
    'membership',
    { introducers: ['2001:db8:1::100'] },
    /^membership.introducers.0: .* contact addr/,
  ],
  ['member', 'membership', { introducers: ['2001:db8:1::1'] }, /^membership.introducers.0: .* home agent’s/],
  ['member', 'group', { ...group, trusted: [self, '2001:db8:1::1'] }, /^group.trusted.1: .* home agent’s/],
  ['member', 'application.handoff.acceptor', 'ff02::1', /acceptor: 'ff02::1' expected a global unicast/],
  // Associations, group, keys.
  ['member', 'associations.tunnelIn.spi', 4097, /^associations: .*SPIs and request ids of their own/],
  ['home-agent', 'homeAddresses.0.associations.tunnelIn.spi', 4097, /spi: 4097 .*another association's/],
  [
    'home-agent',
    'homeAddresses.0.associations.tunnelIn.requestId',
    1,
    /requestId: 1 .*another association's/,
  ],
  [
    'member',
    'associations.tunnelIn.requestId',
    2 ** 32,
    /requestId: 4294967296 expected at most 4294967295$/,
  ],
  [
    'member',
    'group',
    { ...group, suspectMs: 1000 },
    /^group.suspectMs: .*more than 2 times heartbeatMs, which is 500$/,
  ],
  ['member', 'group', { ...group, trusted: [peer] }, /^group: .* is not trusted with the associations/],
  ['member', 'group', { ...group, trusted: [self, peer, peer] }, /^group.trusted.2: .* is there twice$/],
  ['member', 'channelKey', undefined, /^channelKey: is missing: give 32 octets.*"channel": "cleartext"/],
  ['member', 'channel', 'cleartext', /^channel: .*is cleartext, and there is a channelKey/],
  ['member', 'channel', 'clear', /^channel: 'clear' expected one of: tls, cleartext/],
  [
    'member',
    'channelKey',
    '0123456789abcdef'.repeat(4),
    /^channelKey: '0123…' is a placeholder.*openssl rand -hex 32/,
  ],
  ['member', 'channelKey', '00'.repeat(32), /placeholder/],
  ['member', 'channelKey', 'abc', /^channelKey: 'abc' expected 32 octets in hexadecimal/],
  ['member', 'associations.tunnelIn.encryptionKey', '04'.repeat(16), /placeholder.*openssl rand -hex 16/],
  ['home-agent', 'homeAddresses.0.associations.tunnelIn.authenticationKey', '14'.repeat(20), /placeholder/],
  ['name-server', 'channelKey', '89abcdef01234567'.repeat(4), /placeholder/],
];

test('one wrong field is told by its name, with what stands there and what should', () => {
  for (const [program, field, value, told] of bad) {
    const found = problems(program, changed(good[program], field, value));
    assert.ok(
      found.some((line) => told.test(line)),
      `${program} with ${field} ${JSON.stringify(value)}: ${found.join(' | ') || 'is a good configuration'}`,
    );
  }
});

test('the examples with keys of one’s own are good, and so is a channel in the clear that is asked for by name', () => {
  for (const program of Object.keys(programs) as Program[])
    assert.deepEqual(problems(program, good[program]), [], program);
  const clear = changed(changed(good.member, 'channelKey', undefined), 'channel', 'cleartext');
  assert.deepEqual(problems('member', clear), []);
  const trusting = changed(changed(good.member, 'group', group), 'trustKey', secret());
  assert.deepEqual(problems('member', trusting), []);
  assert.match(problems('member', changed(clear, 'membership', {})).join(), /needs a channelKey/);
  const naming = { nameServer: '2001:db8:d::2', port: 7001, channelKey: good.member.channelKey };
  assert.match(
    problems('member', changed(good.member, 'publication', naming)).join(),
    /the members’ own key/,
  );
});

test('a secret that is wrong does not stand in the message, whatever is wrong with it', () => {
  const key = secret();
  const slips = [`${key}ab`, `0x${key}`, `${key} `, `${key.slice(1)}g`, key.toUpperCase()];
  const written = slips.flatMap((slip) => [slip, [{ id: 'new', key: slip }]]);
  for (const field of ['channelKey', 'trustKey', 'associations.tunnelIn.encryptionKey', 'application.file'])
    for (const value of written) {
      const told = problems('member', changed(good.member, field, value)).join();
      assert.ok(told !== '' && !told.toLowerCase().includes(key.slice(4, 20)), told);
    }
});

test('a key of the members is not the name server’s, nor does a group begin without associations', () => {
  const trusting = { ...good.member, group, trustKey: secret() };
  const naming = { nameServer: '2001:db8:d::2', port: 7001, channelKey: trusting.trustKey };
  const publishing = { ...trusting, publication: naming };
  assert.match(problems('member', publishing).join(), /^publication.channelKey: .*the members’ own key/);
  const elsewhere = { ...naming, nameServer: '2001:db8:1::100', channelKey: secret() };
  assert.match(
    problems('member', { ...trusting, publication: elsewhere }).join(),
    /^publication.nameServer: .*is a contact address/,
  );
  assert.match(
    problems('member', changed(trusting, 'associations', undefined)).join(),
    /^associations: missing: this member creates the contact address/,
  );
});

test('a run and --check read a file alike: a bad one ends with status 2, one that others may read with the remedy', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'member.json');
  const run = (...words: readonly string[]) =>
    spawnSync(process.execPath, [path('member/member-daemon.ts'), '--config', file, ...words], {
      encoding: 'utf8',
      timeout: 60_000,
    });
  await writeFile(file, JSON.stringify(changed(good.member, 'chanelKey', secret())), { mode: 0o600 });
  for (const words of [[], ['--check']]) {
    const { status, stderr } = run(...words);
    assert.equal(status, 2, stderr);
    assert.match(stderr, /did you mean 'channelKey'\?/);
  }
  // A slip in the middle of a key: what stands there is told to nobody.
  const key = secret();
  const text = JSON.stringify({ ...good.member, channelKey: key }, undefined, 2);
  const [line] = [...text.split('\n').entries()].find(([, words]) => words.includes(key))!;
  for (const broken of [text.replace(`"${key}"`, key), text.replace(`"${key}"`, `"${key}`)]) {
    await writeFile(file, broken);
    const { status, stderr } = run('--check');
    assert.equal(status, 2, stderr);
    assert.match(stderr, new RegExp(`member\\.json is no JSON from line ${line + 1}, column \\d+ on\n$`));
    for (let at = 0; at + 4 <= key.length; at++) assert.ok(!stderr.includes(key.slice(at, at + 4)), stderr);
  }
  await writeFile(file, JSON.stringify(good.member));
  assert.deepEqual([run('--check').status, run('--check').stderr], [0, '']);
  for (const mode of [0o640, 0o604]) {
    await chmod(file, mode);
    for (const words of [[], ['--check']]) {
      const { status, stderr } = run(...words);
      assert.equal(status, 2, stderr);
      assert.ok(stderr.includes(`others may read it (mode ${mode.toString(8)}): chmod 600 ${file}`), stderr);
    }
  }
});

test('the name that was meant is found through slips, and no other name is made up', () => {
  const names = ['channelKey', 'channelPort', 'channelKeyLog', 'variant', 'repetitions'];
  for (const [slip, meant] of [
    ['chanelKey', 'channelKey'],
    ['chnanelKey', 'channelKey'],
    ['channelkey', 'channelKey'],
    ['repetitons', 'repetitions'],
    ['varaint', 'variant'],
  ] as const)
    assert.equal(nearestName(slip, names), meant);
  for (const other of ['x', 'colour', 'key', '']) assert.equal(nearestName(other, names), undefined);
});

test('where a text stops being JSON is told by line and column', () => {
  for (const [text, line, column] of [
    ['', 1, 1],
    ['{"a": abcdef}', 1, 7],
    ['{\n "a": 1,\n}', 3, 1],
    ['{"a":"b" "c":1}', 1, 10],
    ['{"a":1}}', 1, 8],
    ['[1,2', 1, 5],
    ["{'k': 1}", 1, 2],
    ['{\n "k": 0123\n}', 2, 8],
  ] as const)
    assert.deepEqual(badJsonAt(text), { line, column }, text);
  for (const text of ['{}', ' [1, 2]\n', '"x"']) assert.equal(badJsonAt(text), undefined);
});
