import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { channelPort } from '../../runner/procedures/testbed.ts';
import { longestGap, near, TakeoverCapture } from '../support/takeover-capture.ts';
import {
  addressOf,
  contactAddress,
  finishedWell,
  groupTimes,
  latencies,
  runTakeover,
  servicePort,
  type TakeoverRun,
} from '../support/takeover-lab.ts';

const { S1S2: memberMs } = latencies;
const [node1, node2, node3] = ['node1', 'node2', 'node3'].map(addressOf) as [string, string, string];
const client1 = addressOf('client1');
const [updates, acknowledgements] = [0x1001, 0x1002];
/** Short, so that the old contact node tries to renew its registration while it is cut off. */
const homeLifetimeSeconds = 8;

const body = (cut: string): string => `
      download established client1 2000000
      for client in client3 client4; do
        on $client nft 'table inet late { chain out { type filter hook output priority 0; tcp dport ${servicePort} tcp flags & (syn | ack) == ack drop; }; }'
      done
      sleep 2
      download begun client3 300000
      download begun-plain client4 300000
      sleep 1
      mark cut
      ${cut}
      sleep 3
      for client in client3 client4; do on $client nft delete table inet late; done
      download new client2 300000
      sleep 7
      mark heal
      heal node1
      sleep 5
      download later client2 300000
      finished
      on ha1 cat /proc/net/xfrm_stat >/run/job/xfrm_stat`;

async function runCut(cut: string): Promise<TakeoverRun> {
  return runTakeover({
    body: body(cut),
    configure: ({ program }) => (program === 'member' ? { homeLifetimeSeconds } : {}),
  });
}

for (const [what, cut] of [
  ['cut off from everybody', 'cut node1'],
  ['cut off from the other members', `cut node1 ${node2} ${node3}`],
] as const) {
  test(`a contact node that is ${what} is replaced after the time of suspicion, and does not fight when it returns`, {
    timeout: 200_000,
  }, async () => {
    await using run = await runCut(cut);
    assert.equal(run.status, 0, run.console);
    const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('cut')!);

    // Between the two members there is nothing but heartbeats then: the last one is what the suspicion counts from.
    const heard = seen
      .channel(node1, node2, channelPort)
      .filter(({ ms, direction }) => ms < memberMs && direction === 'out');
    const claim = seen.esp(updates, { source: node2 }).find(({ ms }) => ms > 0)!;
    // A timer is of whole milliseconds of its process's clock: it ends up to 2 ms later, as the phase of the clock has it.
    near(claim.ms, heard.at(-1)!.ms + groupTimes.suspectMs, 'first Binding Update of the backup', 2);
    const registered = seen
      .esp(acknowledgements, { destination: node2 })
      .find(({ direction, ms }) => direction === 'out' && ms > 0)!;
    near(registered.ms, claim.ms + 2 * memberMs, 'its acknowledgement at the backup');

    const data = seen.dataFrom(node2, client1);
    near(longestGap(data, 0, 1500), longestGap(data, -1500, 0), 'longest gap of an optimised client');
    assert.deepEqual(await finishedWell(run, ['established', 'new', 'later']), []);
    // Their SYNs had been answered by the old contact node, and the rest of the handshake comes to the new one.
    assert.deepEqual(await finishedWell(run, ['begun', 'begun-plain']), []);
    assert.deepEqual(seen.resets(contactAddress), []);

    await assertNoFight(run, seen);
    if (!cut.includes(node2)) return;
    // It could reach its home agent all the time: the replay check refused it.
    const refused = Number(
      /XfrmInStateSeqError\s+(\d+)/.exec(await readFile(join(run.folder, 'xfrm_stat'), 'utf8'))?.[1],
    );
    assert.ok(refused > 0, 'nothing of the old contact node was refused');
  });
}

/** The old contact node steps back once it hears of the later term, and the backup's first term is its last one. */
async function assertNoFight(run: TakeoverRun, seen: TakeoverCapture): Promise<void> {
  const events = await run.events('node1');
  const released = events.filter(({ event }) => event === 'contact-released');
  assert.equal(released.length, 1);
  assert.ok(BigInt(released[0]!.t) > run.marks.get('heal')!);
  assert.ok(events.some(({ event }) => event === 'contact-followed'));
  const backup = (await run.events('node2')).map(({ event }) => event);
  assert.equal(
    backup.filter((event) => event === 'contact-claimed').length,
    1,
    'the backup had to claim again',
  );
  const homeAgent = (await run.events('ha1')).filter(({ event }) => event === 'registration-accepted');
  const holders = homeAgent
    .map(({ careOfAddress }) => careOfAddress)
    .filter((one, index, all) => one !== all[index - 1]);
  assert.deepEqual(holders.slice(0, 2), [node1, node2]);
  assert.ok(!holders.slice(2).includes(node1), `registered in turn: ${holders.join(', ')}`);
  assert.equal(seen.esp(acknowledgements, { destination: node1 }).filter(({ ms }) => ms > 0).length, 0);
}
