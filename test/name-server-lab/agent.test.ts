import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nodeEntryPoints } from '../../runner/node-entry-points.ts';
import { wideAreaNetwork } from '../../topologies/wide-area.ts';
import type { LoggedEvent } from '../support/member-lab.ts';
import {
  type Answer,
  addressesOf,
  linesOf,
  nameFunctions,
  nameServerKey,
  serverDomain,
  serverName,
  zonePort,
} from '../support/name-server-lab.ts';
import { runNetwork } from '../support/network-lab.ts';

const { topology, roles } = wideAreaNetwork({
  members: 2,
  sites: 1,
  contactAddresses: 1,
  clients: 1,
  nameServers: 1,
});
const [node1, node2] = roles.members.map(({ address }) => address) as [string, string];
const nameServer = roles.nameServer!.address;
const [A, B] = ['2001:db8:1:1::100', '2001:db8:1:1::101'];

const config = {
  address: nameServer,
  ...serverName,
  members: [node1, node2],
  trusted: [node1],
  publishable: [A, `${B}/128`],
  channelPort: zonePort,
  channelKey: nameServerKey,
  folder: '/run/names',
};

const body = `
mkfifo /run/ready
exec 8<>/run/ready
start() {
  nsenter --net=/run/netns/dns $NODE /run/lab/nodes/name-server.cjs --config /run/job/dns.json --block 0 --events /run/job/dns.jsonl \\
    --ready /run/ready 2>>/run/job/dns.stderr & agent=$!
  read -r -t 60 -u 8 || { echo "the agent is not ready: $(cat /run/job/dns.stderr)" >&2; exit 3; }
}
say() { # machine order
  local status=0
  on "$1" $NODE /run/lab/nodes/zone-member.cjs /run/job/"$2".json >/run/job/"$2".told || status=$?
  echo "$2 $status" >>/run/job/statuses
}
nameservers() {
  local folder
  for folder in /proc/[0-9]*; do [ "$(readlink "$folder"/exe)" != /usr/sbin/nsd ] || echo "\${folder#/proc/}"; done
}
start
lookup client1 answers
say node1 publish
lookup client1 answers
say node2 untrusted
say node2 stranger
lookup client1 answers
# A web server under the name; curl finds it by itself.
ip -n node1 addr add ${B}/128 dev lo
ip -n ha1 route add ${B}/128 via ${node1}
on node1 $NODE -e "require('http').createServer((_, answer) => answer.end('found')).listen(80, '${B}', () => console.log('listening'))" >/tmp/web & web=$!
for ((i = 0; i < 1000; i++)); do [ -s /tmp/web ] && break; sleep 0.1; done
with_names client1 curl -sS -m 20 http://${serverDomain}/ >/run/job/page 2>&1 || true
kill -TERM $web; wait $web || true
# Killed: its NSD ends with it, and another agent goes on with the zone.
kill -KILL $agent; wait $agent || true
start
lookup client1 answers
say node1 withdraw
lookup client1 answers
# NSD alone is killed, and comes back by itself.
before=$(nameservers)
kill -KILL $before
for ((i = 0; i < 100; i++)); do now=$(nameservers); [ -n "$now" ] && [ "$now" != "$before" ] && break; sleep 0.1; done
lookup client1 answers
kill -TERM $agent; wait $agent
nameservers >/run/job/left
`;

test('members publish and withdraw addresses; resolvers see what is confirmed, and the zone outlives agent and NSD', {
  timeout: 200_000,
}, async () => {
  const order = (careOfAddress: string, steps: readonly object[], channelKey = nameServerKey) =>
    JSON.stringify({ careOfAddress, nameServer, port: zonePort, channelKey, steps });
  const publish = (contactAddress: string, until = 'published') => {
    return { kind: 'zone-publish', contactAddress, epoch: 0, until };
  };
  const withdraw = { kind: 'zone-withdraw', contactAddress: A, epoch: 0, until: 'expired' };
  await using lab = await runNetwork(topology, [nameFunctions(nameServer), body].join('\n'), {
    programs: {
      ...nodeEntryPoints,
      'zone-member': fileURLToPath(new URL('guest/zone-member.ts', import.meta.url)),
    },
    files: {
      'dns.json': JSON.stringify(config),
      'publish.json': order(node1, [publish(B), publish('2001:db8:1:1::102', 'refused'), publish(A)]),
      'untrusted.json': order(node2, [publish('2001:db8:bad::1', 'refused')]),
      'stranger.json': order(node2, [publish('2001:db8:bad::2')], 'd4'.repeat(32)),
      'withdraw.json': order(node1, [withdraw]),
    },
  });
  const text = (name: string) => readFile(join(lab.folder, name), 'utf8').catch(String);
  const log = await text('dns.jsonl');
  assert.equal(lab.status, 0, `${lab.console}\n${log}`);
  assert.equal(await text('statuses'), 'publish 0\nuntrusted 0\nstranger 3\nwithdraw 0\n', log);

  const answers = await linesOf<Answer>(lab.folder, 'answers');
  assert.deepEqual(
    answers.map((answer) => [answer.serial, ...addressesOf(answer)]),
    [
      [1, 'ENOTFOUND'],
      [3, A, B],
      [3, A, B],
      [3, A, B],
      [4, B],
      [4, B],
    ],
  );
  const lifetimes = answers.flatMap(({ records }) =>
    typeof records === 'string' ? [] : records.map(({ ttl }) => ttl),
  );
  assert.deepEqual([...new Set(lifetimes)], [serverName.ttlS]);
  const events = await linesOf<LoggedEvent>(lab.folder, 'dns.jsonl');
  const refused = events.filter(({ event }) => event === 'zone-refused');
  assert.deepEqual(
    refused.map(({ member, address, reason }) => [member, address, reason]),
    [
      [node1, '2001:db8:1:1::102', 'not-publishable'],
      [node2, '2001:db8:bad::1', 'untrusted'],
    ],
  );
  assert.equal(await text('page'), 'found');

  assert.ok(events.some(({ event }) => event === 'nsd-ended'));
  assert.equal(await text('left'), '');

  // All that the contact node has to wait: the records' lifetime, and the margin of one second.
  interface Told {
    readonly atMs: number;
    readonly outcome: string;
    readonly remainingMs: number;
  }
  const told = await linesOf<Told>(lab.folder, 'withdraw.told');
  const [gone, expired] = told as [Told, Told];
  assert.deepEqual([gone.outcome, gone.remainingMs, expired.outcome], ['withdrawn', 31_000, 'expired']);
  const waitedMs = expired.atMs - gone.atMs;
  // Linux lets who waits long wait a thousandth longer (select_estimate_accuracy).
  assert.ok(waitedMs >= 30_999 && waitedMs <= 31_035, JSON.stringify(told));
});
