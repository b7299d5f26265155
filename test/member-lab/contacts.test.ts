import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type WideAreaOptions, wideAreaNetwork } from '../../topologies/wide-area.ts';
import { longestGap, near, TakeoverCapture } from '../support/takeover-capture.ts';
import { addressOf, runTakeover, servicePort, type TakeoverRun } from '../support/takeover-lab.ts';

/** node1 and node3 at S1, whose ha1 has the first and the third contact address; node2 at S2 with the second. */
const network: WideAreaOptions = {
  members: 3,
  sites: 2,
  contactAddresses: 3,
  clients: 4,
  clientSites: 1,
  // client4
  plainClients: 1,
  latencies: [
    { from: 'S1', to: 'S2', delayMs: 30 },
    { from: 'C1', to: 'S1', delayMs: 20 },
    { from: 'C1', to: 'S2', delayMs: 40 },
  ],
};
const contacts = wideAreaNetwork(network).roles.contactAddresses.map(({ address }) => address);
const [first, second, third] = contacts as [string, string, string];
const [node1, node2, node3] = ['node1', 'node2', 'node3'].map(addressOf) as [string, string, string];
const client = 'adverse-client';

interface Visit {
  readonly server: string;
  readonly bytes: number;
  readonly variant?: string;
  readonly legs?: readonly (readonly [number, string])[];
}

const visits: Readonly<Record<string, Visit>> = {
  // One client, all three addresses at once; from one it goes round, from another the other way, from the third nowhere.
  'one-first': {
    server: first,
    bytes: 1_000_000,
    legs: [
      [150_000, node2],
      [350_000, node3],
    ],
  },
  'one-second': { server: second, bytes: 600_000, legs: [[100_000, node3]] },
  'one-third': { server: third, bytes: 600_000 },
  // A client without Mobile IPv6 at two addresses.
  'plain-second': { server: second, bytes: 700_000, variant: 'drain', legs: [[60_000, node3]] },
  'plain-third': { server: third, bytes: 700_000, variant: 'drain', legs: [[60_000, node2]] },
  // While node1 dies.
  'two-second': { server: second, bytes: 1_000_000 },
  // Afterwards, at the address that it had.
  'three-first': { server: first, bytes: 400_000, legs: [[100_000, node3]] },
  // When node2 has died too, and node3 has all three.
  'last-first': { server: first, bytes: 100_000 },
  'last-second': { server: second, bytes: 100_000 },
  'last-third': { server: third, bytes: 100_000 },
  'last-plain-first': { server: first, bytes: 30_000 },
  'last-plain-second': { server: second, bytes: 30_000 },
};

const files = Object.fromEntries(
  Object.entries(visits).map(([name, { server, bytes, variant = 'drain+advance-rr', legs = [] }]) => [
    `${name}.json`,
    JSON.stringify({
      server,
      port: servicePort,
      periodMs: 1,
      timeoutMs: 60_000,
      sessions: [
        {
          name,
          atMs: 0,
          receiveWindow: 16_384,
          itinerary: {
            bytes,
            upload: 0,
            variant,
            legs: legs.map(([after, acceptor]) => ({ after, of: 'sent', acceptor })),
          },
        },
      ],
    }),
  ]),
);

const body = `
  kernel_state() {
    on $1 ip xfrm state; on $1 ip xfrm policy; on $1 nft list ruleset; on $1 ip -6 addr show dev lo scope global
    on $1 ip -6 rule | grep lookup\\ [12]0 || true; on $1 ip -6 tunnel | grep '^t[hm]' || true
  }
  for address in first second third; do visit ${client} client1 one-$address; done
  visit ${client} client4 plain-second
  visit ${client} client4 plain-third
  visit ${client} client2 two-second
  sleep 2.5
  mark crash
  crash node1
  sleep 1
  visit ${client} client3 three-first
  finished
  start node1
  ready 1
  finish node1
  crash node2
  sleep 2
  for address in first second third; do visit ${client} client3 last-$address; done
  for address in first second; do visit ${client} client4 last-plain-$address; done
  finished
  kernel_state node3 >/run/job/held
  finish node3
  for name in node1 node3; do kernel_state $name; done >/run/job/left`;

test('three contact addresses, each with its node and home agent, on three members of which two die', {
  timeout: 300_000,
}, async () => {
  await using run = await runTakeover({
    network,
    application: { kind: 'itinerary' },
    programs: {
      [client]: fileURLToPath(new URL(`../handoff-adverse/guest/${client}.ts`, import.meta.url)),
    },
    files,
    body,
  });
  assert.equal(run.status, 0, run.console);
  assert.deepEqual(await problemsOf(run), []);
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('crash')!);
  assert.deepEqual(seen.malformed, []);
  for (const address of contacts) assert.deepEqual(seen.resets(address), [], address);

  // Each address on its own: where one client's packets come from, in order, and that all were served at the same time.
  const served = contacts.map((address) => seen.dataSegments(addressOf('client1'), address));
  assert.deepEqual(
    served.map((data) => [...new Set(data.map(({ packet }) => packet.network.source))]),
    // At first by way of the home agent, with no binding yet.
    [
      [first, node1, node2, node3],
      [second, node2, node3],
      [third, node3],
    ],
  );
  const [from, to] = [
    Math.max(...served.map((data) => data[0]!.ms)),
    Math.min(...served.map((data) => data.at(-1)!.ms)),
  ];
  assert.ok(to - from > 500, `at once for ${to - from} ms`);

  // node1 has died: its address is the first backup's, and the clients of another address have noticed nothing.
  const registered = (await run.events('ha1')).filter(({ homeAddress }) => homeAddress === first);
  assert.deepEqual(
    registered.map(({ careOfAddress }) => careOfAddress),
    [node1, node2, node3],
  );
  const undisturbed = seen.dataFrom(node2, addressOf('client2'));
  near(
    longestGap(undisturbed, 0, 1500),
    longestGap(undisturbed, -1500, 0),
    'longest gap after the crash, and before',
  );

  // node1 has come back meanwhile: its dead process's state is removed, and it follows the nodes of all three, its own included.
  const back = await run.events('node1');
  assert.ok(back.some(({ event }) => event === 'stale-state-removed'));
  const followed = back.filter(({ event }) => event === 'contact-followed');
  assert.deepEqual(followed.map(({ contactNode }) => contactNode).sort(), [node2, node2, node3]);
  // Members that end leave nothing in the kernel, whatever they have held.
  const held = await readFile(join(run.folder, 'held'), 'utf8');
  for (const [index, address] of contacts.entries()) {
    assert.match(held, new RegExp(`inet6 ${address}/128 scope global`));
    assert.match(held, new RegExp(`from ${address} lookup 10${index}`));
    assert.match(held, new RegExp(`ip6 saddr ${address} tcp flags`));
  }
  // The first and the third address have one home agent, and one tunnel to it.
  assert.deepEqual(held.match(/^tha\d*/gm)?.sort(), ['tha', 'tha1']);
  assert.equal(await readFile(join(run.folder, 'left'), 'utf8'), '');

  // What came to the care-of address of a member with three contact addresses went to the one that had asked.
  const strays = (await run.events('node3')).filter(
    ({ event, reason }) => event === 'discarded' && reason !== 'duplicate-test',
  );
  assert.deepEqual(strays, []);
});

async function problemsOf(run: TakeoverRun): Promise<readonly string[]> {
  const verdicts = await Promise.all(
    Object.keys(visits).map(async (name) => {
      const verdict = (await run.events(name)).find(({ event }) => event === 'session-finished');
      return verdict?.ok === true ? [] : [`${name}: ${JSON.stringify(verdict)}`];
    }),
  );
  return verdicts.flat();
}
