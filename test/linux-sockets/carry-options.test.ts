import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { test } from 'node:test';
import { getNumberOption, setNumberOption } from '../../linux/socket-libc.ts';
import { SO_RCVBUF, SO_SNDBUF } from '../../linux/socket-options.ts';
import {
  type OptionProblem,
  optionsOf,
  restTimers,
  setOptions,
  startTimers,
} from '../../linux/tcp/carry-options.ts';
import {
  MOVABLE_OPTIONS,
  type MovableOption,
  type MovableOptionName,
  type MovedOptions,
  movableOption,
  type OptionValue,
} from '../../linux/tcp/movable-options.ts';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import { optionValue } from '../../linux/tcp/option-values.ts';
import { OPTION_VALUES } from '../support/option-values.ts';

/** Options that are in no kernel from before Linux 6.15 and 6.18. */
const YOUNG: readonly MovableOptionName[] = ['TCP_RTO_MAX_MS', 'TCP_RTO_MIN_US', 'TCP_DELACK_MAX_US'];
const STAGES = ['connecting', 'frozen', 'active'] as const;

interface Pair extends AsyncDisposable {
  readonly one: number;
  readonly other: number;
}

/** Descriptors of two accepted connections of one listener. */
async function twoAccepted(): Promise<Pair> {
  const server = net.createServer().listen(0, '::1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const sockets: net.Socket[] = [];
  for (const _ of [1, 2]) {
    const accepted = once(server, 'connection');
    sockets.push(net.connect(port, '::1'));
    const [socket] = (await accepted) as [net.Socket];
    sockets.push(socket);
  }
  return {
    one: descriptorOf(sockets[1]!),
    other: descriptorOf(sockets[3]!),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function set(descriptor: number, options: MovedOptions): OptionProblem[] {
  const problems: OptionProblem[] = [];
  for (const stage of STAGES) setOptions(descriptor, options, stage, (problem) => problems.push(problem));
  return problems;
}

function here(option: MovableOption, descriptor: number): boolean {
  if (!YOUNG.includes(option.name)) return true;
  try {
    optionValue(descriptor, option);
    return true;
  } catch {
    return false;
  }
}

test('a connection whose application has set nothing has no options to move', async () => {
  await using pair = await twoAccepted();
  assert.deepEqual(optionsOf(pair.one, undefined), new Map());
});

for (const option of MOVABLE_OPTIONS.filter(({ stage }) => stage !== 'buffers')) {
  test(`${option.name} is seen when it was set, and alone, and set on another socket`, async () => {
    await using pair = await twoAccepted();
    const value = OPTION_VALUES[option.name];
    assert.ok(value !== undefined, 'a value to try it with');
    if (!here(option, pair.one)) return;
    const wanted: MovedOptions = new Map([[option.name, value]]);
    assert.deepEqual(set(pair.one, wanted), []);
    const moved = optionsOf(pair.one, undefined);
    assert.deepEqual([...moved.keys()], [option.name]);
    assert.deepEqual(set(pair.other, moved), []);
    assert.deepEqual(optionsOf(pair.other, undefined), moved);
    // In the kernel's own words: what was asked for, where it does not round to its ticks.
    if (!YOUNG.includes(option.name)) assert.deepEqual(moved, wanted);
  });
}

test('all at once', async () => {
  await using pair = await twoAccepted();
  const all = new Map(
    MOVABLE_OPTIONS.flatMap((option) => {
      const value = OPTION_VALUES[option.name];
      return value === undefined || !here(option, pair.one) ? [] : [[option.name, value] as const];
    }),
  );
  assert.deepEqual(set(pair.one, all), []);
  const moved = optionsOf(pair.one, undefined);
  assert.deepEqual([...moved.keys()], [...all.keys()]);
  assert.deepEqual(set(pair.other, moved), []);
  assert.deepEqual(optionsOf(pair.other, undefined), moved);
});

test('a receive buffer moves when its size is the application’s, not when it is the kernel’s', async () => {
  await using pair = await twoAccepted();
  setNumberOption(pair.one, SO_RCVBUF, 50_000);
  const moved = optionsOf(pair.one, undefined);
  // Of a buffer that nobody tunes, the window's bound is a matter of choice too.
  assert.deepEqual([...moved.keys()], ['TCP_WINDOW_CLAMP', 'SO_RCVBUF']);
  assert.equal(moved.get('SO_RCVBUF'), 100_000n);
  assert.equal(optionsOf(pair.other, undefined).size, 0);
});

test('a send buffer moves when it has another size than the member’s', async () => {
  await using pair = await twoAccepted();
  setNumberOption(pair.one, SO_SNDBUF, 50_000);
  assert.deepEqual([...optionsOf(pair.one, undefined)], [['SO_SNDBUF', 100_000n]]);
  // Of one that the kernel tunes, the size says nothing.
  assert.ok(getNumberOption(pair.other, SO_SNDBUF) > 0);
  assert.equal(optionsOf(pair.other, undefined).size, 0);
});

test('what the kernel refuses is told, by name and value, and everything else is set', async () => {
  await using pair = await twoAccepted();
  const problems = set(
    pair.one,
    new Map<MovableOptionName, OptionValue>([
      ['TCP_KEEPIDLE', 30n],
      ['TCP_CONGESTION', 'never-heard-of'],
      ['TCP_KEEPCNT', 100_000n],
      ['SO_OOBINLINE', 1n],
    ]),
  );
  assert.deepEqual(
    problems.map(({ option, value }) => `${option} ${value}`),
    ['TCP_CONGESTION never-heard-of', 'TCP_KEEPCNT 100000'],
  );
  for (const { option, reason } of problems) assert.match(reason, new RegExp(`setsockopt.*${option}`, 's'));
  assert.deepEqual([...optionsOf(pair.one, undefined).keys()], ['TCP_KEEPIDLE', 'SO_OOBINLINE']);
});

test('timers that would end a frozen socket rest, and run again', async () => {
  await using pair = await twoAccepted();
  const options: MovedOptions = new Map([
    ['SO_KEEPALIVE', 1n],
    ['TCP_KEEPIDLE', 1n],
    ['TCP_USER_TIMEOUT', 500n],
  ]);
  set(pair.one, options);
  const values = (): (OptionValue | undefined)[] =>
    [...options.keys()].map((name) => optionValue(pair.one, movableOption(name)));
  restTimers(pair.one, options);
  assert.deepEqual(values(), [0n, 1n, 0n]);
  startTimers(pair.one, options);
  assert.deepEqual(values(), [1n, 1n, 500n]);
});

test('the documentation says of every movable option that it moves', () => {
  const text = readFileSync(new URL('../../docs/server-library.md', import.meta.url), 'utf8');
  for (const { name } of MOVABLE_OPTIONS) assert.ok(text.includes(`\`${name}\``), name);
});
