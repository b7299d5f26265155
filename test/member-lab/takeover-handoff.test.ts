import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { long } from '../support/long.ts';
import type { LoggedEvent } from '../support/member-lab.ts';
import { TakeoverCapture } from '../support/takeover-capture.ts';
import {
  addressOf,
  contactAddress,
  runTakeover,
  servicePort,
  type TakeoverRun,
} from '../support/takeover-lab.ts';

const [node2, node3] = ['node2', 'node3'].map(addressOf) as [string, string];
const client = 'adverse-client';

/** One client: from node1, the contact node, to node2, and from there to node3 while node1 dies. */
async function runHandoff(
  variant: string,
  killAfterMs: number | undefined,
  acceptors = [node2, node3],
): Promise<TakeoverRun> {
  const legs = acceptors.map((acceptor, index) => ({
    after: 100_000 + 200_000 * index,
    of: 'sent',
    acceptor,
  }));
  const itinerary = { bytes: 500_000, upload: 0, variant, legs };
  const sessions = [{ name: 'one', atMs: 0, itinerary, receiveWindow: 16_384 }];
  const kill =
    killAfterMs === undefined ? '' : `sleep ${(killAfterMs / 1000).toFixed(6)}\n mark crash\n crash node1`;
  return runTakeover({
    body: `mark begin\n visit ${client} client1\n ${kill}\n finished`,
    application: { kind: 'itinerary' },
    programs: { [client]: fileURLToPath(new URL(`../handoff-adverse/guest/${client}.ts`, import.meta.url)) },
    files: {
      [`${client}.json`]: JSON.stringify({
        server: contactAddress,
        port: servicePort,
        periodMs: 1000,
        timeoutMs: 60_000,
        sessions,
      }),
    },
  });
}

type Step = readonly [member: string, event: string];

/** Steps of the handoff from node2 to node3, behind which the contact node ends; the second ones with HANDOFF_LAB_LONG. */
const steps: Readonly<Record<string, readonly [readonly Step[], readonly Step[]]>> = {
  'drain+advance-rr': [
    [
      ['node2', 'prepare-sent'],
      ['node2', 'init-sent'],
      ['node3', 'binding-update-sent'],
    ],
    [
      ['node3', 'prepare-received'],
      ['node3', 'return-routability-complete'],
      ['node3', 'done-sent'],
    ],
  ],
  // Return routability comes behind Init here, and goes through the contact node.
  drain: [[['node3', 'init-received']], [['node2', 'init-sent']]],
};

for (const [variant, [killed, more]] of Object.entries(steps)) {
  test(`${variant}: the contact node ends at any step of others' handoff, which succeeds`, {
    timeout: 600_000,
  }, async () => {
    const times = await timesOf(variant);
    for (const [member, event] of long ? [...killed, ...more] : killed) {
      const at = times.get(`${member} ${event}`);
      assert.ok(at !== undefined, `no ${event} at ${member}: ${[...times.keys()].join(', ')}`);
      await using run = await runHandoff(variant, at + 1);
      await assertServed(run, `killed at ${event}`);
      const claimed = (await run.events('node2')).filter((one) => one.event === 'contact-claimed');
      assert.equal(claimed.length, 1, `killed at ${event}`);
    }
  });
}

test('drain: a donor that is the contact node ends right behind Init: its acceptor becomes contact node and goes on', {
  timeout: 200_000,
}, async () => {
  await using run = await runTakeover0();
  await assertServed(run, 'killed behind Init');
});

async function runTakeover0(): Promise<TakeoverRun> {
  const times = await timesOf('drain', 'node1', [node2]);
  return runHandoff('drain', times.get('node1 init-sent')! + 1, [node2]);
}

/** When each event of the second handoff happens if nothing does, ms from the start. */
async function timesOf(
  variant: string,
  donor = 'node2',
  acceptors = [node2, node3],
): Promise<ReadonlyMap<string, number>> {
  await using run = await runHandoff(variant, undefined, acceptors);
  await assertServed(run, 'undisturbed');
  const begin = run.marks.get('begin')!;
  const events = (await Promise.all(['node1', 'node2', 'node3'].map((name) => run.events(name)))).flat();
  const requested = events.find(({ node, event }) => node === donor && event === 'handoff-requested')!;
  const later = events
    .filter(({ t }) => BigInt(t) >= BigInt(requested.t))
    .toSorted((a, b) => Number(BigInt(b.t) - BigInt(a.t)));
  return new Map(later.map(({ t, node, event }) => [`${node} ${event}`, Number(BigInt(t) - begin) / 1e6]));
}

async function assertServed(run: TakeoverRun, when: string): Promise<void> {
  assert.equal(run.status, 0, run.console);
  const verdict = (await run.events(client)).find(({ event }) => event === 'session-finished');
  const told = async (name: string): Promise<string> => (await run.events(name)).map(brief).join('\n');
  assert.equal(
    verdict?.ok,
    true,
    `${when}: ${JSON.stringify(verdict)}\n${await told('node2')}\n${await told('node3')}`,
  );
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('begin')!);
  assert.deepEqual(seen.resets(contactAddress), [], when);
}

function brief({ t, node, event, ...fields }: LoggedEvent): string {
  return `${t} ${node} ${event} ${JSON.stringify(fields)}`;
}
