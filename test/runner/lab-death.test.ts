import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeadLab, deathOf } from '../../runner/lab/lab-death.ts';

const dead: DeadLab = {
  end: { reason: undefined, code: 1, signal: null },
  console: '',
  status: '',
  full: undefined,
  wallTimeoutMs: 5000,
  virtualTimeoutS: 60,
  clock: 'virtual',
  memoryMb: 512,
};

const cases: readonly (readonly [string, Partial<DeadLab>, RegExp, RegExp | undefined])[] = [
  ['aborted', { end: { reason: 'abort', code: null, signal: 'SIGTERM' } }, /was aborted/, undefined],
  ['disk full', { full: 'the disk is full: make room' }, /died without/, /disk is full/],
  [
    'disk full, killed',
    { full: 'the disk is full: make room', end: { reason: undefined, code: null, signal: 'SIGBUS' } },
    /died/,
    /disk is full/,
  ],
  [
    'slow',
    { end: { reason: 'wall timeout', code: null, signal: 'SIGTERM' } },
    /within 5000 ms of wall/,
    /less to do/,
  ],
  ['virtual limit', { status: 'timeout\n' }, /within 60 s of its own \(virtual\) time/, /doctor/],
  [
    'killed',
    { end: { reason: undefined, code: null, signal: 'SIGKILL' } },
    /signal SIGKILL/,
    /lack of memory/,
  ],
  ['bus', { end: { reason: undefined, code: null, signal: 'SIGBUS' } }, /signal SIGBUS/, /lack of memory/],
  ['words', { console: 'mmap: Cannot allocate memory' }, /status 1/, /lack of memory/],
  ['not there', { end: { reason: undefined, code: 127, signal: null } }, /could not be started/, /doctor/],
  ['forbidden', { end: { reason: undefined, code: 126, signal: null } }, /could not be started/, /doctor/],
  [
    'crashed',
    { console: 'Kernel panic - not syncing' },
    /died without .* status 1 of its kernel/,
    /see the output above/,
  ],
  [
    'segmentation',
    { end: { reason: undefined, code: null, signal: 'SIGSEGV' } },
    /signal SIGSEGV/,
    /see the output above/,
  ],
];

for (const [name, change, summary, remedy] of cases)
  test(`a lab that ended without a status: ${name}`, () => {
    const death = deathOf({ ...dead, ...change });
    assert.match(death.summary, summary);
    if (remedy === undefined) assert.equal(death.remedy, undefined);
    else assert.match(death.remedy ?? '', remedy);
    if (remedy?.source !== 'lack of memory') assert.doesNotMatch(death.remedy ?? '', /memory/);
  });
