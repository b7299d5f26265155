import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LabProcess } from '../../runner/procedures/procedure.ts';
import { securityAssociations } from '../../runner/procedures/security-associations.ts';
import { type WideAreaOptions, wideAreaNetwork } from '../../topologies/wide-area.ts';
import type { LoggedEvent } from '../support/member-lab.ts';
import { TakeoverCapture } from '../support/takeover-capture.ts';
import { addressOf, finishedWell, runTakeover, servicePort } from '../support/takeover-lab.ts';

/** Both addresses, of two home agents, are node1's; node3 and node4 come later, and are trusted with nothing. */
const network: WideAreaOptions = {
  members: 4,
  sites: 2,
  contactAddresses: 2,
  clients: 3,
  clientSites: 1,
  // client3
  plainClients: 1,
  latencies: [
    { from: 'S1', to: 'S2', delayMs: 30 },
    { from: 'C1', to: 'S1', delayMs: 20 },
    { from: 'C1', to: 'S2', delayMs: 40 },
  ],
};
const { roles } = wideAreaNetwork(network);
const contacts = roles.contactAddresses.map(({ address }) => address) as [string, string];
const [node1, node2, node3, node4] = roles.members.map(({ address }) => address) as [
  string,
  string,
  string,
  string,
];
/** What node2 takes beside itself: node1, and one more. */
const LIMIT = 2;
const FORGET_MS = 2000;

const downloads = {
  'one-first': { server: contacts[0], bytes: 2_400_000 },
  'one-second': { server: contacts[1], bytes: 2_400_000 },
  'two-second': { server: contacts[1], bytes: 2_400_000 },
  'plain-first': { server: contacts[0], bytes: 2_400_000 },
  'plain-second': { server: contacts[1], bytes: 900_000 },
  'new-second': { server: contacts[1], bytes: 60_000 },
};

function configured({ name, config }: LabProcess): object {
  if (!name.startsWith('node')) return {};
  const { contacts: served } = config as { contacts: readonly object[] };
  const newcomer = name === 'node3' || name === 'node4';
  return {
    contacts: served.map((contact, index) => ({
      ...contact,
      contactNode: node1,
      associations: name === 'node1' ? securityAssociations(7, index) : undefined,
    })),
    peers: newcomer ? [] : [node1, node2].filter((_, index) => name !== `node${index + 1}`),
    membership: { introducers: newcomer ? [node2] : [], limit: LIMIT, forgetMs: FORGET_MS },
  };
}

const body = `
  tunnels() { on node2 ip -6 tunnel show | grep '^tmem' | sort >/run/job/tunnels-"$1" || true; }
  for address in first second; do visit download-client client1 one-$address; done
  visit download-client client2 two-second
  for address in first second; do visit download-client client3 plain-$address; done
  sleep 1
  start node3; ready 1
  start node4
  sleep 1
  crash node4
  mark leave
  finish node1
  visit download-client client2 new-second
  finished
  tunnels before
  crash node3
  sleep ${(1.5 * FORGET_MS) / 1000}
  tunnels after
  start node4; ready 1
  tunnels again`;

test('a member leaves with two contact addresses: both go over, and the clients of both go on; who crashes is forgotten', {
  timeout: 200_000,
}, async () => {
  await using run = await runTakeover({
    network,
    application: { kind: 'download', firstBytes: 0, variant: 'drain', waitMs: 0, chunkBytes: 16_384 },
    later: ['node3', 'node4'],
    configure: configured,
    files: Object.fromEntries(
      Object.entries(downloads).map(([name, { server, bytes }]) => [
        `${name}.json`,
        JSON.stringify({
          ...{ server, bytes, port: servicePort, periodMs: 1, phasesMs: [0], receiveLowWater: 0 },
          ...{ receiveWindow: 16_384, timeoutMs: 60_000, lingerMs: 0 },
        }),
      ]),
    ),
    body,
  });
  assert.equal(run.status, 0, run.console);
  assert.deepEqual(await finishedWell(run, Object.keys(downloads)), []);

  // Every download was under way when node1 left, and ends elsewhere; no connection was broken off on the way.
  const capture = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('leave')!);
  for (const [client, address] of [
    ['client1', contacts[0]],
    ['client1', contacts[1]],
    ['client2', contacts[1]],
  ] as const) {
    const sources = capture
      .dataSegments(addressOf(client), address)
      .map(({ packet }): string => packet.network.source);
    assert.ok(sources.includes(node1), `${client} ${address} from node1`);
    assert.notEqual(sources.at(-1), node1, `${client} ${address} to the end`);
  }
  for (const address of contacts) assert.deepEqual(capture.resets(address), [], address);

  const events = await Promise.all(['node1', 'node2', 'ha1', 'ha2'].map((name) => run.events(name)));
  const named = (index: number, name: string) => events[index]!.filter(({ event }) => event === name);
  const addressIn = (event: LoggedEvent) => String(event.contactAddress ?? contacts[0]);
  const left = named(0, 'contact-left').map((event) => `${addressIn(event)} ${event.handedOver}`);
  assert.deepEqual(
    left.toSorted(),
    contacts.map((address) => `${address} true`),
  );
  assert.deepEqual(named(1, 'contact-claimed').map(addressIn).toSorted(), contacts);
  for (const homeAgent of [2, 3]) {
    const registered = named(homeAgent, 'registration-accepted').map(({ careOfAddress }) => careOfAddress);
    assert.deepEqual([...new Set(registered)], [node1, node2]);
  }
  for (const index of [0, 1])
    for (const lost of ['connection-lost', 'client-lost', 'leaving-failed'])
      assert.deepEqual(named(index, lost), []);
  assert.equal(named(0, 'handed-off').length, 5);

  // node3 has taken the place of the last member that node2 takes; it is node4's when node3 is forgotten.
  const refused = named(1, 'channel-refused');
  assert.deepEqual([...new Set(refused.map(({ address }) => address))], [node4]);
  assert.match(String(refused[0]?.reason), /2 members, and no more/);
  assert.deepEqual(
    named(1, 'member-forgotten').map(({ member }) => member),
    [node3],
  );
  const tunnels = await Promise.all(
    ['before', 'after', 'again'].map((when) => readFile(join(run.folder, `tunnels-${when}`), 'utf8')),
  );
  const ends = tunnels.map((text) =>
    [...text.matchAll(/^(tmem\d):.* remote (\S+)/gm)].map((m) => [m[1], m[2]]),
  );
  const [toNode1, toNode3, toNode4] = [
    ['tmem0', node1],
    ['tmem1', node3],
    ['tmem1', node4],
  ];
  assert.deepEqual(ends, [[toNode1, toNode3], [toNode1], [toNode1, toNode4]]);
});
