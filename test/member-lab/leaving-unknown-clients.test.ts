import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { TakeoverCapture } from '../support/takeover-capture.ts';
import {
  addressOf,
  contactAddress,
  finishedWell,
  runTakeover,
  servicePort,
} from '../support/takeover-lab.ts';

const bytes = 1_200_000;
/** ms; round trips of the client by way of node1, then of node2, with what a handoff by way of the contact node takes */
const LONGEST_SILENCE_MS = 600;

test('a contact node leaves while it does not know yet what kind its clients are: they go on, and none falls silent', {
  timeout: 200_000,
}, async () => {
  await using run = await runTakeover({
    application: { kind: 'download', firstBytes: 0, variant: 'drain', waitMs: 0, chunkBytes: 16_384 },
    configure: ({ name }) => (name.startsWith('node') ? { membership: { introducers: [] } } : {}),
    files: {
      'silent.json': JSON.stringify({
        ...{ server: contactAddress, bytes, port: servicePort, periodMs: 1, phasesMs: [0] },
        ...{ receiveLowWater: 0, receiveWindow: 16_384, timeoutMs: 30_000, lingerMs: 0 },
      }),
    },
    // Tests are asked for in vain, for minutes: nothing is known of the client, and no binding comes.
    body: `
      on client2 nft 'table ip6 silent { chain in { type filter hook input priority 0; ip6 nexthdr 135 drop; }; }'
      visit download-client client2 silent
      sleep 1.2
      mark leave
      finish node1
      mark left
      finished`,
  });
  assert.equal(run.status, 0, run.console);
  assert.deepEqual(await finishedWell(run, ['silent']), []);
  const events = await run.events('node1');
  const found = events.filter(({ event }) => event === 'plain-client-found').map(({ reason }) => reason);
  assert.deepEqual(found, ['not-found-out']);
  assert.equal(events.filter(({ event }) => event === 'handed-off').length, 1);
  const capture = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('leave')!);
  const segments = capture.dataSegments(addressOf('client2'), contactAddress);
  const silences = segments.slice(1).map(({ ms }, index) => ms - segments[index]!.ms);
  assert.ok(
    segments[0]!.ms < 0 && segments.at(-1)!.ms > 0,
    'the member leaves in the middle of the download',
  );
  assert.ok(Math.max(...silences) < LONGEST_SILENCE_MS, `silent for ${Math.max(...silences)} ms`);
  assert.deepEqual(capture.resets(contactAddress), []);
});
