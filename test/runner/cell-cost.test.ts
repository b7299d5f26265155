import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findExperiment } from '../../experiments/index.ts';
import { processorSecondsOf } from '../../runner/cells/cell-cost.ts';
import { planOf } from '../../runner/cells/cell-files.ts';
import { cellsOf } from '../../runner/cells.ts';

/**
 * Experiment, cell of profile `paper`, repetitions, seconds of processor time, lab and analysis: measured one by one on 30 November 2026, 2 × AMD
 * EPYC, load 10 to 19, which makes each dearer than on a machine at rest.
 */
const measured: readonly (readonly [string, string, number, number])[] = [
  ['calibration', 'cs1Ms=0', 2, 1.8],
  ['calibration', 'cs1Ms=20', 2, 1.7],
  ['calibration', 'cs1Ms=320', 2, 1.9],
  ['calibration', 'cs2Ms=0', 2, 1.5],
  ['calibration', 'cs2Ms=40', 2, 1.7],
  ['calibration', 'cs2Ms=160', 2, 1.6],
  ['calibration', 'ssMs=0', 2, 1.6],
  ['calibration', 'ssMs=80', 2, 1.4],
  ['calibration', 'ssMs=240', 2, 1.7],
  ['calibration', 'cs1Ms=15,cs2Ms=35,ssMs=25', 2, 1.4],
  ['calibration', 'cs1Ms=55,cs2Ms=35,ssMs=25', 2, 1.5],
  ['calibration', 'cs1Ms=55,cs2Ms=75,ssMs=95', 2, 1.3],
  ['calibration', 'rateKbit=500', 2, 1.7],
  ['calibration', 'rateKbit=5000', 2, 1.5],
  ['calibration', 'rateKbit=50000', 2, 1.8],
  ['calibration', 'burst=25,lossPct=0.1,packets=20000,pairs=1', 2, 4.4],
  ['calibration', 'burst=25,lossPct=1,packets=20000,pairs=1', 2, 3.8],
  ['calibration', 'burst=25,lossPct=5,packets=20000,pairs=1', 2, 3.9],
  ['calibration', 'burst=10,lossPct=0.5,packets=10000', 2, 5.9],
  ['calibration', 'burst=10,lossPct=2,packets=10000', 2, 6.8],
  ['calibration', 'jitterMs=1,packets=20000,pairs=1,tickMs=3', 2, 12.7],
  ['calibration', 'jitterMs=5,packets=20000,pairs=1,tickMs=3', 2, 11.9],
  ['calibration', 'jitterMs=10,packets=20000,pairs=1,tickMs=3', 2, 10.7],
  ['calibration', 'bytes=10000000,cs1Ms=5,rateKbit=1000', 2, 2.1],
  ['calibration', 'bytes=10000000,cs1Ms=20,rateKbit=1000', 2, 2.8],
  ['calibration', 'bytes=10000000,cs1Ms=40,rateKbit=100000', 2, 2.5],
  ['access', 'contactNode=1,cs1Ms=40,routeOptimization=0,ssMs=40', 30, 2.1],
  ['access', 'contactNode=1,cs1Ms=40,cs2Ms=40,routeOptimization=1,ssMs=80', 30, 2.3],
  ['access', 'contactNode=2,cs1Ms=40,cs2Ms=60,routeOptimization=0,ssMs=80', 30, 2.0],
  ['table1', 'csMs=0,rateKbit=1500,ssMs=0,baseline', 30, 4.0],
  ['table1', 'csMs=10,rateKbit=1500,ssMs=10,baseline', 30, 4.4],
  ['table1', 'cs1Ms=60,cs2Ms=20,rateKbit=2000,ssMs=20,baseline', 30, 4.8],
  ['table1', 'cs1Ms=20,cs2Ms=40,rateKbit=2000,ssMs=60,baseline', 30, 4.5],
  ['table1', 'cs1Ms=20,cs2Ms=80,rateKbit=2000,ssMs=20,baseline', 30, 4.5],
  ['fig10', 'csMs=0,rateKbit=1500,ssMs=0,waitMs=500,baseline', 30, 3.7],
  ['fig10', 'csMs=20,rateKbit=1500,ssMs=20,waitMs=500,baseline', 30, 3.8],
  ['fig10', 'csMs=40,rateKbit=1500,ssMs=80,waitMs=500,baseline', 30, 4.5],
  ['fig11', 'csMs=40,rateKbit=2000,ssMs=20,drain', 30, 4.7],
  ['fig11', 'csMs=40,rateKbit=2000,ssMs=20,drain+advance-rr', 30, 4.5],
  ['fig12', 'csMs=50,ssMs=20,drain', 30, 4.4],
  ['fig12', 'csMs=50,ssMs=20,drain+advance-rr', 30, 4.5],
  ['fig12', 'csMs=40,ssMs=50,drain', 30, 4.5],
  ['fig12', 'csMs=40,ssMs=50,drain+advance-rr', 30, 4.9],
  ['fig12', 'csMs=40,ssMs=180,drain', 30, 4.5],
  ['fig12', 'csMs=40,ssMs=180,drain+advance-rr', 30, 4.5],
  ['frontend', 'clients=1,service=0', 2, 2.2],
  ['frontend', 'clients=1,service=2', 2, 1.3],
  ['frontend', 'clients=16,service=3', 2, 3.2],
  ['frontend', 'cs1Ms=10,cs2Ms=10,service=0,ssMs=10', 2, 1.9],
  ['frontend', 'cs1Ms=10,cs2Ms=10,service=2,ssMs=10', 2, 1.4],
  ['frontend', 'cs1Ms=80,cs2Ms=60,service=3,ssMs=80', 2, 1.3],
  ['frontend', 'clients=3,frontRateKbit=1000,service=0', 2, 3.1],
  ['frontend', 'clients=3,frontRateKbit=1000,service=2', 2, 1.7],
  ['frontend', 'clients=3,frontRateKbit=4000,service=3', 2, 1.6],
  ['frontend', 'bytes=100000,clients=2,service=0', 2, 1.9],
  ['frontend', 'bytes=100000,clients=2,service=2', 2, 1.2],
  ['frontend', 'bytes=2000000,clients=2,service=3', 2, 1.8],
  ['parallel', 'contactAddresses=1,handoff=0,drain+advance-rr', 10, 7.4],
  ['parallel', 'contactAddresses=3,handoff=0,drain+advance-rr', 10, 9.6],
  ['parallel', 'contactAddresses=4,handoff=1,drain+advance-rr', 10, 16.6],
  ['parallel', 'clientRateKbit=3000,contactAddresses=1,drain+advance-rr', 10, 8.4],
  ['parallel', 'clientRateKbit=3000,contactAddresses=3,drain+advance-rr', 10, 13.6],
  ['parallel', 'clientRateKbit=3000,contactAddresses=4,drain+advance-rr', 10, 13.0],
  ['parallel', 'bytes=500000,contactAddresses=1,drain+advance-rr', 10, 3.7],
  ['parallel', 'bytes=8000000,contactAddresses=2,drain+advance-rr', 10, 20.6],
  ['parallel', 'bytes=8000000,contactAddresses=4,drain+advance-rr', 10, 32.2],
  ['takeover', 'csMs=20,ending=2,homeMs=10,memberMs=10', 10, 22.5],
  ['takeover', 'csMs=10,ending=2,homeMs=20,memberMs=30', 10, 21.9],
  ['churn', 'clients=4,crashPct=50,perMinute=24', 4, 16.7],
  ['churn', 'clients=8,crashPct=50,perMinute=24', 4, 24.4],
];

/** A lab's network was built by a dozen processes when all of these were measured: so much a lab it is cheaper (docs/speed.md, networks by netlink). */
const networkSaves = 0.15;

test('estimates of all kinds of cells are within a fifth of what they took, but for one factor: the machine and its load', () => {
  const paper = { profile: 'paper', settings: {}, variants: [], clock: 'virtual', seed: 1 } as const;
  const grids = new Map<string, ReturnType<typeof cellsOf>>();
  const kinds = new Map<string, { estimated: number; taken: number }>();
  for (const [id, name, repetitions, seconds] of measured) {
    const experiment = findExperiment(id)!;
    const all = grids.get(id) ?? cellsOf(experiment, paper);
    grids.set(id, all);
    const found = all.find((candidate) => candidate.id === name);
    assert.ok(found, `${id} ${name}`);
    const cell = { ...found, repetitions };
    const kind = kinds.get(id) ?? { estimated: 0, taken: 0 };
    kind.estimated += processorSecondsOf({ cell, plan: planOf(cell) });
    kind.taken += seconds - networkSaves;
    kinds.set(id, kind);
  }
  const ratios = [...kinds].map(([id, { estimated, taken }]) => ({ id, ratio: estimated / taken }));
  const load = ratios.reduce((product, { ratio }) => product * ratio, 1) ** (1 / ratios.length);
  for (const { id, ratio } of ratios)
    assert.ok(
      ratio / load > 0.8 && ratio / load < 1.25,
      `${id}: ${(ratio / load).toFixed(2)} of ${load.toFixed(2)}`,
    );
  assert.ok(load > 0.65 && load < 1, `${load}`);
});

/**
 * Experiment, clock, seconds of processor time that a run of profile `quick` took, as its manifest has them: commit 01b484a, 30 November 2026, 2 × AMD
 * EPYC, load 1.5 to 2.8, which is the run itself.
 */
const wholeQuick: readonly (readonly [string, 'virtual' | 'elastic', number])[] = [
  ['calibration', 'virtual', 35.05],
  ['access', 'virtual', 34.23],
  ['table1', 'virtual', 25.32],
  ['fig10', 'virtual', 281.12],
  ['fig11', 'virtual', 4.58],
  ['fig12', 'virtual', 53.23],
  ['atlas', 'virtual', 179.74],
  ['frontend', 'virtual', 36.98],
  ['parallel', 'virtual', 33.17],
  ['takeover', 'virtual', 41.69],
  ['churn', 'virtual', 33.77],
  ['access', 'elastic', 45.89],
  ['table1', 'elastic', 38.22],
];

test('the estimate of each experiment of profile quick is within a fifth of what it took, that of all within a tenth', () => {
  let [sum, sumTaken] = [0, 0];
  for (const [id, clock, whole] of wholeQuick) {
    const cells = cellsOf(findExperiment(id)!, {
      ...{ profile: 'quick', settings: {}, variants: [], seed: 1 },
      clock,
    } as const);
    const taken = whole - cells.length * networkSaves * (clock === 'virtual' ? 1 : 1.25);
    const estimated = cells.reduce((all, cell) => all + processorSecondsOf({ cell, plan: planOf(cell) }), 0);
    const ratio = estimated / taken;
    assert.ok(ratio > 0.8 && ratio < 1.2, `${id}, ${clock} clock: ${estimated.toFixed(1)} s of ${taken} s`);
    sum += estimated;
    sumTaken += taken;
  }
  assert.ok(Math.abs(sum / sumTaken - 1) < 0.1, `${sum} of ${sumTaken}`);
});
