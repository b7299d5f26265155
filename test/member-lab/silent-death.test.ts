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
  type TakeoverRun,
} from '../support/takeover-lab.ts';

/** client4 has no Mobile IPv6. */
const clients = ['client1', 'client4'] as const;
const OCTETS = 3_000_000;

const downloads = clients.map((client) => `download ${client} ${client} ${OCTETS}`).join('\n');

/** Both were being served when the mark was set, none to its end, and no member ended or reset a connection. */
async function assertSilent(run: TakeoverRun): Promise<void> {
  assert.equal(run.status, 0, run.console);
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('end')!);
  const served = seen.sightings.filter(
    ({ ms, packet: { upper, source } }) =>
      ms < 0 && ms > -200 && source === contactAddress && upper.kind === 'tcp' && upper.payloadLength > 0,
  );
  for (const client of clients) {
    const own = served.filter(({ packet }) => packet.destination === addressOf(client));
    assert.ok(own.length > 10, `${client}: ${own.length} segments right before the end`);
  }
  assert.deepEqual(seen.ends(contactAddress), [], 'an end of stream that no application asked for');
  assert.deepEqual(seen.resets(contactAddress), []);
  assert.equal((await finishedWell(run, clients)).length, clients.length);
}

for (const [death, how] of [
  ['crash', 'is killed'],
  ['finish', 'is told to end, and its application gives no states'],
] as const) {
  test(`the member that clients were handed off to ${how}: they see neither an end of stream nor a reset`, {
    timeout: 200_000,
  }, async () => {
    await using run = await runTakeover({
      body: `${downloads}\nsleep 2.5\nmark end\n${death} node2\nfinished`,
      application: {
        kind: 'download',
        firstBytes: 100_000,
        acceptor: addressOf('node2'),
        variant: 'drain+advance-rr',
        waitMs: 0,
      },
    });
    await assertSilent(run);
  });
}

test('the contact node is killed with its clients, and another takes the address over: neither does its successor reset them', {
  timeout: 200_000,
}, async () => {
  await using run = await runTakeover({
    body: `${downloads}\nsleep 2.5\nmark end\ncrash node1\nsleep 10\nstart node1\nready 1\nfinished`,
    application: { kind: 'download', firstBytes: OCTETS, variant: 'drain', waitMs: 0 },
  });
  await assertSilent(run);
});

test('a connection that its application breaks off is reset, and the reset leaves the member', {
  timeout: 200_000,
}, async () => {
  const breaking = [
    'import socket, sys',
    's = socket.socket(socket.AF_INET6); s.settimeout(20)',
    `s.connect(('${contactAddress}', ${servicePort})); s.sendall(b'x' * 100)`,
    'try: s.recv(1); sys.exit(3)',
    'except ConnectionResetError: pass',
  ].join('\n');
  await using run = await runTakeover({
    body: [
      `cat >/tmp/breaking.py <<'END'\n${breaking}\nEND`,
      ...clients.map((client) => `on ${client} python3 /tmp/breaking.py || echo "${client}: no reset: $?"`),
    ].join('\n'),
    // A request that never becomes one is broken off.
    application: { kind: 'download', firstBytes: OCTETS, variant: 'drain', waitMs: 0 },
  });
  assert.equal(run.status, 0, run.console);
  assert.doesNotMatch(run.console, /no reset/);
});
