import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { type LeavingPart, WayOut, type WayOutOutput } from '../../server/membership/way-out.ts';

const [client, other, acceptor, second] = [
  '2001:db8:c::2',
  '2001:db8:c::3',
  '2001:db8:2::2',
  '2001:db8:3::2',
].map(ipv6) as [Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address];

/** One contact address of a member that leaves within two seconds. */
function leaving(how: Partial<{ plain: Ipv6Address; closing: Ipv6Address; backup: boolean }> = {}) {
  const world = { clients: [client], handshakes: 0, now: 0 };
  const part: LeavingPart = {
    clients: () => world.clients,
    isPlain: (one) => one === how.plain,
    isClosing: (one) => one === how.closing,
    handshakes: () => world.handshakes,
    holdsContact: true,
    hasBackup: how.backup ?? false,
  };
  const role = new WayOut([part], 2000);
  const outputs = (): string[] => {
    const found: WayOutOutput<LeavingPart>[] = [];
    for (let output = role.poll(); output !== undefined; output = role.poll()) found.push(output);
    return found.map((output) => ('client' in output ? `${output.kind} ${output.client}` : output.kind));
  };
  const handle = (input: { kind: string }): string[] => {
    role.handle({ ...input, part } as Parameters<typeof role.handle>[0], world.now);
    return outputs();
  };
  /** Until what it waits for, and what it does then. */
  const waits = (): [number | undefined, string[]] => {
    const deadline = role.deadline();
    if (deadline === undefined) return [undefined, []];
    world.now = deadline;
    role.handleTimeout(deadline);
    return [deadline, outputs()];
  };
  return { world, handle, waits };
}

test('a client that nobody takes is tried again after a pause, and is lost when the time is over', () => {
  const { world, handle, waits } = leaving();
  assert.deepEqual(handle({ kind: 'begin' }), ['refuse-clients', `choose ${client}`]);
  for (const at of [250, 500, 750, 1000, 1250, 1500, 1750]) {
    assert.deepEqual(handle({ ...{ kind: 'chosen', client } }), []);
    assert.deepEqual(waits(), [at, [`choose ${client}`]]);
  }
  handle({ ...{ kind: 'chosen', client, acceptor } });
  assert.deepEqual(waits(), [2000, ['deregister']]);
  // What was under way then is nobody's business any more.
  assert.deepEqual(handle({ ...{ kind: 'handed-off', client } }), []);
  assert.deepEqual(handle({ kind: 'done' }), ['leave-contact']);
  assert.deepEqual(handle({ kind: 'done' }), ['lost', 'left']);
  assert.equal(world.now, 2000);
  assert.deepEqual(waits(), [undefined, []]);
});

test('a client is tried at another acceptor at once when others of the round have moved', () => {
  const { world, handle } = leaving();
  world.clients = [client, other];
  assert.deepEqual(handle({ kind: 'begin' }).slice(1), [`choose ${client}`, `choose ${other}`]);
  handle({ ...{ kind: 'chosen', client, acceptor } });
  handle({ ...{ kind: 'chosen', client: other, acceptor: second } });
  world.clients = [other];
  assert.deepEqual(handle({ ...{ kind: 'handed-off', client } }), []);
  assert.deepEqual(handle({ ...{ kind: 'handed-off', client: other } }), [`choose ${other}`]);
});

test('a contact node waits for handshakes, a second at most, and moves clients without Mobile IPv6 before its address goes', () => {
  const { world, handle, waits } = leaving({ plain: other, backup: true });
  world.clients = [client, other];
  world.handshakes = 1;
  assert.deepEqual(handle({ kind: 'begin' }), ['refuse-clients']);
  for (let looks = 1; looks < 50; looks++) assert.deepEqual(waits(), [20 * looks, []]);
  assert.deepEqual(waits(), [1000, [`choose ${other}`]]);
  handle({ ...{ kind: 'chosen', client: other, acceptor } });
  world.clients = [client];
  assert.deepEqual(handle({ ...{ kind: 'handed-off', client: other } }), ['leave-contact']);
  assert.deepEqual(handle({ kind: 'done' }), [`choose ${client}`]);
  handle({ ...{ kind: 'chosen', client, acceptor } });
  world.clients = [];
  assert.deepEqual(handle({ ...{ kind: 'handed-off', client } }), ['lost', 'left']);
});

test('a client that is on its way out by itself is waited for, and not handed off', () => {
  const { world, handle, waits } = leaving({ closing: client });
  assert.deepEqual(handle({ kind: 'begin' }), ['refuse-clients']);
  world.clients = [];
  assert.deepEqual(waits(), [250, ['deregister']]);
});
