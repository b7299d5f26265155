import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { decodePacket } from '../../analysis/capture/decode.ts';
import { PcapReader } from '../../analysis/capture/pcap-reader.ts';
import type { LabPlan, LabProcess } from '../../runner/procedures/procedure.ts';
import { MOST_OF_PEER } from '../../server/admission/handoff-admission.ts';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { runMembers } from '../support/member-lab.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { node1, node2, client, contactAddress } = FIG9_ADDRESSES;
const announcements = 1000;
/** longer than a handoff's time */
const patienceMs = 70_000;

/** In node 1's place, a process with the group key; what it has caused goes on until the last handoff is given up. */
function attacked(plan: LabPlan): LabPlan {
  const { channelKey } = plan.daemons.flat().find(({ name }) => name === 'node2')!.config as {
    channelKey: string;
  };
  const target = { member: node2, port: 7000, self: node1, channelKey };
  const config = { ...target, client, contactAddress, servicePort: 8080, announcements };
  const hostile = (daemon: LabProcess): LabProcess =>
    daemon.name === 'node1' ? { ...daemon, program: 'hostile-member', config } : daemon;
  const daemons = plan.daemons.map((together) => together.map(hostile));
  const driver = { name: 'patience', host: 'client', program: 'patience', config: { ms: patienceMs } };
  return { ...plan, daemons, driver };
}

/** Test messages that left node 2 towards each destination: Care-of Test Inits, of which the router sees each once on its way in. */
async function careOfTestInits(capture: Buffer): Promise<ReadonlyMap<string, number>> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'router.pcap');
  await writeFile(path, capture);
  using reader = new PcapReader(path);
  const counts = new Map<string, number>();
  for (const captured of reader.packets()) {
    const packet = decodePacket(captured);
    if (packet.kind !== 'ipv6' || captured.direction !== 'in' || packet.source !== node2) continue;
    if (packet.upper.kind !== 'mobility' || packet.upper.message.kind !== 'care-of-test-init') continue;
    counts.set(packet.destination, (counts.get(packet.destination) ?? 0) + 1);
  }
  return counts;
}

function guest(name: string): string {
  return fileURLToPath(new URL(`guest/${name}.ts`, import.meta.url));
}

test('a member with the right group key and no good faith: it is believed nothing, and its floods end here', {
  timeout: 300_000,
}, async () => {
  const { events, capture } = await runMembers({
    variant: 'drain',
    plan: attacked,
    programs: { 'hostile-member': guest('hostile-member'), patience: guest('patience') },
  });
  const attack = events.find(({ event }) => event === 'attacked');
  assert.ok(attack, 'the attack did not take place');
  const seen = events.filter(({ node }) => node === 'node2');
  const named = (name: string) => seen.filter(({ event }) => event === name);
  for (const name of [
    'socket-restored',
    'binding-update-sent',
    'socket-activated',
    'init-received',
    'crashed',
  ])
    assert.deepEqual(named(name), [], name);
  // Every illegal Init, and every announcement that was one too many, was refused in words and counted.
  const begun = named('return-routability-started').length;
  const replaced = named('handoff-abandoned').filter(({ reason }) => reason === 'announced anew').length;
  assert.equal(begun - replaced, MOST_OF_PEER);
  assert.ok(replaced < 3, `${replaced} announcements of one client let in behind the first`);
  assert.equal(
    named('counters')[0]?.handoffsDiscarded,
    Number(attack.illegal) + Number(attack.announced) - begun,
  );
  assert.ok(Number(attack.refused) >= Number(attack.illegal) + Number(attack.announced) - begun);
  const inits = await careOfTestInits(capture);
  const sent = [...inits.values()].reduce((sum, count) => sum + count, 0);
  assert.ok(
    sent > 0 && sent <= 8 * MOST_OF_PEER,
    `${sent} Care-of Test Inits for ${2 * announcements} Prepares`,
  );
  // Of one client: three a second are let begin, and retransmissions are few.
  assert.ok((inits.get(client) ?? 0) <= 12, `${inits.get(client)} to the client`);
  assert.equal(
    [...inits.keys()].find((address) => address.startsWith('ff')),
    undefined,
  );
});
