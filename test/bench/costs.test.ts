import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { difference, measured, processorTime } from '../../bench/cost.ts';
import { estimateOf, type Sampled } from '../../bench/estimate.ts';
import type { CellMeasured } from '../../bench/laboratory.ts';
import {
  cellCost,
  sessionAnalysisCost,
  sessionCost,
  sessionSeconds,
  upsetNotes,
} from '../../bench/marginal.ts';
import { sessionSecondsOf } from '../../bench/session-seconds.ts';
import { childrenTime } from '../../runner/processor-time.ts';

const cost = (wall: number, user = 0, system = 0) => ({ wall, user, system });

test('processor time of children is read from /proc/self/stat, whatever the program is called', () => {
  const stat = '4711 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 100 200 350 75 20 0 11 0 12345';
  assert.deepEqual(childrenTime(stat), { user: 3.5, system: 0.75 });
});

test('work is charged with what its children used', async () => {
  const spin = 'const end = process.cpuUsage().user + 100_000; while (process.cpuUsage().user < end);';
  const { cost: taken } = await measured(() => promisify(execFile)(process.execPath, ['-e', spin]));
  assert.ok(processorTime(taken) >= 0.08, `${processorTime(taken)} s`);
  assert.ok(taken.wall > 0);
});

function cell(lab: number, analysis: number, seconds: number): CellMeasured {
  return { lab: cost(lab, lab / 2, lab / 4), analysis: cost(analysis), sessionSeconds: seconds };
}

test('a session costs what n more of them add, a cell what is left without any', () => {
  const pair = { sessions: 10, fewer: cell(3, 0.5, 40), more: cell(4, 0.9, 84) };
  assert.deepEqual(sessionCost(pair), { wall: 0.1, user: 0.05, system: 0.025 });
  assert.deepEqual(cellCost(pair), { wall: 2, user: 1, system: 0.5 });
  assert.ok(Math.abs(sessionAnalysisCost(pair).wall - 0.04) < 1e-12);
  assert.equal(sessionSeconds(pair), 4.4);
});

test('rounds in which more took less are told', () => {
  const good = { sessions: 10, fewer: cell(3, 0, 40), more: cell(4, 0, 84) };
  assert.deepEqual(upsetNotes([good, good]), []);
  const [note] = upsetNotes([good, { ...good, more: cell(2.9, 0, 84) }]);
  assert.match(note ?? '', /^In 1 of 2 rounds/);
});

test('an estimate multiplies by cells and by sessions', () => {
  const sampled: readonly Sampled[] = [
    {
      stratum: { experiment: 'a', name: 'a 1', cells: 3, repetitions: 100 },
      boot: cost(2),
      session: cost(0.5, 0.25),
      analysis: cost(0.125),
    },
    {
      stratum: { experiment: 'b', name: 'b 1', cells: 1, repetitions: 2 },
      boot: cost(1),
      session: cost(4, 2),
      analysis: cost(0),
    },
  ];
  assert.deepEqual(estimateOf(sampled), {
    boots: cost(7),
    sessions: cost(158, 79),
    analysis: cost(37.5),
  });
});

test('a difference may be negative where load came between', () => {
  assert.deepEqual(difference(cost(1, 1, 1), cost(2, 0.5, 1)), cost(-1, 0.5, 0));
});

test('sessions count from start to end, without warm-ups and without rests', () => {
  const line = (t: bigint, event: string, repetition: number) =>
    `{"t":"${t}","node":"client","event":"repetition-${event}","repetition":${repetition},"ok":true}\n`;
  const second = 1_000_000_000n;
  const events = [
    line(1n * second, 'started', -1),
    line(3n * second, 'finished', -1),
    line(10n * second, 'started', 0),
    '{"t":"11000000000","node":"node1","event":"ready"}\n',
    line(14n * second, 'finished', 0),
    line(20n * second, 'started', 1),
    line(25n * second + 500_000_000n, 'finished', 1),
    line(30n * second, 'started', 2),
  ];
  assert.equal(sessionSecondsOf(events.join('')), 9.5);
  assert.equal(sessionSecondsOf(''), 0);
});
