import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { clientScript } from '../support/client-script.ts';
import { DOCUMENT, named, ROOT, SERVICE_PORT, web } from '../support/connections-lab.ts';
import { type LoggedEvent, runMembers } from '../support/member-lab.ts';

const { node1, node2, contactAddress } = FIG9_ADDRESSES;
/** Octets [first, last] of the document, one connection each. */
const ranges = [
  [0, 69_999],
  [70_000, 139_999],
  [140_000, 209_999],
] as const;
/** Longer than TIME-WAIT, retransmissions and a binding's lifetime. */
const REST_S = 1200;

/** What a leak would show in; without the lines that change by themselves. */
const state = `state() { # when
  for name in node1 node2 client; do
    nsenter --net=/run/netns/$name bash -c '
      cd /proc/self/net
      ip xfrm state | grep -v -e anti-replay -e lastused; ip xfrm policy; ip -6 rule
      ip -6 route show table all | sed "s/ expires [^ ]*//"
      while read -r proto inuse count rest; do case $proto in TCP:|TCP6:|RAW6:) echo "$proto $count \${rest%% mem*}";; esac; done < sockstat
      while read -r line; do echo packet; done < packet
      while read -r _ local remote state _; do echo "tcp \${local##*:} \${remote##*:} $state"; done < tcp6' >/tmp/$1-$name
  done
}`;

const fetchAll = [
  'set -eu',
  state,
  `base='http://[${contactAddress}]:${SERVICE_PORT}'`,
  'state before',
  [
    'curl -s -S --parallel --parallel-immediate',
    ranges
      .map(([first, last], index) => `-r ${first}-${last} "$base/${DOCUMENT}" -o /tmp/part${index}`)
      .join(' --next '),
  ].join(' '),
  ...ranges.map(
    ([first, last], index) =>
      `tail -c +${first + 1} ${ROOT}/${DOCUMENT} | head -c ${last - first + 1} | cmp - /tmp/part${index}`,
  ),
  `sleep ${REST_S}`,
  'state after',
  'for name in node1 node2 client; do [ -s /tmp/before-$name ]; diff /tmp/before-$name /tmp/after-$name >&2; done',
  // New connections are held no more: a dropped SYN would cost a second.
  `curl -s -S --max-time 0.9 -I "$base/${DOCUMENT}" -o /tmp/head`,
].join('\n');

function connectionsOf(events: readonly LoggedEvent[], node: string): unknown[] {
  return named(events, node, 'handed-off').map(({ connections }) => connections);
}

for (const variant of ['drain+advance-rr', 'baseline']) {
  test(`${variant}: curl fetches three ranges at once while the client goes to and fro; nothing leaks`, {
    timeout: 300_000,
  }, async () => {
    const { status, console, events } = await runMembers({
      variant,
      changes: { node1: web(node2, variant), node2: web(node1, variant) },
      ...clientScript(fetchAll),
    });
    const told = events.filter(({ event }) => /crashed|failed|lost|not-started|abandoned/.test(event));
    assert.equal(status, 0, console + JSON.stringify(told));
    assert.deepEqual(told, []);
    assert.equal(named(events, 'node1', 'client-connected').length, ranges.length + 1);
    // There and back, every time with all that were open.
    assert.deepEqual(connectionsOf(events, 'node1')[0], 3);
    assert.deepEqual(connectionsOf(events, 'node2')[0], 3);
  });
}
