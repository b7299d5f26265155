import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Verdict } from '../../analysis/claims.ts';
import { acrossClocks, countsOf, countsText } from '../../analysis/verdicts/counts.ts';
import {
  changesIn,
  type RecordedVerdicts,
  recordedVerdicts,
  recordText,
} from '../../analysis/verdicts/recorded.ts';
import fig12 from '../../experiments/fig12.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { type CellSelection, cellsOf } from '../../runner/cells.ts';
import { exitStatusOf } from '../../runner/exit-status.ts';
import { type JudgedFolder, standingOf } from '../../runner/results/expected-verdicts.ts';
import type { ReadManifest } from '../../runner/results/manifest.ts';
import { standingText } from '../../runner/results/standing-text.ts';

const recorded: RecordedVerdicts = {
  fig12: { steep: 'reproduced', place: 'deviates', later: 'not run', worded: 'refined' },
};
const asRecorded = { steep: 'reproduced', place: 'deviates', later: 'not run', worded: 'refined' } as const;

interface Run {
  readonly verdicts?: Readonly<Record<string, Verdict>>;
  readonly selection?: Partial<CellSelection>;
  readonly manifest?: Partial<ReadManifest>;
  readonly name?: string;
}

function folder({ verdicts = asRecorded, selection = {}, manifest = {}, name = 'fig12' }: Run): JudgedFolder {
  const asked = { profile: 'quick', settings: {}, variants: [], clock: 'virtual', seed: 1 } as const;
  const cells = cellsOf(fig12, { ...asked, ...selection });
  return {
    experiment: fig12,
    name,
    claims: Object.entries(verdicts).map(([id, verdict]) => ({ id, about: 'paper', verdict })),
    manifest: {
      experiment: 'fig12',
      profile: 'quick',
      clock: 'virtual',
      cells: cells.map(({ id, repetitions, seed }) => ({ cell: id, repetitions, seed, fingerprint: '' })),
      ...manifest,
    },
  };
}

const changes = (run: Run) =>
  standingOf([folder(run)], () => recorded).changes.map(({ id, recorded: before, now }) => [id, before, now]);
const statusOf = (run: Run) =>
  exitStatusOf(
    [],
    standingOf([folder(run)], () => recorded),
  );

test('a whole run with the recorded verdicts ends with 0, a recorded deviation included', () => {
  assert.deepEqual(changes({}), []);
  assert.equal(statusOf({}), 0);
  assert.match(
    standingText(standingOf([folder({})], () => recorded)),
    /all verdicts of fig12\nno verdict has changed/,
  );
});

test('any other verdict ends it with 1: worse, better, without evidence, unknown, gone', () => {
  for (const [id, now] of [
    ['steep', 'deviates'],
    ['steep', 'not run'],
    ['place', 'reproduced'],
    ['place', 'refined'],
    ['later', 'reproduced'],
    ['worded', 'deviates'],
    ['worded', 'reproduced'],
    ['fresh', 'reproduced'],
  ] as const) {
    const run = { verdicts: { ...asRecorded, [id]: now } };
    const before = (asRecorded as Readonly<Record<string, Verdict>>)[id];
    assert.deepEqual(changes(run), [[id, before, now]]);
    assert.equal(statusOf(run), 1);
  }
  const { later: _, ...rest } = asRecorded;
  assert.deepEqual(changes({ verdicts: rest }), [['later', 'not run', undefined]]);
  const text = standingText(standingOf([folder({ verdicts: rest })], () => recorded));
  assert.match(text, /1 verdict has changed:\n {2}fig12: later is nothing, recorded is not run\n/);
});

test('of part of a grid, of another seed or of other programs only new deviations count', () => {
  const partial: readonly (Run & { readonly because: RegExp })[] = [
    { selection: { settings: { csMs: [40] } }, because: /not the grid of profile quick/ },
    { selection: { variants: ['drain'] }, because: /not the grid of profile quick/ },
    { selection: { repetitions: 2 }, because: /repetitions are not those/ },
    { selection: { seed: 2 }, because: /recorded with seed 1/ },
    { manifest: { shard: '1/2' }, because: /shard 1\/2/ },
    { manifest: { otherImplementations: {} }, because: /left out or replaced/ },
    { manifest: { profile: 'mine' }, because: /no profile is known/, verdicts: { steep: 'reproduced' } },
    { name: 'fig12@elastic', because: /nothing is recorded/, verdicts: { steep: 'not run' } },
  ];
  for (const { because, ...run } of partial) {
    assert.deepEqual(changes(run), []);
    assert.equal(statusOf(run), 0);
    assert.match(standingText(standingOf([folder(run)], () => recorded)), because);
    const better = { ...run, verdicts: { place: 'reproduced' } } as const;
    assert.deepEqual(changes(better), [], 'what it finds better says nothing');
    assert.equal(statusOf({ ...run, verdicts: { steep: 'deviates' } }), 1);
  }
});

test('where computing takes time, new deviations count; what a slower machine lacks or a faster one does better says nothing', () => {
  const on = (verdicts: Readonly<Record<string, Verdict>>) =>
    changes({
      verdicts: { ...asRecorded, ...verdicts },
      selection: { clock: 'elastic' },
      manifest: { clock: 'elastic' },
    });
  assert.deepEqual(on({ steep: 'refined', worded: 'reproduced', later: 'reproduced' }), []);
  assert.deepEqual(on({ steep: 'not run' }), []);
  assert.deepEqual(on({ steep: 'deviates' }), [['steep', 'reproduced', 'deviates']]);
  assert.deepEqual(on({ place: 'reproduced' }), []);
  assert.deepEqual(on({ place: 'not run' }), []);
  assert.equal(on({ fresh: 'reproduced' }).length, 1);
});

test('a record is changed for the folders given and stays as it is for others; what is no record is refused', async () => {
  const before: RecordedVerdicts = { fig11: { a: 'reproduced' }, fig12: { b: 'deviates' } };
  const rows = [{ id: 'c', verdict: 'refined' as const }];
  const dir = await mkdtemp(join(tmpdir(), 'handoff-lab-test-'));
  try {
    const file = join(dir, 'quick.json');
    assert.deepEqual(recordedVerdicts('quick', file), {}, 'nothing is recorded yet');
    await writeFile(file, recordText(before, new Map([['fig12', rows]])));
    const after = recordedVerdicts('quick', file);
    assert.deepEqual(after, { fig11: { a: 'reproduced' }, fig12: { c: 'refined' } });
    assert.deepEqual(changesIn('fig12', rows, after), []);
    assert.equal(await readFile(file, 'utf8'), recordText(after, new Map()), 'and is the same written again');
    for (const text of ['{', '{"fig12":{"a":"perhaps"}}', '[]']) {
      await writeFile(file, text);
      assert.throws(() => recordedVerdicts('quick', file), DecodeError);
    }
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('of several clocks each row counts once, by the worst verdict with evidence', () => {
  const row = (id: string, verdict: Verdict) => ({ id, about: 'paper' as const, verdict });
  const rows = acrossClocks([
    row('a', 'not run'),
    row('b', 'reproduced'),
    row('c', 'not run'),
    row('a', 'reproduced'),
    row('b', 'deviates'),
    row('c', 'not run'),
    row('d@virtual', 'refined'),
    row('d@wall', 'reproduced'),
  ]);
  assert.deepEqual(
    rows.map(({ verdict }) => verdict),
    ['reproduced', 'deviates', 'not run', 'refined'],
  );
  assert.equal(
    countsText(countsOf([...rows, { about: 'lab', verdict: 'reproduced' }])),
    'of the paper: 1 reproduced, 1 refined, 1 deviates, 1 not run\nof the lab: 1 reproduced, 0 refined, 0 deviates, 0 not run',
  );
});
