import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { clientScript } from '../support/client-script.ts';
import { type HalfClosing, halfClosingClients } from '../support/half-closing-client.ts';
import { long } from '../support/long.ts';
import { type LoggedEvent, runMembers } from '../support/member-lab.ts';
import { servePlain } from '../support/plain-client-lab.ts';

const { node1, node2, contactAddress } = FIG9_ADDRESSES;
const servicePort = 8080;
const root = '/run/lab/nodes';
const document = 'correspondent-node.cjs';
const file = `${root}/${document}`;
const AFTER_BYTES = 30_000;

/** Before the first handoff, in the middle of one, between two, and when several lie behind. */
const clients: readonly HalfClosing[] = [
  { name: 'closed behind its request', afterOctets: 0 },
  { name: 'closed after 5 kB', afterOctets: 5000 },
  { name: 'closed after 29 kB', afterOctets: 29_000 },
  { name: 'closed after 100 kB', afterOctets: 100_000 },
];
const script = halfClosingClients(contactAddress, servicePort, { document, file }, clients);

function assertClean(events: readonly LoggedEvent[]): void {
  const bad = /^(handoff-failed|client-lost|handoff-abandoned|request-failed|crashed|forwarding-refused)$/;
  assert.deepEqual(
    events.filter(({ event }) => bad.test(event)),
    [],
  );
  const handedOff = events.filter(({ event }) => event === 'handed-off').length;
  assert.ok(handedOff >= 3 * clients.length, `${handedOff} handoffs`);
}

const lossless = long
  ? ['baseline', 'drain', 'advance-rr', 'drain+advance-rr']
  : ['baseline', 'drain+advance-rr'];
for (const [variant, lossPct] of [
  ...lossless.map((name) => [name, 0] as const),
  ...(long ? ([['baseline', 2]] as const) : []),
]) {
  test(`who closes its side gets the whole document, over handoffs back and forth: ${variant}, ${lossPct} % loss`, {
    timeout: 300_000,
  }, async () => {
    const application = (acceptor: string): object => ({
      application: { kind: 'web', root, handoff: { afterBytes: AFTER_BYTES, acceptor, variant } },
    });
    const { status, console, events } = await runMembers({
      variant,
      changes: { node1: application(node2), node2: application(node1) },
      ...(lossPct > 0 ? { settings: { lossPct: [lossPct] } } : {}),
      // A binding that is still there when its client comes again would be another test.
      ...clientScript(['set -eu', ...script.flatMap((line) => [line, 'sleep 5'])].join('\n')),
    });
    assert.equal(status, 0, console);
    assertClean(events);
  });
}

test('so does a client without Mobile IPv6', { timeout: 300_000 }, async () => {
  assertClean(await servePlain({ variant: 'baseline', afterBytes: AFTER_BYTES }, script));
});
