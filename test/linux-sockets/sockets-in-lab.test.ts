import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runInLab } from '../support/lab.ts';

const SCENARIOS = [
  'poller',
  'exit-while-waiting',
  'mobility',
  'silence',
  'repair-mode-alone',
  'drained',
  'drained-optimised',
  'empty-queue',
  'full-queue',
  'empty-queue-optimised',
  'full-queue-optimised',
  'timestamp-behind',
  'cut-off',
] as const;
type Scenario = (typeof SCENARIOS)[number];

/** A status other than 0 is a scenario that threw, hung (124: killed after 120 virtual seconds) or did not end by itself. */
const BODY = SCENARIOS.map(
  (name) =>
    `timeout 120 $NODE /run/lab/nodes/sockets.cjs ${name} >${name}.json 2>${name}.err; echo $? >${name}.status`,
).join('\n');

interface Drained {
  readonly left: number;
  readonly leftThen: number;
  readonly lateByMs: number;
  readonly wakeUps: number;
  readonly acknowledgements: number;
  readonly again: number;
  readonly cancelledCame: boolean;
}

interface Silence {
  readonly intact: boolean;
  readonly inFlight: number;
  readonly unsent: number;
  readonly unsentLater: number;
  readonly left: number;
  readonly resumedMs: number;
}

interface Migration {
  readonly complete: boolean;
  /** the acceptor's, smoothed */
  readonly longestTripMs: number;
  readonly stateOctets: number;
  readonly state: {
    readonly received: number;
    readonly sent: number;
    readonly unsent: number;
    readonly timestamps: boolean;
  };
  readonly pawsDrops: number;
  readonly resets: number;
  readonly repeated: number;
  readonly optimised: number;
  readonly gapMs: number;
  readonly longestBefore: number;
  readonly longestAfter: number;
}

let lab: Awaited<ReturnType<typeof runInLab>>;

before(async () => {
  const program = join(import.meta.dirname, 'guest', 'sockets-in-lab.ts');
  lab = await runInLab({ body: BODY, programs: { sockets: program } });
});
after(async () => {
  await lab?.[Symbol.asyncDispose]();
});

/** A scenario's report, after it ended well. */
async function report<T>(name: Scenario): Promise<T> {
  const read = (suffix: string): Promise<string> => readFile(join(lab.folder, `${name}.${suffix}`), 'utf8');
  const status = await read('status').catch(() => `not reached: ${lab.console}`);
  assert.equal(status.trim(), '0', `${name}: ${await read('err').catch(() => '')}`);
  return JSON.parse(await read('json')) as T;
}

describe('descriptor poller', () => {
  test('calls while watched only, and lets the process end', async () => {
    assert.deepEqual(await report('poller'), { got: 1, afterUnwatch: 1 });
  });
  test('does not hold up process.exit()', async () => {
    await report('exit-while-waiting');
  });
});

describe('raw sockets', () => {
  test('Mobility Headers with Home Address option, with type 2 routing header, and relayed', async () => {
    const [cn, home, careOf] = ['2001:db8:c::2', '2001:db8:1::100', '2001:db8:1::2'];
    assert.deepEqual(await report('mobility'), {
      plain: { source: cn, destination: careOf, type: 2, octets: 16, checksumHolds: true },
      bindingUpdate: {
        source: home,
        destination: cn,
        careOfAddress: careOf,
        type: 5,
        octets: 24,
        checksumHolds: true,
      },
      acknowledgement: {
        source: cn,
        destination: home,
        careOfAddress: careOf,
        routingHeader: careOf,
        type: 6,
        octets: 24,
        checksumHolds: true,
      },
      relayed: { source: cn, destination: home, type: 3, octets: 24, checksumHolds: true },
      seen: [{ interface: 'tmem', source: home, destination: cn, homeInitCookie: '0102030405060708' }],
      afterWrong: 0,
    });
  });
});

describe('frozen socket', () => {
  test('sends nothing for five seconds with data in flight, then goes on', async () => {
    const { intact, inFlight, unsent, unsentLater, left, resumedMs } = await report<Silence>('silence');
    assert.ok(inFlight > 10_000 && unsent > 10_000, `in flight ${inFlight}, unsent ${unsent}`);
    assert.equal(left, 0);
    assert.equal(unsentLater, unsent, 'the state does not change while frozen');
    assert.ok(intact);
    assert.ok(
      resumedMs < 1000,
      `${resumedMs} ms: the window probe spares waiting for the retransmission timer`,
    );
  });
  test('would send without the policy of its own', async () => {
    const { left, unsent, unsentLater } = await report<Silence>('repair-mode-alone');
    assert.ok(left > 0);
    assert.notEqual(unsentLater, unsent);
  });
});

describe('drained send queue', () => {
  for (const name of ['drained', 'drained-optimised'] as const) {
    test(`${name}: known at the last acknowledgement, by few wake-ups`, async () => {
      const drained = await report<Drained>(name);
      assert.ok(drained.left > 100_000);
      assert.equal(drained.leftThen, 0);
      assert.ok(
        drained.lateByMs >= 0 && drained.lateByMs < 0.1,
        `${drained.lateByMs} ms after the last acknowledgement`,
      );
      assert.ok(drained.acknowledgements > 50 && drained.wakeUps <= 3, `${drained.wakeUps} wake-ups`);
      assert.ok(drained.again < 0.1, 'at once when nothing is outstanding');
      assert.equal(drained.cancelledCame, false);
    });
  }
});

describe('moved connection', () => {
  for (const name of [
    'empty-queue',
    'full-queue',
    'empty-queue-optimised',
    'full-queue-optimised',
  ] as const) {
    test(`${name}: all octets intact, no reset, no PAWS drop, segments as long as before`, async () => {
      const moved = await report<Migration>(name);
      assert.ok(moved.complete);
      assert.ok(moved.state.timestamps);
      assert.equal(moved.state.received, 100_000);
      assert.equal(moved.state.sent > 10_000, name.startsWith('full'));
      assert.equal(moved.resets, 0);
      assert.equal(moved.pawsDrops, 0);
      assert.equal(moved.longestAfter, moved.longestBefore);
      // Under route optimisation what the donor has in flight dies with its binding.
      if (!moved.optimised) assert.equal(moved.repeated, 0);
      assert.equal(moved.longestAfter, moved.optimised ? 1500 - 40 - 24 - 32 : 1500 - 40 - 32);
      assert.equal(moved.optimised > 0, name.endsWith('optimised'));
      assert.ok(moved.gapMs < 300, `gap of ${moved.gapMs} ms`);
    });
  }
  test('with its timestamps behind the donor’s it is stuck, and the drops show', async () => {
    const moved = await report<Migration>('timestamp-behind');
    assert.equal(moved.complete, false);
    assert.ok(moved.pawsDrops > 0);
  });
  test('cut off for 20 s as soon as it goes on, it takes no round trip from an echo of the donor’s timestamps', async () => {
    const moved = await report<Migration>('cut-off');
    assert.ok(moved.complete);
    assert.ok(moved.longestTripMs < 200, `a round trip of ${moved.longestTripMs} ms`);
    assert.equal(moved.pawsDrops, 0);
  });
});
