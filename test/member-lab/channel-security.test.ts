import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { type LoggedEvent, runMembers } from '../support/member-lab.ts';

/** As the experiments no longer run. */
const inTheClear = {
  node1: { channelKey: undefined, channel: 'cleartext' },
  node2: { channelKey: undefined, channel: 'cleartext' },
};
const { node1, node2 } = FIG9_ADDRESSES;

test('a handoff over TLS 1.3 takes no longer: an empty state is one packet on a channel that stands', {
  timeout: 200_000,
}, async () => {
  const { events } = await runMembers({ variant: 'drain' });
  const at = (name: string): number =>
    Number(BigInt(events.find(({ event }) => event === name)?.t ?? 0n)) / 1e6;
  assert.equal(events.find(({ event }) => event === 'repetition-finished')?.ok, true);
  const travel = at('init-received') - at('init-sent');
  assert.ok(Math.abs(travel - 20) < 1, `Init took ${travel} ms over 20 ms of latency`);
});

test('the donor serves on when the acceptor dies, over TLS too', { timeout: 200_000 }, async () => {
  const changes = { node2: { failAt: 'binding-acknowledged' } };
  const { events } = await runMembers({ variant: 'drain', changes });
  assert.equal(events.find(({ event }) => event === 'repetition-finished')?.ok, true);
  assert.ok(events.some(({ node, event }) => node === 'node1' && event === 'peer-gone'));
});

/** Events at node 2 after a process at node 1's address, outside the group, has sent it frames. */
async function intrude(changes: Readonly<Record<string, object>>): Promise<readonly LoggedEvent[]> {
  const config = { member: node2, port: 7000, pretended: node1 };
  const intruder = { name: 'intruder', host: 'node1', program: 'channel-intruder', config };
  const { events } = await runMembers({
    variant: 'drain',
    changes,
    plan: (plan) => ({ ...plan, driver: intruder }),
    programs: {
      'channel-intruder': fileURLToPath(new URL('guest/channel-intruder.ts', import.meta.url)),
    },
  });
  assert.equal(events.filter(({ event }) => event === 'attempted').length, 3, 'not every attempt was made');
  return events.filter(({ node }) => node === 'node2');
}

const effects = ['prepare-received', 'init-received', 'return-routability-started', 'peer-lost', 'peer-gone'];

test('a process outside the group cannot inject frames, though it speaks from a member’s address', {
  timeout: 200_000,
}, async () => {
  const events = await intrude({});
  const seen = events.map(({ event }) => event);
  for (const name of effects) assert.ok(!seen.includes(name), `${name} at the member: ${seen.join(' ')}`);
  // In the clear, without a key and with a wrong one: each was turned away, said so, and was counted.
  assert.equal(seen.filter((event) => event === 'channel-refused').length, 3);
  assert.equal(events.find(({ event }) => event === 'counters')?.channelRefused, 3);
});

test('the same frames are believed where the channel is in the clear: the attack is a real one', {
  timeout: 200_000,
}, async () => {
  const events = await intrude(inTheClear);
  assert.ok(events.some(({ event }) => event === 'init-received'));
  assert.equal(events.find(({ event }) => event === 'counters')?.channelRefused, 0);
});
