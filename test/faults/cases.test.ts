import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeTable } from '../../analysis/outcomes/outcome-table.ts';
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
import { handoffVariants } from '../../server/variants/variants.ts';
import { runCli } from '../support/run-cli.ts';
import { aSample } from '../support/synthetic-samples.ts';

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
  const table = outcomeTable([
    sample('atlas/drain/8-binding-update/lost', 0),
    sample('atlas/drain/1-init/doubled', 2),
    sample('atlas/drain/1-init/delayed: no such packet passed', undefined),
  ]);
  const rows = table.trim().split('\n').slice(2);
  assert.deepEqual(
    rows.map((row) => row.split(' | ').slice(0, 5)),
    [
      ['| drain', '1-init', '–', 'taken back', 'failed'],
      ['| drain', '8-binding-update', 'moved', '–', '–'],
    ],
  );
  assert.equal(outcomeTable([]), '');
});

test('faults: names are listed, and a wrong one is refused with what was meant', async () => {
  const listed = await runCli(['faults', '--list', '--variant', 'drain']);
  assert.equal(listed.status, 0);
  assert.equal(listed.stdout.trim().split('\n').length, signalling.drain!.length * faultKinds.length);
  const wrong = await runCli(['faults', '--case', 'atlas/drain/8-binding-update/lots']);
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /--case: 'atlas\/drain\/8-binding-update\/lots' is no case/);
  const unknown = await runCli(['faults', '--variant', 'sprint']);
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /--variant: 'sprint' has no list of its signalling; use one of: baseline/);
});
