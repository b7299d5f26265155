import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runInLab } from '../support/lab.ts';

/** Every kind of kernel object in the lab kernel: added, read back by netlink and by `ip`, updated, deleted, gone. */
const BODY = `
ip link add d0 type dummy
ip link add d1 type dummy
ip link set d0 up
ip link set d1 up
ip -6 addr add 2001:db8:9::2/64 dev d0 nodad
$NODE /run/lab/nodes/object-cycle.cjs
`;
const NAMES = [
  'address',
  'tunnel',
  'route',
  'route by way of a router, in a table beyond 255',
  'rule of one flow',
  'rule of a mark',
  'local rule',
  'wildcard state',
  'home address option state',
  'ESP state, whose counters go along when its address changes',
  'route optimisation policy',
  'policy of one Mobility Header type',
  'packet filter table, as nft(8) shows it',
  'changes that go to the kernel together',
];

const failures = new Map<string, string | null>();

before(async () => {
  const program = fileURLToPath(new URL('lab/object-cycle.ts', import.meta.url));
  await using lab = await runInLab({ body: BODY, programs: { 'object-cycle': program } });
  assert.equal(lab.status, 0, lab.console);
  const lines = await readFile(join(lab.folder, 'object-cycle.jsonl'), 'utf8');
  for (const line of lines.trimEnd().split('\n')) {
    const { name, failure }: { name: string; failure: string | null } = JSON.parse(line);
    failures.set(name, failure);
  }
});

for (const name of NAMES) {
  test(name, () => {
    assert.ok(failures.has(name), 'the lab reports nothing of it');
    assert.equal(failures.get(name), null, failures.get(name) ?? '');
  });
}

test('no case goes unlisted here', () => {
  assert.deepEqual([...failures.keys()].sort(), [...NAMES].sort());
});
