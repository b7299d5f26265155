import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { clientScript } from '../support/client-script.ts';
import { long } from '../support/long.ts';
import { runMembers } from '../support/member-lab.ts';

const { node1, node2, contactAddress } = FIG9_ADDRESSES;
const partOctets = 150_000;
/** over and back, and so on */
const handoffs = long ? 20 : 4;
const bytes = (handoffs + 1) * partOctets;

/** What a stock curl says of one document, ms and octets; with a handoff behind each part, or with none. */
async function fetched(variant: string | undefined) {
  const application = (acceptor: string) => {
    const handoff = variant === undefined ? {} : { handoff: { afterBytes: partOctets, acceptor, variant } };
    return {
      application: { kind: 'web', root: '/run/lab/nodes', generated: { '/document': bytes }, ...handoff },
    };
  };
  const { status, console, events } = await runMembers({
    variant: variant ?? 'none',
    changes: { node1: application(node2), node2: application(node1) },
    ...clientScript(
      [
        'set -eu',
        `curl -sS --fail -o /tmp/document -w '%{time_total} %{size_download} %{num_connects}' 'http://[${contactAddress}]:8080/document' >/tmp/told`,
        'read -r seconds octets connections </tmp/told || true',
        'sum=$(sha256sum </tmp/document | cut -d" " -f1)',
        `printf '{"t":"0","node":"curl","event":"fetched","ms":%s,"octets":%s,"connections":%s,"sum":"%s"}\\n' "\${seconds}e3" "$octets" "$connections" "$sum" >/run/job/events/curl.jsonl`,
      ].join('\n'),
    ),
  });
  assert.equal(status, 0, `${console}${JSON.stringify(events.slice(-3))}`);
  const told = events.find(({ event }) => event === 'fetched') ?? assert.fail('curl says nothing');
  const bad = [
    'crashed',
    'handoff-failed',
    'client-lost',
    'handoff-abandoned',
    'request-failed',
    'variant-fell-back',
  ];
  return {
    ms: Number(told.ms),
    octets: told.octets,
    connections: told.connections,
    sum: told.sum,
    given: events.filter(({ event }) => event === 'handed-off').length,
    bad: events.filter(({ event }) => bad.includes(event)).map((event) => JSON.stringify(event)),
  };
}

test('a stock curl that is handed to and fro gets its document at the speed of one that stays', {
  timeout: 600_000,
}, async (t) => {
  const unmoved = await fetched(undefined);
  const moved = await fetched('adaptive');
  assert.deepEqual([unmoved.given, moved.given, moved.bad], [0, handoffs, []]);
  assert.deepEqual([moved.octets, moved.connections, moved.sum], [bytes, 1, unmoved.sum]);
  const more = moved.ms - unmoved.ms;
  t.diagnostic(`${handoffs} handoffs: ${moved.ms} ms, unmoved ${unmoved.ms} ms`);
  // Three packets' time each: what Init and the updates take on the link, and the hold. A round trip to the client (2·L_CS) is 80 ms.
  assert.ok(more < handoffs * 18, `${handoffs} handoffs: ${more} ms more than ${unmoved.ms}`);
});
