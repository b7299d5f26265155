import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { LabError } from '../../linux/lab-error.ts';
import { nodeEntryPoints } from '../../runner/node-entry-points.ts';
import { type ConductedClient, conducted, type Disturbance } from '../../runner/procedures/disturbances.ts';
import { pair } from '../../topologies/pair.ts';
import type { LoggedEvent } from '../support/member-lab.ts';
import { roundTrips, runNetwork } from '../support/network-lab.ts';

const server = '2001:db8:b::2';
const [lasting, quickly] = [lives('first'), lives('second')];
const fleeting = {
  name: 'fleeting',
  host: 'server',
  command: ['bash', '-c', 'echo fleeting >/run/conductor-ready; sleep 1'],
};
const pings = {
  name: 'pings',
  host: 'client',
  command: ['bash', '-c', `ping -n -c 8 -i 1 -W 1 ${server} >/run/job/pings.txt || true`],
};
const failing = { name: 'failing', host: 'client', command: ['false'] };
const endless = { name: 'endless', host: 'client', command: ['sleep', '100'], limitMs: 2000 };
// Started again it has not served yet, and does not know how to end.
const starting = {
  name: 'starting',
  host: 'server',
  command: [
    'bash',
    '-c',
    '[ -e /run/once ] && exec sleep 100; touch /run/once; trap "exit 0" TERM; echo starting >/run/conductor-ready; sleep 100 & wait',
  ],
};
const deaf = {
  name: 'deaf',
  host: 'server',
  limitMs: 2000,
  command: ['bash', '-c', 'trap "" TERM; echo deaf >/run/conductor-ready; while :; do sleep 100; done'],
};
const hanging = { command: ['sleep', '1000'], limitMs: 2000 };

const schedule: readonly Disturbance[] = [
  { atMs: 0, action: 'run', target: 'pings', repetition: 3 },
  { atMs: 1900, action: 'cut', target: 'server' },
  { atMs: 2900, action: 'heal', target: 'server' },
  { atMs: 3900, action: 'cut', target: 'client', addresses: [server] },
  { atMs: 4900, action: 'heal', target: 'client' },
  { atMs: 5000, action: 'crash', target: 'second' },
  { atMs: 5500, action: 'crash', target: 'second' },
  { atMs: 6000, action: 'start', target: 'second' },
  { atMs: 7000, action: 'leave', target: 'first' },
  { atMs: 7000, action: 'command', target: 'client', command: ['touch', '/run/job/touched'] },
];

/** name → daemons, clients and schedule of a conductor */
const conductors = {
  whole: plan([lasting, quickly], [pings], schedule),
  failed: plan([], [failing], [{ atMs: 0, action: 'run', target: 'failing' }]),
  allowed: plan([], [{ ...failing, mayFail: true }], [{ atMs: 0, action: 'run', target: 'failing' }]),
  slow: plan([], [endless], [{ atMs: 0, action: 'run', target: 'endless' }]),
  broken: plan([[fleeting]].flat(), [], [{ atMs: 3000, action: 'mark', target: 'end' }]),
  refused: plan([], [], [{ atMs: 0, action: 'command', target: 'client', command: ['false'] }]),
  early: plan(
    [starting],
    [],
    [
      { atMs: 0, action: 'leave', target: 'starting' },
      { atMs: 1000, action: 'start', target: 'starting' },
      { atMs: 1010, action: 'leave', target: 'starting' },
    ],
  ),
  deaf: plan([deaf], [], [{ atMs: 0, action: 'leave', target: 'deaf' }]),
  hung: plan([], [], [{ ...hanging, atMs: 0, action: 'command', target: 'client' }]),
  nowhere: plan([], [], [{ atMs: 0, action: 'cut', target: 'client', addresses: [] }]),
  unknown: plan([], [], [{ atMs: 0, action: 'crash', target: 'nobody' }]),
} as const;

test('disturbs at its instants, waits for clients, ends daemons last started first, and says how it went', {
  timeout: 120_000,
}, async () => {
  await using run = await runNetwork(
    pair({ delayMs: 20, downKbit: 100_000, upKbit: 100_000 }),
    `mkdir -p /run/job/events
${Object.keys(conductors).map(conduct).join('\n')}`,
    {
      programs: { conductor: nodeEntryPoints.conductor! },
      files: Object.fromEntries(
        Object.entries(conductors).map(([name, { driver }]) => [
          `${name}.json`,
          JSON.stringify(driver.config),
        ]),
      ),
    },
  );
  assert.equal(run.status, 0, run.console);
  const text = (name: string) => readFile(join(run.folder, name), 'utf8');
  assert.deepEqual(
    (await text('statuses')).trim().split('\n'),
    [
      ...['whole 0', 'failed 1', 'allowed 0', 'slow 1', 'broken 3', 'refused 3'],
      ...['early 0', 'deaf 3', 'hung 3', 'nowhere 2', 'unknown 2'],
    ],
    run.console,
  );
  const lines = (await text('whole.jsonl')).trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as LoggedEvent);

  const steps = events.filter(({ event }) => event === 'step');
  const started = BigInt(events.find(({ event }) => event === 'schedule-started')!.t);
  const late = steps.map(({ t }, index) => Number(BigInt(t) - started) / 1e6 - schedule[index]!.atMs);
  // Timers are whole milliseconds, and steps of one instant come one after the other.
  assert.ok(
    late.every((ms) => ms >= 0 && ms < 5),
    late.join(' '),
  );
  assert.equal(steps[0]!.repetition, 3);
  const skipped = events.filter((one) => one.event === 'step-done' && one.skipped !== undefined);
  assert.deepEqual(
    skipped.map(({ index }) => index),
    [6],
  );

  const ends = events.filter(({ event }) => event === 'process-ended');
  assert.deepEqual(
    ends.map(({ target, status }) => `${target} ${status}`),
    ['second 137', 'first 0', 'pings 0', 'second 0'],
  );
  assert.equal(events.filter(({ event }) => event === 'process-ready').length, 3);
  await text('touched');

  // One cut behind each of two pings; all others are answered.
  const answered = roundTrips(await text('pings.txt'));
  assert.deepEqual([...answered.keys()], [1, 2, 4, 6, 7, 8]);
});

test('two programs of one name are refused', () => {
  assert.throws(() => plan([lasting], [{ ...failing, name: lasting.name }], []), LabError);
});

function lives(name: string): ConductedClient {
  const life = `trap 'exit 0' TERM; echo ${name} >/run/conductor-ready; sleep 100 & wait`;
  return { name, host: 'server', command: ['bash', '-c', life] };
}

function plan(
  daemons: readonly ConductedClient[],
  clients: readonly ConductedClient[],
  steps: readonly Disturbance[],
) {
  const stages = daemons.length === 0 ? [] : [daemons];
  return conducted({ host: 'router', daemons: stages, clients, steps, periodMs: 1000, lingerMs: 100 });
}

function conduct(name: string): string {
  return `status=0
on router /run/lab/node /run/lab/nodes/conductor.cjs --node conductor --config /run/job/${name}.json --events /run/job/${name}.jsonl || status=$?
echo "${name} $status" >>/run/job/statuses
rm -f /run/conductor-ready`;
}
