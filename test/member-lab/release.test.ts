import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { tsharkFields } from '../support/capture-tshark.ts';
import { TakeoverCapture } from '../support/takeover-capture.ts';
import {
  addressOf,
  contactAddress,
  finishedWell,
  groupTimes,
  latencies,
  runTakeover,
  type TakeoverRun,
} from '../support/takeover-lab.ts';

const [node1, node2, node3] = ['node1', 'node2', 'node3'].map(addressOf) as [string, string, string];
const [client1, client2] = ['client1', 'client2'].map(addressOf) as [string, string];
const releaseMs = 5000;
const bindingUpdate = '5';

test('kill -9 of the member that a client is bound to: the contact node deletes the binding, and new connections are answered', {
  timeout: 200_000,
}, async () => {
  await using run = await runTakeover({
    body: `
      download before client1 500000
      sleep 1
      mark crash
      crash node2
      download waiting client1 60000
      sleep ${releaseMs / 1000 + 0.3}
      download after client1 300000
      sleep 4
      start node2
      ready 1
      download again client1 300000
      finished`,
  });
  assert.equal(run.status, 0, run.console);
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('crash')!);
  assert.deepEqual(seen.malformed, []);
  assert.deepEqual(seen.resets(contactAddress), []);

  // Of the client's binding cache: created by node1, node2's since the handoff, and no more.
  const [created, updated, deleted] = await accepted(run, 'client1');
  assert.deepEqual(
    [created, updated, deleted].map((one) => [one?.change, one?.careOfAddress]),
    [
      ['created', node1],
      ['updated', node2],
      ['deleted', node1],
    ],
  );
  assert.equal(deleted!.sequence, (Number(updated!.sequence) + 1) & 0xffff);

  const [update, ...others] = deletions(run, Number(deleted!.sequence));
  assert.deepEqual(others, [], 'sent once');
  const { atMs, authenticator, homeNonceIndex, ...fields } = update!;
  assert.deepEqual(fields, {
    source: node1,
    destination: client1,
    homeAddress: contactAddress,
    lifetime: '0',
    acknowledge: '1',
    homeRegistration: '0',
    careOfNonceIndex: '0',
    malformed: '',
  });
  assert.equal(authenticator.length, 24);
  assert.notEqual(homeNonceIndex, '');
  const { S1S2: memberMs, C1S1: clientMs } = latencies;
  // The channel ends, and nobody answers at the port; the hold-off; the Home Test, whose home agent is at the same site.
  const earliestMs = 3 * memberMs + releaseMs + 2 * clientMs;
  // The hold-off's timer: rounded up to whole milliseconds twice, and epoll_wait() allows itself 0.1 % of the time asked for.
  const timerMs = 2 + releaseMs / 1000;
  assert.ok(
    atMs > earliestMs - 1 && atMs < earliestMs + timerMs,
    `Binding Update: ${atMs} ms, not ${earliestMs}`,
  );

  const told = (await run.events('node1')).filter(({ event }) => event.startsWith('client-release'));
  assert.deepEqual(
    told.map(({ event, client, member }) => [event, client, member]),
    [
      ['client-release-begun', client1, node2],
      ['client-released', client1, node2],
    ],
  );
  // Also one that was opened at the crash, and the next handoff to the member that has come back.
  assert.deepEqual(await finishedWell(run, ['waiting', 'after', 'again']), []);
  assert.equal((await finishedWell(run, ['before'])).length, 1, 'node2 had that connection');
  assert.ok((await run.events('node2')).some(({ event }) => event === 'handoff-settled'));
});

test('the contact node dies in the middle of a handoff: its acceptor has the client, and its successor releases the others', {
  timeout: 200_000,
}, async () => {
  await using run = await runTakeover({
    body: `
      download moved client1 300000
      sleep 0.1
      download lost client2 300000
      sleep ${releaseMs / 1000 + 2}
      download after client2 60000
      finished`,
    application: {
      kind: 'download',
      firstBytes: 100_000,
      acceptor: node2,
      // Return routability begins with Init, and its first Home Test is lost with the contact node.
      variant: 'drain',
      waitMs: 0,
    },
    configure: ({ name, program }) => ({
      ...(program === 'member' ? { group: { trusted: [node1, node3], ...groupTimes } } : {}),
      ...(name === 'node1' ? { failAt: 'init-sent' } : {}),
    }),
  });
  assert.equal(run.status, 0, run.console);
  assert.deepEqual(await finishedWell(run, ['moved', 'after']), []);
  assert.equal((await finishedWell(run, ['lost'])).length, 1, 'node1 had that connection');
  const told = (await run.events('node3')).filter(({ event }) => event.startsWith('client-release'));
  assert.deepEqual(
    told.map(({ event, client, member }) => [event, client, member]),
    [
      ['client-release-begun', client2, node1],
      ['client-released', client2, node1],
    ],
  );
  const moved = await accepted(run, 'client1');
  assert.deepEqual(
    moved.map(({ change, careOfAddress }) => [change, careOfAddress]),
    [
      ['created', node1],
      ['updated', node2],
      ['deleted', node2],
    ],
  );
});

/** What the client's correspondent node has agreed to. */
async function accepted(run: TakeoverRun, client: string) {
  return (await run.events(`correspondent-${client}`)).filter(({ event }) => event === 'binding-accepted');
}

/** Binding Updates of lifetime 0 with this number, as tshark reads them where they come to the router; ms from the crash. */
function deletions(run: TakeoverRun, sequence: number) {
  const rows = tsharkFields(join(run.folder, 'capture.pcap'), [
    'mip6.mhtype',
    'mip6.bu.seqnr',
    'mip6.bu.lifetime',
    'frame.time_epoch',
    'ipv6.src',
    'ipv6.dst',
    'ipv6.opt.mipv6.home_address',
    'mip6.bu.a_flag',
    'mip6.bu.h_flag',
    'mip6.ni.hni',
    'mip6.ni.cni',
    'mip6.bad.auth',
    '_ws.malformed',
  ]);
  const sightings = rows.filter(
    ([type, number, lifetime]) =>
      type === bindingUpdate && Number(number) === sequence && Number(lifetime) === 0,
  );
  // Each packet twice: as it comes, and as it leaves.
  return sightings
    .filter((_, n) => n % 2 === 0)
    .map(
      ([
        ,
        ,
        lifetime,
        time = '',
        source,
        destination,
        homeAddress,
        a,
        h,
        hni,
        cni,
        auth = '',
        malformed,
      ]) => ({
        atMs: Number(BigInt(time.replace('.', '')) - run.marks.get('crash')!) / 1e6,
        source,
        destination,
        homeAddress,
        lifetime,
        acknowledge: flag(a),
        homeRegistration: flag(h),
        homeNonceIndex: hni,
        careOfNonceIndex: cni,
        authenticator: auth.replaceAll(':', ''),
        malformed,
      }),
    );
}

/** tshark's releases differ in how they print one. */
function flag(text: string | undefined): string {
  return { True: '1', False: '0' }[text ?? ''] ?? text ?? '';
}
