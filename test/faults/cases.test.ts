import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { countsOf, exceptionsIn, outcomesOf } from '../../analysis/outcomes/case-outcomes.ts';
import { outcomeTable } from '../../analysis/outcomes/outcome-table.ts';
import {
  outcomesCsv,
  parseOutcomes,
  recordedOutcomes,
  recordingOf,
} from '../../analysis/outcomes/recorded-outcomes.ts';
import { faultSection } from '../../analysis/report/fault-section.ts';
import {
  allCases,
  caseName,
  caseOf,
  faultKinds,
  mostSignals,
  pairName,
  signalling,
} from '../../experiments/faults/signalling.ts';
import faults from '../../experiments/faults.ts';
import { findExperiment } from '../../experiments/index.ts';
import { faultGateConfig } from '../../nodes/fault-gate/fault-gate-config.ts';
import { cellsOf } from '../../runner/cells.ts';
import { faultyHandoff } from '../../runner/procedures/faulty-handoff.ts';
import { withRecordedFaults } from '../../scripts/faults-document.ts';
import { handoffVariants } from '../../server/variants/variants.ts';
import { runCli } from '../support/run-cli.ts';
import { aSample } from '../support/synthetic-samples.ts';

const document = readFileSync(join(import.meta.dirname, '../../docs/faults.md'), 'utf8');

test('every case has a name of its own, and is found by it', () => {
  const names = allCases().map(({ variant, kind, place }) => caseName(variant, kind, place)!);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes('atlas/drain/8-binding-update/lost'));
  for (const one of allCases()) assert.deepEqual(caseOf(caseName(one.variant, one.kind, one.place)!), one);
  assert.equal(caseOf('atlas/drain/8-binding-update/eaten'), undefined);
  assert.equal(caseName('drain', 0, mostSignals + 1), undefined);
  // A variant without a list would have no faults.
  const moving = handoffVariants.filter(({ stays }) => stays !== true).map(({ name }) => name);
  assert.deepEqual(Object.keys(signalling).toSorted(), moving.toSorted());
  for (const name of Object.keys(signalling))
    assert.ok(
      handoffVariants.some((variant) => variant.name === name),
      name,
    );
});

test('the grid has every case once: a session each where no process ends, a lab each where one does', () => {
  assert.equal(findExperiment('faults'), faults);
  const cells = cellsOf(faults, {
    profile: 'quick',
    settings: {},
    variants: ['drain'],
    clock: 'virtual',
    seed: 1,
  });
  const planned = cells.flatMap((cell) => {
    const gate = faultyHandoff(cell).daemons[0]![0]!;
    assert.equal(faultGateConfig.safeParse(gate.config).success, true, cell.id);
    const { sessions } = gate.config as {
      sessions: readonly (readonly { signal: string; fault: string }[])[];
    };
    return sessions.flat().map(({ signal, fault }) => `${signal}/${fault}`);
  });
  const expected = signalling.drain!.flatMap((signal) => faultKinds.map((kind) => `${signal}/${kind}`));
  assert.deepEqual(planned.toSorted(), expected.toSorted());
});

test('who is killed may end by a signal, and nobody else may', () => {
  const [cell] = cellsOf(faults, {
    ...{ profile: 'quick', clock: 'virtual', seed: 1 },
    settings: { kind: [faultKinds.indexOf('acceptor-killed')], place: [3] },
    variants: ['drain'],
  });
  const killable = faultyHandoff(cell!)
    .daemons.flat()
    .filter(({ mayBeKilled }) => mayBeKilled === true);
  assert.deepEqual(
    killable.map(({ name }) => name),
    ['node2'],
  );
});

test('two faults of one handoff have the names of both', () => {
  assert.equal(
    pairName('drain', { kind: 0, place: 8 }, { kind: 2, place: 10 }),
    'atlas/drain/8-binding-update/lost+10-done/delayed',
  );
  const alone = pairName('drain', { kind: 0, place: 8 }, { kind: 2, place: 0 });
  assert.equal(alone, 'atlas/drain/8-binding-update/lost');
  assert.equal(pairName('drain', { kind: 0, place: 8 }, { kind: 2, place: 40 }), undefined);
});

test('the table of outcomes has a row per packet, in the order of the signalling', () => {
  const sample = (name: string, value: number | undefined) =>
    aSample({
      ...{ experiment: 'faults', measure: 'fault-outcome', unit: '', reason: name },
      ...(value === undefined ? { outcome: 'failed' as const } : { value }),
    });
  const table = outcomeTable(
    outcomesOf([
      sample('atlas/drain/8-binding-update/lost', 0),
      sample('atlas/drain/1-init/doubled', 2),
      sample('atlas/drain/1-init/delayed: no such packet passed', undefined),
    ]),
  );
  const rows = table.trim().split('\n').slice(2);
  assert.deepEqual(
    rows.map((row) => row.split(' | ').slice(0, 5)),
    [
      ['| drain', '1-init', '–', 'taken back', 'failed'],
      ['| drain', '8-binding-update', 'moved', '–', '–'],
    ],
  );
  assert.equal(outcomeTable(new Map()), '');
});

test('outcomes are counted by variant and kind, and what is no matter of course has its name', () => {
  const at = (place: number, kind: string) => `atlas/drain/${place}-${signalling.drain![place - 1]}/${kind}`;
  const outcomes = new Map([
    [at(1, 'lost'), 'moved'],
    [at(2, 'lost'), 'moved'],
    [at(3, 'lost'), 'taken back'],
    [at(1, 'acceptor-cut-off'), 'lost'],
    [at(1, 'donor-killed'), 'lost'],
    [at(2, 'donor-killed'), 'stayed'],
    [at(3, 'acceptor-killed'), 'failed'],
  ]);
  const [counts, ...others] = countsOf(outcomes);
  assert.deepEqual(others, []);
  assert.deepEqual(
    counts!.kinds.map((kind) => kind.map(({ outcome, cases }) => `${cases} ${outcome}`).join(', ')),
    ['2 moved, 1 taken back', '', '', '', '1 lost', '1 stayed, 1 lost', '1 failed'],
  );
  assert.deepEqual(exceptionsIn(outcomes), [
    [at(3, 'lost'), 'taken back'],
    [at(1, 'acceptor-cut-off'), 'lost'],
    [at(3, 'acceptor-killed'), 'failed'],
  ]);
  const { text } = faultSection(outcomes);
  assert.match(text, /<th scope="row">drain<\/th><td>2 moved, 1 taken back<\/td><td>–<\/td>/);
  assert.ok(text.includes(`<li><code>${at(1, 'acceptor-cut-off')}</code>: lost</li>`));
  assert.match(text, /7 cases/);
});

test('recorded outcomes are read as they were written, and a damaged record is refused by name', () => {
  const outcomes = new Map([
    ['atlas/drain/8-binding-update/lost', 'moved'],
    ['atlas/baseline/1-init/doubled', 'taken back'],
  ]);
  const text = outcomesCsv(outcomes);
  assert.equal(text.split('\n')[1], 'atlas/baseline/1-init/doubled,taken back', 'in the order of --list');
  assert.deepEqual(new Map(parseOutcomes(text, 'x')), outcomes);
  assert.throws(
    () => parseOutcomes('case,outcome\natlas/drain/99/lost,moved\n', 'x.csv'),
    /x\.csv.*none of --list/s,
  );
  assert.throws(
    () => parseOutcomes('case,outcome\natlas/drain/1-init/lost,gone\n', 'x.csv'),
    /outcome 'gone' is none of moved, stayed/,
  );
  assert.equal(recordedOutcomes('/nowhere/outcomes.csv').size, 0);
});

test('recording a part of the cases says which are not as before, and that the others stay', () => {
  const at = (kind: string) => `atlas/drain/8-binding-update/${kind}`;
  const recorded = new Map([
    [at('lost'), 'moved'],
    [at('doubled'), 'moved'],
    [at('delayed'), 'moved'],
  ]);
  const all = allCases().length;
  assert.equal(
    recordingOf(recorded, new Map([[at('lost'), 'moved']])),
    `recorded: 1 of ${all} cases, 0 of them not as before; the other 2 stay as they were`,
  );
  const changed = new Map([
    [at('lost'), 'moved'],
    [at('doubled'), 'failed'],
    [at('donor-killed'), 'lost'],
  ]);
  assert.deepEqual(recordingOf(recorded, changed).split('\n'), [
    `recorded: 3 of ${all} cases, 2 of them not as before; the other 1 stay as they were`,
    `  ${at('doubled')}: moved → failed`,
    `  ${at('donor-killed')}: not recorded → lost`,
    'make docs-faults draws the table of docs/faults.md anew',
  ]);
});

test('every case is recorded, and docs/faults.md has the table of what is', () => {
  const recorded = recordedOutcomes();
  const names = allCases().map(({ variant, kind, place }) => caseName(variant, kind, place)!);
  assert.deepEqual([...recorded.keys()], names);
  assert.equal(withRecordedFaults(document), document, 'make docs-faults');
});

test('faults: names are listed, and a wrong one is refused with what was meant', async () => {
  const listed = await runCli(['faults', '--list', '--variant', 'drain']);
  assert.equal(listed.status, 0);
  assert.equal(listed.stdout.trim().split('\n').length, signalling.drain!.length * faultKinds.length);
  const wrong = await runCli(['faults', '--case', 'atlas/drain/8-binding-update/lots']);
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /--case: 'atlas\/drain\/8-binding-update\/lots' is no case/);
  const another = await runCli(['faults', '--variant', 'drain', '--record', '--seed', '2']);
  assert.equal(another.status, 2);
  assert.match(another.stderr, /--seed: '2' is not recorded; --record takes seed 1 alone/);
  const unknown = await runCli(['faults', '--variant', 'sprint']);
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /--variant: 'sprint' has no list of its signalling; use one of: baseline/);
});
