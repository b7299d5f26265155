import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import { EVERY_PORT } from '../../server/successor/frames.ts';
import {
  SEGMENTS_OF_ALL,
  SEGMENTS_OF_CLIENT,
  Strangers,
  type StrangersOutput,
  WATCH_MS,
} from '../../server/successor/strangers.ts';
import {
  clientMs,
  contact,
  memberMs,
  SurvivalWorld,
  servedByOne,
  silentMs,
  theClient,
} from '../support/survival-world.ts';

const port = 40_001;
const stranger = 50_001;
const turnedAway = (world: SurvivalWorld, name: string): readonly string[] =>
  world.member(name).done.filter((one) => one.startsWith('turn-away'));
/** The backup of a member that is killed has just made its client answer. */
function takenOver(how: 'kill' | 'cut' = 'kill'): SurvivalWorld {
  const world = servedByOne();
  world[how]('one');
  world.run(how === 'kill' ? 3 * memberMs + 1 + 2 * clientMs : silentMs + 1000);
  assert.deepEqual(world.history, ['one', 'two']);
  return world;
}

for (const how of ['kill', 'cut'] as const)
  test(`a taken-over client’s other connections are reset as soon as it says something of them, and its own never (${how})`, () => {
    const world = takenOver(how);
    for (const one of [stranger, port, stranger + 1, stranger]) world.say(one);
    assert.deepEqual(
      turnedAway(world, 'two'),
      [stranger, stranger + 1, stranger].map((one) => `turn-away ${one}`),
    );
  });

test('before the client has answered nobody is turned away: another member may have it', () => {
  const world = servedByOne();
  world.say(stranger);
  world.kill('one');
  world.run(3 * memberMs + 2 * clientMs);
  world.say(stranger);
  assert.deepEqual(world.serving, []);
  for (const name of ['one', 'two']) assert.deepEqual(turnedAway(world, name), []);
});

test('nobody is turned away any more when the client goes to another member, or is another’s', () => {
  const leaving = takenOver();
  leaving.tell('two', { kind: 'leaving', client: theClient });
  const lost = takenOver();
  lost.tell('two', { kind: 'answer', answer: { kind: 'superseded', reason: 'a reason', client: theClient } });
  for (const world of [leaving, lost]) {
    assert.equal(world.member('two').watches, false);
    world.tell('two', { kind: 'heard', client: theClient, port: stranger, acknowledgement: 1 });
    assert.deepEqual(turnedAway(world, 'two'), []);
  }
});

test('what the holder says when its client is being taken over makes no connection its successor’s, and none a stranger’s', () => {
  const world = new SurvivalWorld([port, port + 1]);
  world.begin('one');
  world.run(1000);
  world.kill('one');
  world.run(3 * memberMs + 1);
  const { address: from } = world.member('one');
  const late = { contactAddress: contact, client: theClient };
  const replica = { ...late, number: 99, takeover: 999, port: port + 2, applicationState: Uint8Array.of() };
  world.tell('two', {
    kind: 'frame',
    from,
    frame: { ...replica, kind: 'replica', tcpState: Uint8Array.of(3) },
  });
  world.tell('two', {
    kind: 'frame',
    from,
    frame: { ...late, kind: 'replica-drop', port: EVERY_PORT, reason: 'late' },
  });
  world.run(2 * clientMs);
  assert.deepEqual(world.serving, ['two']);
  for (const one of [port, port + 1, port + 2]) world.say(one);
  assert.deepEqual(turnedAway(world, 'two'), [`turn-away ${port + 2}`]);
});

/** A role alone, and what it has said. */
function alone(isBound = () => true) {
  const role = new Strangers(isBound);
  const said = (): readonly StrangersOutput[] => {
    const all: StrangersOutput[] = [];
    for (let output = role.poll(); output !== undefined; output = role.poll()) all.push(output);
    return all;
  };
  return { role, said };
}

const heard = { kind: 'heard', client: theClient, port: stranger, acknowledgement: 7 } as const;
const other = ipv6('2001:db8:c::3');

test('the reset has the sequence number that the client awaits, and none is sent while the client is not bound here', () => {
  let bound = true;
  const { role, said } = alone(() => bound);
  role.handle(heard, 0);
  role.handle({ kind: 'taken', client: theClient, ports: [port] }, 0);
  role.handle({ ...heard, client: other }, 0);
  role.handle(heard, 0);
  bound = false;
  role.handle(heard, 0);
  assert.deepEqual(said(), [
    { kind: 'watch', client: theClient, ports: [port] },
    { ...heard, kind: 'turn-away' },
  ]);
});

test('clients are watched until TCP has repeated all that it repeats, each from its own takeover on', () => {
  const { role, said } = alone();
  role.handle({ kind: 'taken', client: theClient, ports: [] }, 0);
  role.handle({ kind: 'taken', client: other, ports: [] }, 10);
  // Taken over once more.
  role.handle({ kind: 'taken', client: theClient, ports: [port] }, 20);
  said();
  assert.equal(role.deadline(), 10 + WATCH_MS);
  role.handleTimeout(9 + WATCH_MS);
  assert.deepEqual(said(), []);
  role.handleTimeout(10 + WATCH_MS);
  assert.deepEqual(said(), [{ kind: 'unwatch', client: other }]);
  role.handle(heard, 11 + WATCH_MS);
  assert.equal(said()[0]?.kind, 'turn-away');
  role.handleTimeout(20 + WATCH_MS);
  assert.deepEqual(said(), [{ kind: 'unwatch', client: theClient }]);
  assert.equal(role.deadline(), undefined);
  role.handle(heard, 21 + WATCH_MS);
  assert.deepEqual(said(), []);
});

test('of a client that sends without end so many segments are looked at, and those of others all the same', () => {
  const { role, said } = alone();
  const clients = Array.from({ length: 100 }, (_, n) => ipv6(`2001:db8:c:1::${n.toString(16)}`));
  for (const client of [theClient, ...clients]) role.handle({ kind: 'taken', client, ports: [] }, 0);
  said();
  const looked = (client: typeof theClient, segments: number, now: number): number => {
    for (let n = 0; n < segments; n++) role.handle({ ...heard, client, port: 1 + (n % 60_000) }, now);
    return said().length;
  };
  assert.equal(looked(theClient, 100_000, 0), SEGMENTS_OF_CLIENT.burst);
  assert.equal(looked(theClient, 100_000, 1000), SEGMENTS_OF_CLIENT.perSecond);
  assert.equal(looked(other, 1, 1000), 0, 'it was not taken over');
  assert.equal(looked(clients[0]!, 3, 1000), 3);
  const all = clients.slice(1).map((client) => looked(client, 1000, 1000));
  // All that there were, less what has been used and not come back yet.
  const left = SEGMENTS_OF_ALL.burst - SEGMENTS_OF_CLIENT.perSecond - 3;
  assert.equal(
    all.reduce((sum, one) => sum + one, 0),
    left,
  );
});

test('what a client says of connections that are known costs those that are not nothing', () => {
  const { role, said } = alone();
  role.handle({ kind: 'taken', client: theClient, ports: [port] }, 0);
  said();
  for (let n = 0; n < 10_000; n++) role.handle({ ...heard, port }, 0);
  role.handle(heard, 0);
  assert.equal(said().length, 1);
});
