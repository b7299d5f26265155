import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type WideAreaOptions, wideAreaNetwork } from '../../topologies/wide-area.ts';
import { type Answer, addressesOf, linesOf, nameFunctions, serverName } from '../support/name-server-lab.ts';
import { addressOf, finishedWell, runTakeover, servicePort } from '../support/takeover-lab.ts';

/** Each member with a contact address of its own; the others are its backups. */
const network: WideAreaOptions = {
  members: 3,
  sites: 3,
  contactAddresses: 3,
  clients: 2,
  clientSites: 1,
  nameServers: 1,
  latencies: [
    { from: 'S1', to: 'S2', delayMs: 30 },
    { from: 'S1', to: 'S3', delayMs: 45 },
    { from: 'S2', to: 'S3', delayMs: 25 },
    { from: 'C1', to: 'S1', delayMs: 20 },
  ],
};
const { roles } = wideAreaNetwork(network);
const [A, B, C] = roles.contactAddresses.map(({ address }) => address) as [string, string, string];
const nameServer = roles.nameServer!.address;
const marginMs = 1000;

const download = (server: string): string =>
  JSON.stringify({
    server,
    port: servicePort,
    bytes: 90_000,
    periodMs: 1,
    phasesMs: [0],
    receiveLowWater: 0,
    receiveWindow: 16384,
    timeoutMs: 30_000,
    lingerMs: 2000,
  });

const body = `
${nameFunctions(nameServer)}
until_records() { # count: looks until the name has so many
  local look
  for ((look = 0; look < 100; look++)); do
    : >/run/job/look
    lookup client1 look
    [ "$(grep -o '"ttl"' /run/job/look | wc -l)" != "$1" ] || { cat /run/job/look >>/run/job/answers; return 0; }
    sleep 0.1
  done
  echo "never $1 records: $(cat /run/job/look)"
}
until_records 3
# The successor has nothing to change.
crash node1
sleep 2
lookup client1 answers
start node1
ready 1
lookup client1 answers
# node2 and node3 go, and their own addresses with them; the other one goes back to node1.
mark leave
kill -TERM "\${pids[node2]}" "\${pids[node3]}"
until_records 1
mark forgotten
ip -n ha2 link show tm0 >/run/job/tunnel-before 2>&1 || true
# Who has looked up just before comes still.
sleep ${serverName.ttlS - 1}
visit download-client client1 late
finished
wait "\${pids[node2]}"
wait "\${pids[node3]}"
pids[node2]= pids[node3]=
mark ended
ip -n ha2 link show tm0 >/run/job/tunnel-after 2>&1 || true
lookup client1 answers
sleep 5
visit download-client client2 remaining
finished
# They come back, and have a backup as before.
start node2
start node3
ready 2
until_records 3
crash node2
sleep 2
visit download-client client1 again
finished
lookup client1 answers`;

test('takeover changes no record; an address that retires goes from the DNS, lives as long as its records, and ends', {
  timeout: 240_000,
}, async () => {
  await using run = await runTakeover({
    network,
    serverName: { ...serverName, marginMs, retiring: ['node2', 'node3'] },
    files: { 'late.json': download(B), 'remaining.json': download(A), 'again.json': download(B) },
    // One leaves as a member that may, the other as one that has come to stay.
    configure: ({ name }) => (name === 'node2' ? { membership: {} } : {}),
    body,
  });
  assert.equal(run.status, 0, run.console);
  const names = await run.events('dns');
  const told = names.map((event) => JSON.stringify(event)).join('\n');
  const answers = await linesOf<Answer>(run.folder, 'answers');
  const all = [A, B, C];
  assert.deepEqual(
    answers.map((answer) => [answer.serial, ...addressesOf(answer)]),
    [
      [4, ...all],
      [4, ...all],
      [4, ...all],
      [6, A],
      [6, A],
      [8, ...all],
      [8, ...all],
    ],
    told,
  );
  assert.deepEqual(await finishedWell(run, ['late', 'remaining', 'again']), []);

  const events = async (name: string, kind: string) =>
    (await run.events(name)).filter(({ event }) => event === kind);
  const ended = run.marks.get('ended')!;
  for (const [member, homeAgent, address] of [
    ['node2', 'ha2', B],
    ['node3', 'ha3', C],
  ] as const) {
    // The binding ends with the records, not before …
    const withdrawn = names.find((event) => event.address === address && event.outcome === 'withdrawn')!;
    const accepted = await events(homeAgent, 'registration-accepted');
    const deleted = accepted.find(
      ({ homeAddress, change }) => homeAddress === address && change === 'deleted',
    );
    assert.ok(deleted !== undefined && BigInt(deleted.t) < ended, told);
    const livedMs = Number(BigInt(deleted.t) - BigInt(withdrawn.t)) / 1e6 - serverName.ttlS * 1000;
    // … but for the ways to and from the name server, and a thousandth that Linux adds to long waiting.
    assert.ok(livedMs >= marginMs && livedMs < marginMs + 200, `${address}: ${livedMs} ms`);
    // … and nobody takes the address over.
    const retired = await events('node1', 'contact-retired');
    assert.ok(retired.some(({ contactNode }) => contactNode === addressOf(member)));
  }
  const claims = await events('node1', 'contact-claimed');
  // In its second life node1 gets its own address back when node2 leaves, and then that of the node2 which has come back and died.
  assert.deepEqual(
    claims.map(({ contactAddress, t }) => [contactAddress, BigInt(t) > ended]),
    [
      [undefined, false],
      [B, true],
    ],
    JSON.stringify(claims),
  );
  assert.ok(BigInt(claims[0]!.t) > run.marks.get('leave')!);
  const tunnels = ['before', 'after'].map((when) => readFile(join(run.folder, `tunnel-${when}`), 'utf8'));
  const [before, after] = await Promise.all(tunnels);
  assert.match(before!, new RegExp(`peer ${addressOf('node2')}`));
  assert.match(after!, /does not exist/);
});
