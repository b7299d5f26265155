import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TakeoverCapture } from '../support/takeover-capture.ts';
import {
  addressOf,
  contactAddress,
  runTakeover,
  servicePort,
  type TakeoverRun,
} from '../support/takeover-lab.ts';

const node2 = addressOf('node2');

/**
 * client1's first connection is handed off to node2 and stands idle there, while the client's correspondent node is killed and started again, if it is. What
 * the client does then is `rest`; `ask(connection)` sends a line and gives the answer.
 */
function strays(rest: string, { restarts = true, pauseS = 8 } = {}): Promise<TakeoverRun> {
  const client = [
    'import ipaddress, socket, struct, time',
    'def connect():',
    `    s = socket.create_connection(('${contactAddress}', ${servicePort}), 25); s.settimeout(25); return s`,
    'def ask(s):',
    "    began = time.monotonic(); s.sendall(b'x\\n'); answer = s.recv(100).decode().strip()",
    "    print(answer, 'after', round(1000 * (time.monotonic() - began)), flush=True)",
    'first = connect(); ask(first)',
    `time.sleep(${pauseS})`,
    rest,
  ].join('\n');
  return runTakeover({
    body: [
      `cat >/tmp/idle.py <<'END'\n${client}\nEND`,
      'on client1 python3 /tmp/idle.py >/run/job/answers 2>&1 &',
      'client=$!',
      'sleep 4',
      ...(restarts ? ['crash correspondent-client1; start correspondent-client1; ready 1'] : []),
      'mark restarted',
      'wait $client || echo "client ended with $?"',
      'cat /run/job/answers',
    ].join('\n'),
    programs: {
      'idle-application': fileURLToPath(new URL('guest/idle-application.ts', import.meta.url)),
    },
    configure: ({ name, program }) =>
      program === 'member'
        ? {
            application: {
              kind: 'module',
              file: '/run/lab/nodes/idle-application.cjs',
              options: { name, ...(name === 'node1' ? { acceptor: node2 } : {}) },
            },
          }
        : {},
  });
}

/** Answers and how long they took, in ms. */
function answers({ console: text }: TakeoverRun): readonly { readonly by: string; readonly ms: number }[] {
  return [...text.matchAll(/^(node\d) after (\d+)$/gm)].map(([, by = '', ms]) => ({ by, ms: Number(ms) }));
}

async function assertBoundAgain(run: TakeoverRun): Promise<void> {
  assert.equal(run.status, 0, run.console);
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('restarted')!);
  assert.deepEqual([seen.malformed, seen.resets(contactAddress)], [[], []]);
  const events = await run.events('node2');
  assert.ok(events.some(({ event }) => event === 'client-astray'));
  assert.deepEqual(
    events.filter(({ event }) => event === 'binding-error'),
    [],
    'it sent nothing before',
  );
}

test('a client that has lost its binding to an idle member: its octets get there', {
  timeout: 200_000,
}, async () => {
  await using run = await strays('ask(first)\nask(first)');
  await assertBoundAgain(run);
  const [before, after, again] = answers(run);
  assert.deepEqual([before?.by, after?.by, again?.by], ['node1', 'node2', 'node2'], run.console);
  // Return routability, the update and TCP's repetitions in their doubling pauses.
  assert.ok(after!.ms < 2000, `${after!.ms} ms`);
  assert.ok(again!.ms < 200, `${again!.ms} ms`);
});

test('a new connection of a client that has lost its binding comes to where its first one is, and both are served', {
  timeout: 200_000,
}, async () => {
  await using run = await strays('second = connect(); ask(second); ask(first); ask(second)');
  await assertBoundAgain(run);
  assert.deepEqual(
    answers(run).map(({ by }) => by),
    ['node1', 'node2', 'node2', 'node2'],
    run.console,
  );
});

/** A SYN as the client's kernel sends it while it is bound to node2: to the care-of address, with a type 2 routing header. */
const lateSyn = (port: number): string => `
address = lambda text: ipaddress.IPv6Address(text).packed
source, home = address('${addressOf('client1')}'), address('${contactAddress}')
tcp = struct.pack('!HHIIBBHHH', ${port}, ${servicePort}, 1000, 0, 0x50, 2, 65535, 0, 0)
total = sum(struct.unpack('!%dH' % ((36 + 4 + len(tcp)) // 2), source + home + struct.pack('!II', len(tcp), 6) + tcp))
total = (total & 0xffff) + (total >> 16); total = (total & 0xffff) + (total >> 16)
tcp = tcp[:16] + struct.pack('!H', ~total & 0xffff) + tcp[18:]
routing = struct.pack('!BBBBI', 6, 2, 2, 1, 0) + home
packet = struct.pack('!IHBB', 6 << 28, len(routing + tcp), 43, 64) + source + address('${node2}') + routing + tcp
raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
raw.sendto(packet, ('${node2}', 0))`;

test('a client has left: a SYN that comes late finds no answer at its last member, its next one none but the contact node’s, at once', {
  timeout: 200_000,
}, async () => {
  const late = 45_001;
  const rest = [
    // While it is bound there, this is what such a SYN is good for.
    `${lateSyn(late + 1)}\ntime.sleep(1)`,
    'first.close(); time.sleep(0.5)',
    `${lateSyn(late)}\ntime.sleep(1)`,
    'began = time.monotonic(); second = connect(); print("connected", round(1000 * (time.monotonic() - began)))',
    'ask(second)',
  ].join('\n');
  await using run = await strays(rest, { restarts: false, pauseS: 2 });
  assert.equal(run.status, 0, run.console);
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), 0n);
  const answered = (port: number): boolean =>
    seen.sightings.some(
      ({ packet: { upper, source } }) =>
        source === contactAddress && upper.kind === 'tcp' && upper.destinationPort === port,
    );
  assert.deepEqual([answered(late + 1), answered(late)], [true, false], run.console);
  assert.ok((await run.events('node2')).some(({ event }) => event === 'binding-deleted'));
  assert.deepEqual(
    answers(run).map(({ by }) => by),
    ['node1', 'node1'],
    run.console,
  );
  const [, ms] = /^connected (\d+)$/m.exec(run.console) ?? [];
  assert.ok(Number(ms) < 500, `${ms} ms: the contact node knew that it would come`);
});
