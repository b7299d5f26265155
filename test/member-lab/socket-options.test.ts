import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MOVABLE_OPTIONS } from '../../linux/tcp/movable-options.ts';
import { LARGEST_STATES_OCTETS } from '../../server/channel/frame-limits.ts';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { clientScript } from '../support/client-script.ts';
import { type LoggedEvent, runMembers } from '../support/member-lab.ts';
import { OPTION_VALUES } from '../support/option-values.ts';

const { node1, node2, contactAddress } = FIG9_ADDRESSES;
/** Options that the lab's kernel is too old for. */
const YOUNG = ['TCP_RTO_MAX_MS', 'TCP_RTO_MIN_US', 'TCP_DELACK_MAX_US'];
const LINES = 8;

const application = (nextMember: string, burden = 0): object => ({
  application: {
    kind: 'module',
    file: '/run/lab/nodes/options-application.cjs',
    options: { nextMember, turn: 3, burden },
  },
});

/** A client that sends lines one by one; the third comes when its route is optimised. */
async function run(changes: Readonly<Record<string, object>> = {}) {
  const script = [
    'set -eu',
    `exec 3<>/dev/tcp/${contactAddress}/8080`,
    `for i in $(seq ${LINES}); do if [ $i = 3 ]; then sleep 2; fi; echo line >&3; read -r -t 100 answer <&3; [ "$answer" = "$i" ]; done`,
    'exec 3>&-',
    'echo every line answered',
  ].join('\n');
  const { plan, programs } = clientScript(script);
  const { console, events } = await runMembers({
    variant: 'drain+advance-rr',
    changes: {
      node1: { ...application(node2), ...changes.node1 },
      node2: { ...application(node1), ...changes.node2 },
    },
    programs: {
      ...programs,
      'options-application': fileURLToPath(new URL('./guest/options-application.ts', import.meta.url)),
    },
    plan,
  });
  const told = events.filter(({ event }) => /crashed|failed|lost/.test(event));
  assert.match(console, /every line answered/, console + JSON.stringify(told));
  return events;
}

const optionsIn = (events: readonly LoggedEvent[]): (readonly [string, Record<string, unknown>])[] =>
  events
    .filter(({ event }) => event === 'options')
    .map(({ t, node, event, when, ...values }) => [`${node} ${when}`, values]);

/** Nothing got lost from the first line on, which tells what the application has set. */
function assertKept(told: ReturnType<typeof optionsIn>, expected: readonly string[]): void {
  assert.deepEqual(
    told.map(([when]) => when),
    expected,
  );
  const [, set] = told[0]!;
  for (const { name } of MOVABLE_OPTIONS) {
    if (YOUNG.includes(name)) continue;
    const wanted = OPTION_VALUES[name];
    if (wanted !== undefined) assert.equal(set[name], String(wanted), `${name} as it was set`);
  }
  for (const [when, values] of told.slice(1)) {
    // The member's own hides it until the application ends the connection.
    const linger = when.endsWith('moved') ? '0' : set.SO_LINGER;
    assert.deepEqual(values, { ...set, SO_LINGER: linger }, when);
  }
}

test('every socket option that an application has set is there at the acceptor, and back at the donor', {
  timeout: 200_000,
}, async () => {
  const events = await run();
  assertKept(optionsIn(events), ['node1 set', 'node2 moved', 'node1 moved']);
  const problems = events.filter(({ event }) => event === 'socket-option-not-set');
  assert.deepEqual(problems, []);
});

test('a socket whose acceptor dies before it has answered stays at the donor, with its options', {
  timeout: 200_000,
}, async () => {
  const events = await run({ node2: { failAt: 'init-received' } });
  const told = optionsIn(events);
  assertKept(told.slice(0, 2), ['node1 set', 'node1 stayed']);
});

test('a state too large for an Init is refused before it: the client is served on, and so is everybody on the channel', {
  timeout: 200_000,
}, async () => {
  const events = await run({ node1: application(node2, LARGEST_STATES_OCTETS) });
  const of = (node: string, ...names: string[]): LoggedEvent[] =>
    events.filter((event) => event.node === node && names.includes(event.event));
  const [failed, ...others] = of('node1', 'handoff-failed');
  assert.match(String(failed?.reason), new RegExp(`at most ${LARGEST_STATES_OCTETS} move`));
  assert.deepEqual(others, []);
  // The turn after that goes over, on the channel that has stood since the start.
  assert.equal(of('node1', 'init-sent').length, 1);
  assert.equal(of('node1', 'handed-off').length, 1);
  assert.deepEqual(of('node1', 'peer-lost', 'channel-fault'), []);
  assertKept(optionsIn(events), ['node1 set', 'node1 stayed', 'node2 moved']);
});
