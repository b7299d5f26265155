import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { clientScript } from '../support/client-script.ts';
import { runMembers } from '../support/member-lab.ts';

const { node2, contactAddress } = FIG9_ADDRESSES;
/** Every octet of the upload depends on its place. */
const PATTERN = Buffer.from(Array.from({ length: 251 }, (_, index) => index));
const TOTAL = 251 * 80_000;
const AFTER = 300_000;
/** Seconds that the same upload takes of a client that stays where it is. */
const UNMOVED_S = 2.464;
/**
 * ms from the moment that the client is told to send nothing until it is served again: Prepare, the home test by way of the contact node, and the
 * binding take 2·L_SS + 2·L_CS + L_SS + 2·L_CS = 220; the queue of acknowledgements on 2 Mbit/s may add half as much.
 */
const STANDSTILL_MS = 330;

async function upload(atFreeze: boolean): Promise<{
  seconds: number;
  resent: number;
  events: Map<string, number>;
  state: number;
}> {
  const options = {
    nextMember: node2,
    after: AFTER,
    total: TOTAL,
    variant: 'drain+advance-rr',
    atFreeze,
  };
  const application = { kind: 'module', file: '/run/lab/nodes/upload-application.cjs', options };
  const script = [
    'set -eu',
    "printf '%b' \"$(printf '\\\\x%02x' $(seq 0 250))\" >/tmp/one",
    'cat $(yes /tmp/one | head -n 400) >/tmp/many; cat $(yes /tmp/many | head -n 200) >/tmp/all',
    `exec 3<>/dev/tcp/${contactAddress}/8080`,
    // The client's binding is made meanwhile.
    'sleep 2',
    'begun=$EPOCHREALTIME; cat /tmp/all >&3; read -r -t 100 octets sum <&3',
    // The column RetransSegs.
    "resent=$(awk '/^Tcp: [0-9]/ { print $13 }' /proc/net/snmp)",
    'echo "upload $begun $EPOCHREALTIME $octets $sum $resent"',
    'exec 3>&-',
  ].join('\n');
  const { plan, programs } = clientScript(script);
  const { status, console, events } = await runMembers({
    variant: 'drain+advance-rr',
    settings: { csMs: [40], ssMs: [20], rateKbit: [2000] },
    changes: { node1: { application }, node2: { application } },
    programs: {
      ...programs,
      'upload-application': fileURLToPath(new URL('./guest/upload-application.ts', import.meta.url)),
    },
    plan,
  });
  assert.equal(status, 0, console);
  const answer = /upload (\S+) (\S+) (\d+) (\d+) (\d+)/.exec(console) ?? assert.fail(console);
  const [begun, ended, octets, sum, resent] = answer.slice(1).map(Number);
  assert.deepEqual([octets, sum], [TOTAL, expectedSum()]);
  const extracted = events.find(({ event }) => event === 'socket-extracted');
  return {
    seconds: ended! - begun!,
    resent: resent!,
    events: new Map(events.map(({ event, t }) => [event, Number(BigInt(t) / 1_000_000n)])),
    state: Number(extracted?.octets),
  };
}

function expectedSum(): number {
  let sum = 0;
  for (let at = 0; at < TOTAL; at++) sum = (sum + PATTERN[at % PATTERN.length]! * (at + 1)) >>> 0;
  return sum;
}

test('a client in the middle of an upload sends no octet twice, and its upload takes longer only by what it stands still', async (t) => {
  const { seconds, resent, events, state } = await upload(true);
  t.diagnostic(`${seconds.toFixed(3)} s; ${UNMOVED_S} s without a handoff`);
  assert.equal(resent, 0, 'segments that the client has sent again');
  // 73 octets, and that the window is closed.
  assert.equal(state, 77);
  const stoodStill = events.get('socket-activated')! - events.get('client-quieted')!;
  assert.ok(stoodStill <= STANDSTILL_MS, `${stoodStill} ms`);
  // Half a round trip passes before the client hears of either.
  assert.ok(seconds <= UNMOVED_S + (STANDSTILL_MS + 40) / 1000, `${seconds} s`);
});

test('a state that is given at once costs no more: what is under way behind it waits in the kernel, and moves deflated', async (t) => {
  const { seconds, resent, state } = await upload(false);
  t.diagnostic(`${seconds.toFixed(3)} s; ${UNMOVED_S} s without a handoff; a state of ${state} octets`);
  assert.equal(resent, 0, 'segments that the client has sent again');
  // 330 kB of it, of which one piece in 251 octets is like the next.
  assert.ok(state < 10_000, `${state} octets`);
  assert.ok(seconds <= 1.1 * UNMOVED_S, `${seconds} s`);
});
