import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_CONNECTIONS } from '../../server/channel/frame-limits.ts';
import { Gathering, type GatheringInput, type LiveConnection } from '../../server/handoff/gathering.ts';

const PATIENCE_MS = 1000;
const state = (octet: number): Uint8Array => Uint8Array.of(octet);
const connection = (id: number): LiveConnection => ({ connection: id, port: 4000 + id, closing: false });

function client({ prepares = true, givesStates = true } = {}) {
  const world = { live: [connection(0)] as LiveConnection[], givesStates };
  const role = new Gathering({
    patienceMs: PATIENCE_MS,
    prepares,
    live: () => world.live,
    givesStates: () => world.givesStates,
  });
  const said = (): readonly string[] => {
    const outputs: string[] = [];
    for (let out = role.poll(); out !== undefined; out = role.poll())
      switch (out.kind) {
        case 'prepare':
          outputs.push('prepare');
          break;
        case 'ask':
          outputs.push(`ask ${out.connection}`);
          break;
        case 'gathered':
          outputs.push(`gathered ${[...out.states].map(([id, octets]) => `${id}=${octets[0]}`).join(' ')}`);
          break;
        case 'stay':
          outputs.push(`stay: ${out.reason}${out.asked ? ', asked' : ''}, ${out.states.size} given`);
          break;
        case 'give-back':
          outputs.push(`give back ${out.connection}`);
          break;
        default:
          out satisfies never;
      }
    return outputs;
  };
  const does = (input: GatheringInput, now = 0): readonly string[] => {
    role.handle(input, now);
    return said();
  };
  return { role, world, does, said };
}

test('one connection that the application hands off goes as soon as the client can be moved', () => {
  const { role, does } = client();
  assert.deepEqual(does({ kind: 'requested', connection: 0, state: state(7) }), []);
  assert.equal(role.finished, false);
  assert.deepEqual(does({ kind: 'movable' }), ['gathered 0=7']);
  assert.equal(role.finished, true);
  assert.deepEqual(does({ kind: 'requested', connection: 1, state: state(8) }), []);
});

test('others are asked for once, behind one Prepare, those that come meanwhile too', () => {
  const { world, does } = client();
  world.live.push(connection(1));
  does({ kind: 'requested', connection: 0, state: state(7) });
  assert.deepEqual(does({ kind: 'movable' }), ['prepare', 'ask 1']);
  world.live.push(connection(2));
  assert.deepEqual(does({ kind: 'given', connection: 1, state: state(8) }), ['ask 2']);
  // Before the answer the application asks itself.
  assert.deepEqual(does({ kind: 'requested', connection: 2, state: state(9) }), ['gathered 0=7 1=8 2=9']);
  assert.deepEqual(does({ kind: 'given', connection: 2, state: state(1) }), ['give back 2']);
  assert.deepEqual(does({ kind: 'kept', connection: 2 }), []);
});

test('without a Prepare in the variant none goes out', () => {
  const { does } = client({ prepares: false });
  assert.deepEqual(does({ kind: 'movable' }), ['ask 0']);
});

test('an answer to what the application has meanwhile asked for itself changes nothing', () => {
  const { world, does } = client();
  world.live.push(connection(1));
  does({ kind: 'movable' });
  does({ kind: 'requested', connection: 0, state: state(7) });
  assert.deepEqual(does({ kind: 'kept', connection: 0 }), []);
  assert.deepEqual(does({ kind: 'given', connection: 0, state: state(1) }), []);
  assert.deepEqual(does({ kind: 'given', connection: 1, state: state(8) }), ['gathered 0=7 1=8']);
});

test('a connection that has ended is not waited for, and its state does not go', () => {
  const { world, does } = client();
  world.live.push(connection(1), connection(2));
  does({ kind: 'movable' });
  does({ kind: 'given', connection: 0, state: state(7) });
  does({ kind: 'given', connection: 1, state: state(8) });
  world.live = [connection(1)];
  assert.deepEqual(does({ kind: 'ended' }), ['gathered 1=8']);
});

test('a connection that is kept keeps the client, and what was given goes back', () => {
  const { world, does } = client();
  world.live.push(connection(1));
  does({ kind: 'movable' });
  does({ kind: 'given', connection: 0, state: state(7) });
  assert.deepEqual(does({ kind: 'kept', connection: 1 }), [
    'stay: the application keeps a connection, asked, 1 given',
  ]);
  assert.deepEqual(does({ kind: 'given', connection: 1, state: state(8) }), ['give back 1']);
});

test('an application that does not answer is waited for so long and no longer', () => {
  const { role, does, said } = client();
  does({ kind: 'movable' }, 500);
  assert.equal(role.deadline(), 500 + PATIENCE_MS);
  role.handleTimeout(499 + PATIENCE_MS);
  assert.deepEqual(said(), []);
  role.handleTimeout(500 + PATIENCE_MS);
  assert.deepEqual(said(), ['stay: the application does not give the state of a connection, asked, 0 given']);
  assert.equal(role.deadline(), undefined);
  role.handleTimeout(10 * PATIENCE_MS);
  assert.deepEqual(said(), []);
});

test('why a client stays is said', () => {
  const hindered = client();
  assert.deepEqual(hindered.does({ kind: 'hindered', reason: 'no binding' }), ['stay: no binding, 0 given']);
  assert.deepEqual(hindered.does({ kind: 'movable' }), []);

  const ended = client();
  ended.world.live = [];
  assert.deepEqual(ended.does({ kind: 'movable' }), ['stay: the connection has ended, 0 given']);

  const silent = client({ givesStates: false });
  assert.deepEqual(silent.does({ kind: 'movable' }), ['stay: the application gives no states, 0 given']);

  const partly = client({ givesStates: false });
  partly.world.live.push(connection(1));
  partly.does({ kind: 'requested', connection: 0, state: state(7) });
  assert.deepEqual(partly.does({ kind: 'movable' }), ['stay: other connections of the client, 1 given']);

  const closing = client();
  closing.world.live.push({ ...connection(1), closing: true });
  assert.deepEqual(closing.does({ kind: 'movable' }), [
    'stay: a connection of the client is being closed, from port 4001, 0 given',
  ]);
});

test('as many connections as one Init takes move, and one more does not', () => {
  const most = client();
  most.world.live = Array.from({ length: MOST_CONNECTIONS }, (_, id) => connection(id));
  assert.equal(most.does({ kind: 'movable' }).length, 1 + MOST_CONNECTIONS);
  const more = client();
  more.world.live = Array.from({ length: MOST_CONNECTIONS + 1 }, (_, id) => connection(id));
  assert.deepEqual(more.does({ kind: 'movable' }), ['stay: too many connections of the client, 0 given']);
});
