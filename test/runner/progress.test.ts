import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { RunEvent } from '../../runner/progress/events.ts';
import { reporterFor } from '../../runner/progress/reporters.ts';
import { duration, size } from '../../runner/progress/wording.ts';

const cell = (done: number, failedRepetitions = 0): RunEvent => ({
  event: 'cell',
  ...{ experiment: 'fig12', cell: `c${done}`, done, cells: 2, repetitions: 5, failedRepetitions },
  ...{ wallSeconds: 2, labSeconds: 300, secondsLeft: 61 },
});
const events: readonly RunEvent[] = [
  {
    event: 'start',
    ...{ experiment: 'fig12', cells: 2, found: 0, repetitions: 10, jobs: 2 },
    ...{ estimatedSeconds: 100, estimatedBytes: 2.5e9 },
  },
  cell(1),
  cell(2, 1),
  { event: 'claims', experiment: 'fig12', title: 'T', claims: [], failures: ['c2, repetition 0: why'] },
  { event: 'end', status: 1, out: '/o' },
];

function told(json: boolean, isTTY: boolean): { readonly out: string; readonly err: string } {
  const [out, err] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY, columns: 90 })];
  const reporter = reporterFor(json, { out, err });
  for (const event of events) reporter.emit(event);
  reporter.close();
  const text = (stream: PassThrough) => ((stream.read() ?? '') as Buffer | string).toString();
  return { out: text(out), err: text(err) };
}

test('--json: one object per line on standard output, nothing elsewhere', () => {
  const { out, err } = told(true, true);
  assert.deepEqual(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent),
    events,
  );
  assert.equal(err, '');
});

test('without a terminal: a line per cell, no control characters', () => {
  const { out, err } = told(false, false);
  assert.match(err, /^fig12: 2 cells, 10 repetitions; about 2 min with 2 jobs, 2.5 GB of captures\n/);
  assert.match(err, /\nfig12 2\/2 {2}c2 {2}2.0 s, 150 × real time, 1 of 5 failed\n$/);
  assert.ok(!(out + err).includes('\u001b') && !err.includes('\r'));
  assert.match(out, /T\nno claims\n\nfailed: c2, repetition 0: why\nresults: \/o\n$/);
});

test('on a terminal: one line that is written over and gone at the end; failed repetitions stay', () => {
  const { err } = told(false, true);
  const shown = err.split('\r\u001b[K');
  assert.match(shown[1]!, /^fig12 1\/2 cells {3}[\d.]+ cells\/s {3}\d+ × real time {3}61 s left$/);
  assert.match(shown[2]!, /^fig12 2\/2 {2}c2 {2}2.0 s, 150 × real time, 1 of 5 failed\nfig12 1\/2/);
  assert.equal(shown.at(-1), '');
  for (const text of shown.slice(1))
    assert.ok(
      text.split('\n').every((line) => line.length < 90),
      text,
    );
});

test('times and sizes for people', () => {
  assert.deepEqual([40.2, 600, 4800].map(duration), ['41 s', '10 min', '80 min']);
  assert.equal(duration(7200), '2 h 0 min');
  assert.deepEqual([1, 2.2e6, 33e9].map(size), ['1 MB', '3 MB', '33.0 GB']);
});
