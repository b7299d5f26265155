import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_CONNECTIONS } from '../../server/channel/frame-limits.ts';
import { Gathering } from '../../server/handoff/gathering.ts';
import type { GatheringInput, LiveConnection } from '../../server/handoff/gathering-types.ts';

const PATIENCE_MS = 1000;
const state = (octet: number): Uint8Array => Uint8Array.of(octet);
const connection = (id: number): LiveConnection => ({ connection: id, port: 4000 + id, closing: false });

function client({ prepares = true, givesStates = true } = {}) {
  const world = {
    live: [connection(0)] as LiveConnection[],
    givesStates,
    /** of connections whose clients send */
    arrivals: new Map<number, { roundTripMs: number; sinceMs: number; streams?: boolean }>(),
  };
  const role = new Gathering({
    patienceMs: PATIENCE_MS,
    prepares,
    live: () => world.live,
    arrivals: (one) => {
      const arrivals = world.arrivals.get(one);
      return arrivals && { streams: false, ...arrivals };
    },
    givesStates: () => world.givesStates,
  });
  const said = (): readonly string[] => {
    const outputs: string[] = [];
    for (let out = role.poll(); out !== undefined; out = role.poll())
      switch (out.kind) {
        case 'prepare':
          outputs.push('prepare');
          break;
        case 'close-window':
          outputs.push(`close window ${out.connection}`);
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
  const timeout = (now: number): readonly string[] => {
    role.handleTimeout(now);
    return said();
  };
  return { role, world, does, said, timeout };
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

test('a client that is sending is told to stop, and its state is asked for when what was under way has come', () => {
  const { role, world, does, timeout } = client();
  world.arrivals.set(0, { roundTripMs: 80, sinceMs: 79 });
  assert.deepEqual(does({ kind: 'requested', connection: 0 }, 5), []);
  assert.deepEqual(does({ kind: 'movable' }, 10), ['prepare', 'close window 0']);
  assert.equal(role.deadline(), 90);
  assert.deepEqual(timeout(89), []);
  // The last came an eighth of a round trip ago.
  world.arrivals.set(0, { roundTripMs: 80, sinceMs: 10 });
  assert.deepEqual(timeout(90), ['ask 0']);
  assert.deepEqual(does({ kind: 'given', connection: 0, state: state(7) }, 90), ['gathered 0=7']);
});

test('what still comes is waited for, for three round trips at most', () => {
  const { role, world, does, timeout } = client();
  world.arrivals.set(0, { roundTripMs: 80, sinceMs: 0 });
  does({ kind: 'movable' }, 10);
  world.arrivals.set(0, { roundTripMs: 80, sinceMs: 9 });
  assert.deepEqual(timeout(90), []);
  assert.equal(role.deadline(), 100);
  assert.deepEqual(timeout(249), []);
  assert.equal(role.deadline(), 250);
  assert.deepEqual(timeout(250), ['ask 0']);
  assert.equal(role.deadline(), 10 + PATIENCE_MS);
});

test('a client that has sent nothing for a round trip, or cannot any more, is asked for its state at once', () => {
  for (const arrivals of [{ roundTripMs: 80, sinceMs: 80 }, undefined]) {
    const { world, does } = client();
    if (arrivals !== undefined) world.arrivals.set(0, arrivals);
    assert.deepEqual(does({ kind: 'movable' }), ['prepare', 'ask 0']);
  }
});

test('a connection with a state is not told to stop for a request alone, and each other one once', () => {
  const { world, does, timeout } = client();
  world.live.push(connection(1), connection(2));
  for (const one of [0, 1, 2]) world.arrivals.set(one, { roundTripMs: 80, sinceMs: 0 });
  does({ kind: 'requested', connection: 0, state: state(7) });
  assert.deepEqual(does({ kind: 'movable' }), ['prepare', 'close window 1', 'close window 2']);
  // Before it is quiet the application asks itself, with a state.
  assert.deepEqual(does({ kind: 'requested', connection: 1, state: state(8) }, 20), []);
  world.live = [connection(0), connection(1)];
  // It was told to stop: what it has sent before it heard of that is awaited all the same.
  assert.deepEqual(does({ kind: 'ended' }, 30), []);
  world.arrivals.set(1, { roundTripMs: 80, sinceMs: 20 });
  assert.deepEqual(timeout(80), ['gathered 0=7 1=8']);
});

test('behind a state that was given at once what fills a window is awaited, too, and the application is not asked', () => {
  const { role, world, does, timeout } = client();
  world.arrivals.set(0, { roundTripMs: 80, sinceMs: 0, streams: true });
  does({ kind: 'requested', connection: 0, state: state(7) }, 5);
  assert.deepEqual(does({ kind: 'movable' }, 10), ['prepare', 'close window 0']);
  assert.equal(role.deadline(), 90);
  assert.deepEqual(timeout(89), []);
  world.arrivals.set(0, { roundTripMs: 80, sinceMs: 9, streams: true });
  assert.deepEqual(timeout(90), []);
  world.arrivals.set(0, { roundTripMs: 80, sinceMs: 10, streams: true });
  assert.deepEqual(timeout(100), ['gathered 0=7']);
});

test('a client whose octets are on their way for longer than a handoff waits stays, and the application is not blamed', () => {
  const { world, does, timeout } = client();
  world.arrivals.set(0, { roundTripMs: 600, sinceMs: 0, streams: true });
  does({ kind: 'requested', connection: 0, state: state(7) });
  does({ kind: 'movable' });
  assert.deepEqual(timeout(PATIENCE_MS - 1), []);
  assert.deepEqual(timeout(PATIENCE_MS), [
    'stay: what the client has sent is on its way for too long, asked, 1 given',
  ]);
});

test('a stream that has paused for a round trip, and a client that cannot send any more, are not told to stop', () => {
  for (const arrivals of [{ roundTripMs: 80, sinceMs: 80, streams: true }, undefined]) {
    const { world, does } = client();
    if (arrivals !== undefined) world.arrivals.set(0, arrivals);
    does({ kind: 'requested', connection: 0, state: state(7) });
    assert.deepEqual(does({ kind: 'movable' }), ['gathered 0=7']);
  }
});

test('one that streams keeps its client while the others are asked, and gets its window back where the client stays', () => {
  const { world, does, timeout } = client();
  world.live.push(connection(1));
  world.arrivals.set(0, { roundTripMs: 80, sinceMs: 0, streams: true });
  does({ kind: 'requested', connection: 0, state: state(7) });
  assert.deepEqual(does({ kind: 'movable' }), ['prepare', 'close window 0', 'ask 1']);
  assert.deepEqual(does({ kind: 'given', connection: 1, state: state(8) }, 20), []);
  world.arrivals.set(0, { roundTripMs: 80, sinceMs: 79, streams: true });
  assert.deepEqual(timeout(80), ['gathered 0=7 1=8']);

  const stays = client();
  stays.world.arrivals.set(0, { roundTripMs: 80, sinceMs: 0, streams: true });
  stays.does({ kind: 'requested', connection: 0, state: state(7) });
  stays.does({ kind: 'movable' });
  assert.deepEqual(stays.does({ kind: 'cancelled', reason: 'no' }), ['stay: no, asked, 1 given']);
});

test('a client that was told to stop stays as one that was asked for, and gets its window back', () => {
  const { world, does } = client();
  world.arrivals.set(0, { roundTripMs: 80, sinceMs: 0 });
  does({ kind: 'movable' });
  assert.deepEqual(does({ kind: 'cancelled', reason: 'no' }), ['stay: no, asked, 0 given']);
});

test('an application without a listener for states gives those of connections that it hands off itself', () => {
  const { world, does } = client({ givesStates: false });
  does({ kind: 'requested', connection: 0 });
  assert.deepEqual(does({ kind: 'movable' }), ['prepare', 'ask 0']);
  world.live.push(connection(1));
  assert.deepEqual(does({ kind: 'given', connection: 0, state: state(7) }), [
    'stay: other connections of the client, asked, 1 given',
  ]);
});

test('a connection that the application hands off and then keeps keeps the client', () => {
  const { does } = client();
  does({ kind: 'requested', connection: 0 });
  does({ kind: 'movable' });
  assert.deepEqual(does({ kind: 'kept', connection: 0 }), [
    'stay: the application keeps a connection, asked, 0 given',
  ]);
});
