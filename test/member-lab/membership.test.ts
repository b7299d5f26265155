import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { documentPart } from '../../applications/document.ts';
import { channelPort } from '../../runner/procedures/testbed.ts';
import { channelFramesOf } from '../support/channel-frames-of.ts';
import { TakeoverCapture } from '../support/takeover-capture.ts';
import {
  addressOf,
  contactAddress,
  finishedWell,
  latencies,
  runTakeover,
  servicePort,
  type TakeoverRun,
} from '../support/takeover-lab.ts';

const members = { node1: addressOf('node1'), node2: addressOf('node2'), node3: addressOf('node3') };
const application = { kind: 'download', firstBytes: 0, variant: 'drain', waitMs: 0, chunkBytes: 16_384 };
const idleBytes = 50_000;

/** node1 and node2 have never heard of node3, and trust it with nothing; it knows node1 alone. */
function membership({ name, config }: { name: string; config: unknown }, acceptorPolicy: string): object {
  if (!name.startsWith('node')) return {};
  const known = [members.node1, members.node2];
  const others = known.filter((address) => address !== (config as { careOfAddress: string }).careOfAddress);
  const { group } = config as { group: object };
  return {
    peers: name === 'node3' ? [] : others,
    membership: { introducers: name === 'node3' ? [members.node1] : [], acceptorPolicy },
    group: { ...group, trusted: known },
  };
}

test('a newcomer joins; a contact node leaves with clients of three kinds; the last trusted one leaves no binding', {
  timeout: 200_000,
}, async () => {
  await using run = await runTakeover({
    application,
    later: ['node3'],
    programs: { 'channel-intruder': fileURLToPath(new URL('guest/channel-intruder.ts', import.meta.url)) },
    files: {
      'channel-intruder.json': JSON.stringify({
        member: members.node1,
        port: channelPort,
        pretended: addressOf('client3'),
      }),
    },
    configure: (process) => membership(process, 'least-clients'),
    body: `
      download optimized client1 3000000
      download plain client4 2000000
      on client2 bash -c 'exec 3<>/dev/tcp/${contactAddress}/${servicePort}; sleep 5; printf "GET ${idleBytes}\\n" >&3; cat <&3 >/run/job/idle' &
      downloads+=("idle:$!")
      visit channel-intruder client3
      sleep 2
      start node3; ready 1
      sleep 0.5
      mark leave
      finish node1
      mark left
      download new client3 300000
      finished
      mark lastLeave
      finish node2
      sleep 1
      finish node3`,
  });
  assert.equal(run.status, 0, run.console);
  assert.deepEqual(await finishedWell(run, ['optimized', 'plain', 'new']), []);
  const idle = await readFile(join(run.folder, 'idle'));
  assert.ok(idle.equals(Buffer.from(documentPart(0, idleBytes))), `${idle.length} octets`);

  const [node1, node2, node3] = await Promise.all(
    ['node1', 'node2', 'node3'].map((name) => run.events(name)),
  );
  const named = (events: typeof node1, name: string) => events!.filter(({ event }) => event === name);
  assert.deepEqual(
    named(node3, 'introduced').map(({ by }) => by),
    [members.node1],
  );
  // Three clients over two members, the least busy one each time.
  const chosen = named(node1, 'acceptor-chosen').map(({ acceptor }) => acceptor);
  assert.deepEqual(chosen.toSorted(), [members.node2, members.node2, members.node3]);
  assert.equal(named(node1, 'handed-off').length, 3);
  assert.equal(named(node2, 'contact-claimed').length, 1);
  const lost = [node1, node2, node3].flatMap((events) => [
    ...named(events, 'connection-lost'),
    ...named(events, 'client-lost'),
  ]);
  assert.deepEqual(lost, []);

  // Any address may knock, and nobody is let in without the key.
  const refused = named(node1, 'channel-refused').map(({ address }) => address);
  assert.deepEqual(new Set(refused), new Set([addressOf('client3')]));
  assert.deepEqual(
    named(node1, 'peer-up').filter(({ peer }) => peer === addressOf('client3')),
    [],
  );

  // Who is not trusted is given no associations (paper §7.1), newcomers included.
  const keyLog = await readFile(join(run.folder, 'tls_keys'), 'utf8');
  const frames = channelFramesOf(join(run.folder, 'capture.pcap'), keyLog, members, channelPort);
  const data = frames.filter(({ kind }) => kind === 'contact-data').map(({ from, to }) => `${from} ${to}`);
  assert.ok(data.includes('node1 node2'), data.join());
  assert.ok(!data.some((ends) => ends.includes('node3')), data.join());
  assert.ok(frames.some(({ kind, to }) => kind === 'contact-node' && to === 'node3'));

  // Nobody trusted is left: the home agent is told so.
  assert.equal(await lastRegistration(run), 'deleted');
  const capture = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('leave')!);
  assert.deepEqual(capture.resets(contactAddress), []);
});

test('the nearest member takes the client; the last member of all leaves the home agent without a binding', {
  timeout: 200_000,
}, async () => {
  const all = Object.values(members);
  await using run = await runTakeover({
    application,
    configure: ({ name, config }) => {
      if (!name.startsWith('node')) return {};
      const { group } = config as { group: object };
      return { membership: { acceptorPolicy: 'nearest' }, group: { ...group, trusted: all } };
    },
    body: `
      download far client1 1500000
      sleep 1
      finish node1
      finish node2
      finished
      finish node3`,
  });
  assert.equal(run.status, 0, run.console);
  assert.deepEqual(await finishedWell(run, ['far']), []);
  const chosen = (await run.events('node1')).filter(({ event }) => event === 'acceptor-chosen');
  assert.deepEqual(
    chosen.map(({ acceptor, latencyMs }) => [acceptor, Math.round(Number(latencyMs))]),
    [[members.node3, latencies.C1S3]],
  );
  assert.equal(await lastRegistration(run), 'deleted');
});

async function lastRegistration(run: TakeoverRun): Promise<unknown> {
  const told = (await run.events('ha1')).filter(({ event }) => event === 'registration-accepted');
  return told.at(-1)?.change;
}
