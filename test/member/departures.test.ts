import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import type { StateListener } from '../../applications/server-library.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { Departures, type DeparturesHost } from '../../nodes/member/departures.ts';
import { handoffVariant } from '../../server/variants/variants.ts';

const client = ipv6('2001:db8:c::2');
const to = { acceptor: ipv6('2001:db8:2::2'), variant: handoffVariant('drain'), waitMs: 0 };

async function departing(
  stateOf: StateListener,
  donate: DeparturesHost['donate'] = async ({ connections }) => connections.map(() => undefined),
) {
  const server = net.createServer().listen(0, '::1');
  await once(server, 'listening');
  const far = net.connect((server.address() as net.AddressInfo).port, '::1');
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  const log: unknown[] = [];
  const host: DeparturesHost = {
    log: { write: (event, fields) => void log.push(`${event}: ${fields?.reason}`) },
    doneTimeoutMs: 60_000,
    connectionsOf: () => [socket],
    isClosing: () => false,
    hindrance: async () => undefined,
    prepare: () => true,
    withdraw: () => undefined,
    cancel: (whose, reason) => void log.push(`cancelled, ${whose}: ${reason}`),
    donate,
    stateOf: () => stateOf,
    goOn: () => undefined,
  };
  const end = (): void => {
    for (const one of [far, socket]) one.destroy();
    server.close();
  };
  return { departures: new Departures(host), socket, log, end };
}

for (const [what, stateOf] of [
  [
    'throws before it has made a promise',
    () => {
      throw new RangeError('a mistake');
    },
  ],
  [
    'rejects',
    async () => {
      throw new RangeError('a mistake');
    },
  ],
  ['answers with no octets', (async () => 'a text') as unknown as StateListener],
  ['answers with no promise', (() => undefined) as unknown as StateListener],
] as readonly (readonly [string, StateListener])[])
  test(`a client whose application ${what} when it is asked for a state stays`, async () => {
    const { departures, log, end } = await departing(stateOf);
    await departures.leave(client, to);
    assert.deepEqual(log, ['handoff-not-started: the application keeps a connection']);
    end();
  });

test('a connection that has ended comes back at once, and a state that is none is refused', async () => {
  const { departures, socket, log, end } = await departing(async () => undefined);
  const text = 'a text' as unknown as Uint8Array;
  await assert.rejects(departures.depart(client, { socket, applicationState: text }, to), TypeError);
  socket.destroy();
  const applicationState = new Uint8Array(1);
  assert.equal(await departures.depart(client, { socket, applicationState }, to), socket);
  assert.deepEqual(log, ['handoff-not-started: the connection has ended']);
  end();
});

test('a state that is asked for later is the application’s of that time, and until then it reads', async () => {
  const states: unknown[] = [];
  const { departures, socket, end } = await departing(
    async () => assert.fail('the listener for states is not asked'),
    async ({ connections }) => {
      states.push(...connections.map(({ applicationState }) => applicationState[0]));
      return connections.map(() => undefined);
    },
  );
  let read = 1;
  const moved = departures.depart(client, { socket, applicationState: () => Uint8Array.of(read) }, to);
  read = 2;
  assert.equal(await moved, undefined);
  assert.deepEqual(states, [2]);
  end();
});

for (const [what, give] of [
  [
    'throws',
    () => {
      throw new RangeError('a mistake');
    },
  ],
  ['gives no octets', () => 'a text' as unknown as Uint8Array],
] as readonly (readonly [string, () => Uint8Array])[])
  test(`a connection whose application ${what} when it is asked later stays, and comes back`, async () => {
    const { departures, socket, log, end } = await departing(async () => undefined);
    assert.equal(await departures.depart(client, { socket, applicationState: give }, to), socket);
    assert.deepEqual(log, ['handoff-not-started: the application keeps a connection']);
    end();
  });

test('a handoff that the application has not asked for says whether the client has moved', async () => {
  for (const [state, moved] of [
    [new Uint8Array(3), true],
    [undefined, false],
  ] as const) {
    const { departures, end } = await departing(async () => state);
    assert.equal(await departures.leave(client, to), moved);
    end();
  }
});

test('an application aborts its handoff: before the states are gathered it never begins, and later the donor is told', async () => {
  const applicationState = new Uint8Array(1);
  const reason = 'the application has aborted it';
  const early = await departing(async () => undefined);
  const aborted = { ...to, signal: AbortSignal.abort() };
  const { socket } = early;
  assert.equal(await early.departures.depart(client, { socket, applicationState }, aborted), socket);
  const controller = new AbortController();
  const waiting = early.departures.depart(
    client,
    { socket, applicationState },
    { ...to, signal: controller.signal },
  );
  controller.abort();
  assert.equal(await waiting, socket);
  assert.deepEqual(early.log, [`handoff-not-started: ${reason}`, `handoff-not-started: ${reason}`]);
  early.end();

  const donated = Promise.withResolvers<readonly [undefined]>();
  const begun = Promise.withResolvers<void>();
  const late = await departing(
    async () => undefined,
    () => {
      begun.resolve();
      return donated.promise;
    },
  );
  const second = new AbortController();
  const asked = { ...to, signal: second.signal };
  const outcome = late.departures.depart(client, { socket: late.socket, applicationState }, asked);
  await begun.promise;
  second.abort();
  assert.deepEqual(late.log, [`cancelled, ${client}: ${reason}`]);
  donated.resolve([undefined]);
  assert.equal(await outcome, undefined);
  late.end();
});
