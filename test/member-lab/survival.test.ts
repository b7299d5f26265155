import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { documentPart } from '../../applications/document.ts';
import { clientMs, gapAt, memberMs, runSurvival, told } from '../support/survival-lab.ts';
import { TakeoverCapture } from '../support/takeover-capture.ts';
import { addressOf, contactAddress, finishedWell } from '../support/takeover-lab.ts';

/** From the Binding Update to the first probe. */
const guardMs = 1;
/** One segment's time on the line and what processes take. */
const overheadMs = 8;

test('kill -9 of the member that is holder and contact node: a stock client’s download goes on, whole, after 3·L_SS + 2·L_CS', {
  timeout: 400_000,
}, async () => {
  await using run = await runSurvival({
    body: `
      sleep 1
      survive one client1
      sleep 2
      mark death
      crash node1
      finished
      sleep 3`,
  });
  assert.equal(run.status, 0, run.console);
  assert.deepEqual(await finishedWell(run, ['one']), []);
  const { gap } = gapAt(run);
  const expected = 3 * memberMs + 2 * clientMs + guardMs;
  assert.ok(gap >= expected && gap < expected + overheadMs, `${gap} ms, expected ${expected}`);
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('death')!);
  assert.deepEqual(seen.resets(contactAddress), []);
  const [, protectedAgain] = await told(run, ['node2'], 'connection-pending', 'connection-protected');
  assert.ok(protectedAgain !== undefined);
});

for (const [what, fault] of [
  ['cut off for two seconds', 'cut node1; sleep 2; heal node1'],
  ['stopped for two seconds', 'stop node1; sleep 2; goOn node1'],
] as const)
  test(`a holder that is ${what} never has the client again, and the client’s download is whole`, {
    timeout: 400_000,
  }, async () => {
    await using run = await runSurvival({
      downloads: { one: 2_000_000 },
      body: `
        sleep 1
        survive one client1
        sleep 2
        mark death
        ${fault}
        finished
        sleep 5`,
    });
    assert.equal(run.status, 0, run.console);
    assert.deepEqual(await finishedWell(run, ['one']), []);
    const bindings = await told(run, ['correspondent-client1'], 'binding-accepted');
    const holders = bindings.map(({ careOfAddress }) => String(careOfAddress));
    // One change of hands, whatever the first holder has asked since.
    const changes = holders.filter((one, index) => index > 0 && holders[index - 1] !== one);
    assert.equal(changes.length, 1, holders.join(' → '));
    assert.equal((await told(run, ['node1'], 'client-taken-over')).length, 1);
  });

test('a holder that had ended a connection when it was cut off keeps nothing of it, once its backup has the client', {
  timeout: 400_000,
}, async () => {
  await using run = await runSurvival({
    application: { kind: 'web', root: '/run/job', generated: { '/document': 250_000 } },
    body: `
      sleep 1
      on client1 curl --silent --show-error --max-time 60 --header 'Connection: close' --output /run/job/got http://[${contactAddress}]:8080/document &
      curl=$!
      sleep 1.1
      cut node1
      sleep 2
      on node1 ss --no-header --tcp --numeric state connected 'sport = :8080' >/run/job/ending
      sleep 2
      heal node1
      wait $curl
      sleep 10
      on node1 ss --no-header --tcp --numeric state connected 'sport = :8080' >/run/job/sockets
      sha256sum </run/job/got >/run/job/sha`,
  });
  assert.equal(run.status, 0, run.console);
  const expected = createHash('sha256').update(documentPart(0, 250_000)).digest('hex');
  assert.equal((await readFile(join(run.folder, 'sha'), 'utf8')).split(' ')[0], expected);
  assert.match(await readFile(join(run.folder, 'ending'), 'utf8'), /^FIN-WAIT-1/);
  assert.equal((await told(run, ['node1'], 'client-taken-over')).length, 1);
  assert.equal(await readFile(join(run.folder, 'sockets'), 'utf8'), '');
});

test('of a client that is taken over the connection that nobody had protected is reset when it says something, and the protected one is not', {
  timeout: 400_000,
}, async () => {
  await using run = await runSurvival({
    body: `
      sleep 1
      survive one client1
      on client1 bash -c 'exec 3<>/dev/tcp/${contactAddress}/8080; sleep 4; echo later >&3; timeout 30 cat <&3; echo status $?' >/run/job/other 2>&1 &
      other=$!
      sleep 2
      mark death
      crash node1
      finished
      wait $other
      sleep 1`,
  });
  assert.equal(run.status, 0, run.console);
  assert.deepEqual(await finishedWell(run, ['one']), []);
  const other = await readFile(join(run.folder, 'other'), 'utf8');
  assert.match(other, /reset by peer/);
  const turnedAway = await told(run, ['node2'], 'connection-turned-away');
  assert.ok(turnedAway.length > 0);
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('death')!);
  const left = seen.resets(contactAddress).filter(({ direction }) => direction === 'out');
  assert.equal(left.length, turnedAway.length);
});

test('a client without Mobile IPv6 is served as ever, and the application is told why it is not protected', {
  timeout: 400_000,
}, async () => {
  await using run = await runSurvival({
    downloads: { one: 3_000_000 },
    body: `
      sleep 1
      survive one client4
      finished
      sleep 1`,
  });
  assert.equal(run.status, 0, run.console);
  assert.deepEqual(await finishedWell(run, ['one']), []);
  const refused = await told(run, ['node1'], 'connection-unprotected');
  assert.match(String(refused[0]?.reason), /no Mobile IPv6/);
  assert.deepEqual(await told(run, ['node1'], 'connection-protected'), []);
  // What a backup was given before this was known it has no more.
  for (const node of ['node2', 'node3']) {
    const [kept, dropped] = [
      await told(run, [node], 'replica-kept'),
      await told(run, [node], 'replica-dropped'),
    ];
    assert.equal(kept.length, dropped.length, node);
  }
});

test('a client that closes its side while it is answered has the whole document from the survivor, whose connection ends as well', {
  timeout: 400_000,
}, async () => {
  await using run = await runSurvival({
    application: { kind: 'web', root: '/run/job', generated: { '/document': 2_000_000 } },
    body: `
      cat >/run/job/half.py <<'END'
import socket, time
s = socket.create_connection(('${contactAddress}', 8080))
s.sendall(b'GET /document HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n')
time.sleep(0.5)
s.shutdown(socket.SHUT_WR)
got = b''
while chunk := s.recv(65536):
    got += chunk
open('/run/job/got', 'wb').write(got.split(b'\\r\\n\\r\\n', 1)[1])
END
      sleep 1
      on client1 python3 /run/job/half.py &
      half=$!
      sleep 3
      crash node1
      wait $half
      sleep 3
      sha256sum </run/job/got >/run/job/sha`,
  });
  assert.equal(run.status, 0, run.console);
  const expected = createHash('sha256').update(documentPart(0, 2_000_000)).digest('hex');
  assert.equal((await readFile(join(run.folder, 'sha'), 'utf8')).split(' ')[0], expected);
  assert.equal((await told(run, ['node2'], 'client-survives')).length, 1);
  assert.equal((await told(run, ['node2'], 'binding-deleted')).length, 1, 'its last connection is closed');
});

test('a stock curl downloads 8 MB while two members in a row are killed', { timeout: 600_000 }, async () => {
  await using run = await runSurvival({
    application: { kind: 'web', root: '/run/job', generated: { '/document': 8_000_000 } },
    body: `
      sleep 1
      on client1 curl --silent --show-error --max-time 120 --output /run/job/got http://[${contactAddress}]:8080/document &
      curl=$!
      sleep 2
      crash node1
      sleep 3
      crash node2
      wait $curl
      sha256sum </run/job/got >/run/job/sha`,
  });
  assert.equal(run.status, 0, run.console);
  const expected = createHash('sha256').update(documentPart(0, 8_000_000)).digest('hex');
  assert.equal((await readFile(join(run.folder, 'sha'), 'utf8')).split(' ')[0], expected);
  // What node2 has told it has taken along.
  const [last] = await told(run, ['node3'], 'client-survives');
  assert.equal(last?.holder, addressOf('node2'));
});
