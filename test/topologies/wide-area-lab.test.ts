import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { latencyMs } from '../../topologies/shaping.ts';
import { compareReadBack } from '../../topologies/verify.ts';
import { wideAreaNetwork } from '../../topologies/wide-area.ts';
import { ping, roundTripRange, runNetwork } from '../support/network-lab.ts';

test('a wide-area network is built as asked, and its round trips are those of its latencies', async () => {
  const { topology, roles } = wideAreaNetwork({
    members: 4,
    sites: 3,
    contactAddresses: 2,
    clients: 4,
    clientSites: 2,
    nameServers: 1,
    rateKbit: 2000,
    seed: 7,
  });
  const ends = [...roles.members, ...roles.clients, roles.nameServer!];
  // From each end to the next: inside sites and between sites of all kinds.
  const ways = ends.map((from, position) => [from, ends[(position + 3) % ends.length]!] as const);
  const pings = ways.map(([from, to]) => ping(from.name, to.address, `${from.name}.ping`, 2));
  await using lab = await runNetwork(topology, pings.join('\n'));
  assert.equal(lab.status, 0, lab.console);
  assert.deepEqual((await compareReadBack(topology, join(lab.folder, 'network'))).map(String), []);
  for (const [from, to] of ways) {
    const asked = latencyMs(topology, from.name, to.name)! + latencyMs(topology, to.name, from.name)!;
    const { least, most } = roundTripRange(await readFile(join(lab.folder, `${from.name}.ping`), 'utf8'));
    const deviation = Math.max(Math.abs(least - asked), Math.abs(most - asked));
    assert.ok(deviation <= 0.01, `${from.name} → ${to.name}: ${least}…${most} ms instead of ${asked} ms`);
  }
});
