import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { applyRotation } from '../../deploy/apply-rotation.ts';
import { checkFiles } from '../../deploy/check-files.ts';
import { associationSet } from '../../deploy/generate.ts';
import { makeGroup } from '../../deploy/make-group.ts';
import { replaceAll } from '../../deploy/write-files.ts';
import { seededBytes } from '../support/seeded-random.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests write into configurations of every shape
type Json = Record<string, any>;

const example = new URL('../../deploy/example-plan.json', import.meta.url).pathname;
const json = (path: string): Json => JSON.parse(readFileSync(path, 'utf8'));

test('a name that no file could have is refused with what a name is', async () => {
  await using folder = await temporaryFolder();
  const plan = join(folder.path, 'plan.json');
  writeFileSync(plan, readFileSync(example, 'utf8').replaceAll('"ha1"', '"h/../a"'));
  const says =
    /homeAgents\.h\/\.\.\/a: is no name here: expected a short name: small letters, digits, hyphens/;
  assert.throws(() => makeGroup(plan, join(folder.path, 'group')), says);
  assert.deepEqual(readdirSync(folder.path), ['plan.json']);
});

test('a plan becomes files for their owner alone, with keys that nothing else has', async () => {
  await using folder = await temporaryFolder();
  const out = join(folder.path, 'group');
  const paths = makeGroup(example, out);
  assert.deepEqual(readdirSync(out).sort(), ['ha1.json', 'node1.json', 'node2.json', 'node3.json']);
  for (const path of paths) assert.equal(statSync(path).mode & 0o777, 0o600);
  const keys = new Set([
    ...paths.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/"([0-9a-f]{32,})"/g)].map(([, key]) => key),
    ),
  ]);
  // Four associations of two keys, the group's, the trusted members'.
  assert.equal(keys.size, 10);
  const [first, second] = [json(join(out, 'node1.json')), json(join(out, 'node2.json'))];
  assert.deepEqual(first.associations, json(join(out, 'ha1.json')).homeAddresses[0].associations);
  assert.equal(second.associations, undefined);
  assert.deepEqual(first.trustKey, second.trustKey);
  assert.equal(json(join(out, 'node3.json')).trustKey, undefined);
  assert.equal(checkFiles(paths).good, true);
  // Another group has other keys.
  const other = makeGroup(example, join(folder.path, 'other'));
  assert.ok(other.every((path) => [...keys].every((key) => !readFileSync(path, 'utf8').includes(key!))));
});

test('files that are there are not touched, and then none is written', async () => {
  await using folder = await temporaryFolder();
  writeFileSync(join(folder.path, 'node2.json'), 'mine');
  assert.throws(
    () => makeGroup(example, folder.path),
    /--out: '.*node2\.json' is there already.*name another folder/,
  );
  assert.deepEqual(readdirSync(folder.path), ['node2.json']);
  assert.equal(readFileSync(join(folder.path, 'node2.json'), 'utf8'), 'mine');
  assert.throws(() => makeGroup(example, '/proc/none'), /--out: '\/proc\/none' cannot be written/);
});

test('a plan’s mistakes are told with field, value and remedy, all of them, and nothing is written', async () => {
  await using folder = await temporaryFolder();
  const plan = json(example);
  const [file, out] = [join(folder.path, 'plan.json'), join(folder.path, 'out')];
  const told = (change: (plan: Json) => void): string => {
    const wrong = structuredClone(plan);
    change(wrong);
    writeFileSync(file, JSON.stringify(wrong));
    try {
      makeGroup(file, out);
    } catch (error) {
      assert.equal((error as { exitStatus?: number }).exitStatus, 2);
      assert.equal(existsSync(out), false);
      return (error as Error).message;
    }
    assert.fail('taken');
  };
  const cases: readonly (readonly [(plan: Json) => void, RegExp])[] = [
    [
      (one) => {
        one.members.node1 = '2001:db8::zz';
      },
      /plan\.json: members\.node1: '2001:db8::zz' expected an IPv6 address/,
    ],
    [
      (one) => {
        one.members.node1 = 'fe80::1';
      },
      /members\.node1: 'fe80::1' expected a global unicast address/,
    ],
    [
      (one) => {
        one.contacts[0].contactNode = 'nod1';
      },
      /contacts\.0\.contactNode: 'nod1' is no member of this plan, did you mean 'node1'/,
    ],
    [
      (one) => {
        one.contacts[0].homeAgent = 'x';
      },
      /contacts\.0\.homeAgent: 'x' is no home agent of this plan; there are: ha1/,
    ],
    [
      (one) => {
        one.contacts[0].trusted = ['node2', 'node3'];
      },
      /contacts\.0\.trusted: .*lacks node1, which creates the address/,
    ],
    [(one) => Object.assign(one, { contacts: [] }), /contacts: the list expected at least 1 entries/],
    [(one) => Object.assign(one, { memebrs: {} }), /'memebrs' is no field here, did you mean 'members'/],
    [
      (one) => {
        one.settings.channelKey = 'x';
      },
      /settings\.channelKey: .*is made from the rest of the plan: leave it out/,
    ],
    [
      (one) => Object.assign(one.settings, { servicePort: 0 }),
      /plan\.json: node1: servicePort: 0 expected at least 1/,
    ],
    [
      (one) => {
        one.settings.chanelPort = 1;
      },
      /plan\.json: node1: configuration: 'chanelPort' is no field here, did you mean 'channelPort'/,
    ],
    [(one) => void delete one.settings.application, /plan\.json: node3: application: \(?/],
    [
      (one) => {
        one.homeAgents.ha1.prefix = '2001:db8:9::/64';
      },
      /ha1: address: '2001:db8:1::1' is not of the home link's prefix/,
    ],
    [
      (one) => Object.assign(one.members, { ha1: '2001:db8:7::2' }),
      /members\.ha1: .*is a home agent’s name, too/,
    ],
    [(one) => Object.assign(one.members, { '../x': '2001:db8:7::2' }), /members.*\.\.\/x/],
  ];
  for (const [change, message] of cases) assert.match(told(change), message);
  writeFileSync(file, '{"members": ');
  assert.throws(() => makeGroup(file, out), /plan\.json is no JSON from line 1, column 13 on/);
  assert.throws(
    () => makeGroup(join(folder.path, 'none'), out),
    /plan: '.*none' cannot be read .*example-plan\.json/,
  );
});

test('associations have SPIs that are not reserved and differ, whatever random numbers come', () => {
  // First a reserved one, then the same twice.
  const numbers = [0, 0xff, 0x1000, 0x1000, 0x1001, 0x2000, 0x2001];
  const random = seededBytes(1);
  const set = associationSet(2, (count) => {
    if (count !== 4) return random(count);
    const octets = Buffer.alloc(4);
    octets.writeUInt32BE(numbers.shift()!);
    return octets;
  });
  assert.deepEqual(
    Object.values(set).map(({ spi }) => spi),
    [0x1000, 0x1001, 0x2000, 0x2001],
  );
  assert.deepEqual(
    Object.values(set).map(({ requestId }) => requestId),
    [9, 10, 11, 12],
  );
});

test('a key is replaced in two steps, in every file that has it and no other', async () => {
  await using folder = await temporaryFolder();
  const files = makeGroup(example, join(folder.path, 'group'));
  const [home, node1, node2, node3] = files as [string, string, string, string];
  const before = json(node1).channelKey[0];
  const untouched = readFileSync(home, 'utf8');
  const rotate = (step: 'rotate' | 'finish', key: string, id?: string) =>
    applyRotation({ step, key, files, id });
  assert.throws(
    () => rotate('finish', 'channelKey'),
    /channelKey: has one key: begin with `keygen rotate channelKey`/,
  );
  assert.match(
    rotate('rotate', 'channelKey'),
    /new channelKey 'k2' stands before 'k1'.*\nnext: .*reload each program.*keygen finish channelKey/,
  );
  const [next, old] = json(node2).channelKey;
  assert.deepEqual([next.id, old], ['k2', before]);
  for (const file of [node1, node2, node3]) assert.deepEqual(json(file).channelKey, [next, old]);
  assert.throws(() => rotate('rotate', 'channelKey'), /has two keys: finish the replacement under way/);
  assert.match(rotate('finish', 'channelKey'), /channelKey 'k2' stands alone, without 'k1'/);
  for (const file of [node1, node2, node3]) assert.deepEqual(json(file).channelKey, [next]);
  assert.equal(readFileSync(home, 'utf8'), untouched);

  rotate('rotate', 'trustKey', '2026-12');
  assert.deepEqual(
    json(node1).trustKey.map(({ id }: Json) => id),
    ['2026-12', 't1'],
  );
  assert.equal(json(node3).trustKey, undefined);
  assert.equal(checkFiles(files).good, true);
  for (const file of files) assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('a key that was written without a list stays one without an id, and group-key a word', async () => {
  await using folder = await temporaryFolder();
  const files = makeGroup(example, join(folder.path, 'group')).slice(1);
  const key = json(files[0]!).channelKey[0].key;
  for (const file of files) {
    const { trustKey, ...rest } = json(file);
    writeFileSync(
      file,
      JSON.stringify({
        ...rest,
        channelKey: key,
        ...(trustKey === undefined ? {} : { trustKey: 'group-key' }),
      }),
    );
  }
  for (const what of ['channelKey', 'trustKey'])
    applyRotation({ step: 'rotate', key: what, files, id: undefined });
  const [next, old] = json(files[0]!).channelKey;
  assert.deepEqual([next.id, old], ['k2', { key }]);
  assert.equal(json(files[0]!).trustKey[1], 'group-key');
  assert.equal(checkFiles(files).good, true);
});

test('nothing is replaced where the files do not agree, a file is bad, or a word is wrong', async () => {
  await using folder = await temporaryFolder();
  const files = makeGroup(example, join(folder.path, 'group'));
  const [, node1, node2] = files as [string, string, string];
  const texts = () => files.map((file) => readFileSync(file, 'utf8'));
  const refused = (key: string, message: RegExp, step: 'rotate' | 'finish' = 'rotate', id?: string): void => {
    const before = texts();
    assert.throws(() => applyRotation({ step, key, files, id }), message);
    assert.deepEqual(texts(), before);
  };
  refused('chanelKey', /key: 'chanelKey' is none that can be replaced, did you mean 'channelKey'/);
  refused('channelKey', /--id: 'k 2' is no id; give 1 to 32 letters/, 'rotate', 'k 2');
  refused('channelKey', /--id: 'k1' is the present key's; name another one/, 'rotate', 'k1');
  refused(
    'publication',
    /publication: stands in none of these files; name those of the members and of the name server/,
  );
  refused('associations', /'associations' are replaced in one step/, 'finish');
  refused('associations', /--id: 'x' has no meaning/, 'rotate', 'x');
  const good = readFileSync(node2, 'utf8');
  const { channelKey, ...rest } = json(node2);
  writeFileSync(node2, JSON.stringify({ ...rest, channelKey: [{ ...channelKey[0], id: 'k7' }] }));
  refused('channelKey', /node2\.json: channelKey: is another key than in .*node1\.json/);
  writeFileSync(node2, JSON.stringify({ ...rest, channelKey, servicePort: -1 }));
  refused('channelKey', /node2\.json is not a valid configuration:\n {2}servicePort: -1/);
  writeFileSync(node2, good);
  chmodSync(node1, 0o644);
  refused('channelKey', /others may read it/);
});

test('associations are replaced at both ends at once, under their request ids', async () => {
  await using folder = await temporaryFolder();
  const files = makeGroup(example, join(folder.path, 'group'));
  const [home, node1, node2] = files as [string, string, string];
  const [before, other] = [json(node1).associations, readFileSync(node2, 'utf8')];
  assert.match(
    applyRotation({ step: 'rotate', key: 'associations', files, id: undefined }),
    /new associations of 2001:db8:1::100, in .*ha1\.json .*node1\.json\n/,
  );
  const after = json(node1).associations;
  assert.deepEqual(after, json(home).homeAddresses[0].associations);
  for (const name of Object.keys(before)) {
    assert.equal(after[name].requestId, before[name].requestId);
    for (const part of ['spi', 'encryptionKey', 'authenticationKey'])
      assert.notEqual(after[name][part], before[name][part]);
  }
  assert.equal(readFileSync(node2, 'utf8'), other);
  assert.throws(
    () => applyRotation({ step: 'rotate', key: 'associations', files: [node1, node2], id: undefined }),
    /associations: of '2001:db8:1::100' stand in .*node1\.json; name its contact node's file and its home agent's/,
  );
});

test('a replacement that cannot be written changes no file', async () => {
  await using folder = await temporaryFolder();
  const [one, other] = [join(folder.path, 'one.json'), join(folder.path, 'other.json')];
  for (const path of [one, other]) writeFileSync(path, '{}');
  // Where the second draft should go there is a folder.
  mkdirSync(`${other}.next`);
  assert.throws(
    () =>
      replaceAll(
        new Map([
          [one, { a: 1 }],
          [other, { a: 1 }],
        ]),
      ),
    /nothing was changed/,
  );
  assert.deepEqual(
    [one, other].map((path) => readFileSync(path, 'utf8')),
    ['{}', '{}'],
  );
  assert.deepEqual(readdirSync(folder.path).sort(), ['one.json', 'other.json', 'other.json.next']);
});
