import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TakeoverCapture } from '../support/takeover-capture.ts';
import { addressOf, contactAddress, latencies, runTakeover, servicePort } from '../support/takeover-lab.ts';

const client = 'adverse-client';
const { S1S2: memberMs } = latencies;
const [node2, homeAgent] = [addressOf('node2'), addressOf('ha1')];

for (const holder of ['node2', 'node3']) {
  const role = holder === 'node2' ? 'the successor itself' : 'a third member';
  test(`a connection of a client without Mobile IPv6 that ${role} holds goes on once the successor is registered`, {
    timeout: 200_000,
  }, async () => {
    const legs = [{ after: 100_000, of: 'sent', acceptor: addressOf(holder) }];
    const itinerary = { bytes: 2_000_000, upload: 0, variant: 'drain', legs };
    const sessions = [{ name: 'one', atMs: 0, itinerary, receiveWindow: 16_384 }];
    await using run = await runTakeover({
      body: `visit ${client} client4\n sleep 4\n mark crash\n crash node1\n finished`,
      application: { kind: 'itinerary' },
      programs: {
        [client]: fileURLToPath(new URL(`../handoff-adverse/guest/${client}.ts`, import.meta.url)),
      },
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
    assert.equal(run.status, 0, run.console);
    const verdict = (await run.events(client)).find(({ event }) => event === 'session-finished');
    assert.equal(verdict?.ok, true, JSON.stringify(verdict));
    const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('crash')!);
    assert.deepEqual(seen.resets(contactAddress), []);

    // It was in the middle of its document, and the home agent sends its packets to the successor after the registration.
    const finished = (await run.events(client)).at(-1)!;
    assert.ok(BigInt(finished.t) > run.marks.get('crash')! + 1_000_000_000n, 'it had ended before');
    const served = seen
      .segments({ to: servicePort }, { source: homeAgent, destination: node2 })
      .filter(({ direction }) => direction === 'out');
    assert.ok(
      served.length > 0 && served[0]!.ms >= 5 * memberMs,
      'its packets have not come to the successor',
    );
  });
}
