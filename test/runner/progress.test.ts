import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { RunEvent } from '../../runner/progress/events.ts';
import { fitting } from '../../runner/progress/fitting.ts';
import { logTo } from '../../runner/progress/log.ts';
import { type Audience, reporterFor } from '../../runner/progress/reporters.ts';
import { duration, size, startLine } from '../../runner/progress/wording.ts';

const cell = (done: number, failedRepetitions = 0): RunEvent => ({
  event: 'cell',
  ...{ experiment: 'fig12', cell: `c${done}`, done, cells: 2, repetitions: 5, failedRepetitions },
  ...{ wallSeconds: 2, labSeconds: 300, secondsLeft: 61 },
});
const started = (number: number): RunEvent => ({
  event: 'cell-started',
  experiment: 'fig12',
  cell: `c${number}`,
});
const events: readonly RunEvent[] = [
  { event: 'note', text: 'objects: 50', passing: true },
  { event: 'note', text: 'objects: 100', passing: true },
  { event: 'note', text: 'kernel is ready' },
  {
    event: 'start',
    ...{ experiment: 'fig12', cells: 2, found: 0, repetitions: 10, jobs: 2 },
    ...{ estimatedSeconds: 100, estimatedBytes: 2.5e9 },
  },
  started(1),
  started(2),
  cell(1),
  cell(2, 1),
  { event: 'claims', experiment: 'fig12', title: 'T', claims: [], failures: ['c2, repetition 0: why'] },
  { event: 'end', status: 1, out: '/o' },
];

function told(
  audience: Audience,
  isTTY: boolean,
  columns = 90,
): { readonly out: string; readonly err: string } {
  const [out, err] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY, columns })];
  let now = 0;
  const ticks: (() => void)[] = [];
  const pulse = {
    now: () => now,
    everySecond: (call: () => void) => {
      ticks.push(call);
      return () => void ticks.splice(ticks.indexOf(call), 1);
    },
  };
  const reporter = reporterFor(audience, { out, err }, pulse);
  for (const event of events) {
    reporter.emit(event);
    for (let second = 0; second < 2; second++) {
      now += 1000;
      for (const tick of ticks) tick();
    }
  }
  reporter.close();
  assert.deepEqual(ticks, [], 'nothing moves any more');
  const text = (stream: PassThrough) => ((stream.read() ?? '') as Buffer | string).toString();
  return { out: text(out), err: text(err) };
}

test('--json: one object per line on standard output, nothing elsewhere', () => {
  const { out, err } = told('json', true);
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
  const { out, err } = told('people', false);
  assert.match(err, /\nfig12: 2 cells, 10 repetitions; about 2 min with 2 jobs, 2.5 GB of captures\n/);
  assert.match(err, /\nfig12 2\/2 {2}c2 {2}2.0 s, 150 × real time, 1 of 5 failed\n$/);
  assert.ok(!(out + err).includes('\u001b') && !err.includes('\r'));
  assert.match(out, /T\nno claims\n\nfailed: c2, repetition 0: why\nresults: \/o\n$/);
});

test('--quiet: results and failures, nothing of how far it has come', () => {
  for (const isTTY of [true, false]) {
    const { out, err } = told('quiet', isTTY);
    assert.equal(err, '');
    assert.match(out, /T\nno claims\n\nfailed: c2, repetition 0: why\nresults: \/o\n$/);
  }
});

test('on a terminal: one line that moves every second and is gone at the end; failed repetitions stay', () => {
  const { err } = told('people', true);
  const shown = err.split('\r\u001b[K');
  const line = (text: string) => shown.includes(text) || assert.fail(`${text} in ${JSON.stringify(shown)}`);
  // The kernel's build is one line.
  assert.deepEqual(shown.slice(0, 3), [
    'objects: 50',
    'objects: 100',
    `kernel is ready\n${startLine(events[3] as never)}\n`,
  ]);
  line('fig12 0/2 cells   1 s   99 s left'.replace('99 s', duration(99)));
  line('fig12 0/2 cells   3 s   2 min left   1 running   c1');
  line('fig12 0/2 cells   6 s   2 min left   2 running   c1   c2');
  // Between cells it counts down.
  line('fig12 1/2 cells   7 s   60 s left   0.14 cells/s   43 × real time   1 running   c2');
  line('fig12 1/2 cells   8 s   59 s left   0.13 cells/s   38 × real time   1 running   c2');
  line('fig12 2/2 cells   9 s   analysing   0.22 cells/s   67 × real time');
  assert.match(
    err,
    /\rfig12 2\/2 {2}c2 {2}2.0 s, 150 × real time, 1 of 5 failed\n|\[Kfig12 2\/2 {2}c2 {2}2.0 s, 150 × real time, 1 of 5 failed\n/,
  );
  assert.equal(shown.at(-1), '');
});

test('what does not fit is left out whole, the least important first', () => {
  for (const columns of [40, 60, 200]) {
    const { err } = told('people', true, columns);
    for (const text of err.split('\r\u001b[K').filter((one) => /^fig12 \d\/2 cells/.test(one))) {
      assert.ok(text.length < columns, text);
      assert.match(text, /^fig12 \d\/2 cells {3}\d+ s {3}(\d+ (s|min) left|analysing|soon done)/);
    }
  }
  const pieces = [
    { text: 'a-long-name-of-an-experiment', weight: 2 },
    { text: '61 s left', weight: 1 },
    { text: 'c1', weight: 0 },
    { text: 'c2', weight: 0 },
  ];
  assert.equal(fitting(pieces, 45), 'a-long-name-of-an-experiment   61 s left   c1');
  assert.equal(fitting(pieces, 44), 'a-long-name-of-an-experiment   61 s left');
  assert.equal(fitting(pieces, 39), 'a-long-name-of-an-experiment');
  assert.equal(fitting(pieces, 11), 'a-lon…iment');
  assert.equal(fitting(pieces, 1), '…');
});

test('a log: passing lines are one on a terminal, and lines elsewhere', () => {
  const written = (isTTY: boolean) => {
    const err = Object.assign(new PassThrough(), { isTTY, columns: 40 });
    const log = logTo(err);
    log('first', true);
    log('second', true);
    log('ready');
    log('done');
    return (err.read() as Buffer).toString();
  };
  assert.equal(written(true), 'first\r\u001b[Ksecond\r\u001b[Kready\ndone\n');
  assert.equal(written(false), 'first\nsecond\nready\ndone\n');
});

test('times and sizes for people', () => {
  assert.deepEqual([40.2, 600, 4800].map(duration), ['41 s', '10 min', '80 min']);
  assert.equal(duration(7200), '2 h 0 min');
  assert.deepEqual([1, 2.2e6, 33e9].map(size), ['1 MB', '3 MB', '33.0 GB']);
});
