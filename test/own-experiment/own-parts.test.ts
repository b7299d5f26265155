import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import type { Experiment } from '../../experiments/experiment.ts';
import { planOf, recordOf } from '../../runner/cells/cell-files.ts';
import { cellsOf } from '../../runner/cells.ts';
import { topologyNamed } from '../../runner/commands/topology.ts';
import { loadExperiment } from '../../runner/own-experiment/load-experiment.ts';
import { loadNetwork } from '../../runner/own-files/own-network.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const examples = resolve(import.meta.dirname, '../../examples');
const selection = { profile: 'quick', settings: {}, variants: [], clock: 'virtual', seed: 1 } as const;

async function file(folder: string, name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

test('a network of one’s own with parameters takes their values, and refuses others', async () => {
  await using folder = await temporaryFolder();
  const text = `import { topology } from 'handoff-lab/experiment';
export default {
  defaults: { farMs: 10 },
  build: ({ farMs }: { farMs: number }) =>
    topology('parametric').addHost('one').addHost('two')
      .addLink('one', 'two', { prefix: '2001:db8:a::/64', addresses: ['2001:db8:a::1', '2001:db8:a::2'], delayMs: farMs })
      .build(),
};`;
  const path = await file(folder.path, 'mine.ts', text);
  assert.equal((await topologyNamed(path, [])).links[0]!.delayMs, 10);
  assert.equal((await topologyNamed(path, ['farMs=25'])).links[0]!.delayMs, 25);
  await assert.rejects(topologyNamed(path, ['nearMs=1']), /nearMs is 1: no such parameter: set one of farMs/);
  await assert.rejects(topologyNamed(path, ['farMs=-1']), /links\[0\]\.delayMs is -1/);
});

const wrongNetworks: readonly (readonly [string, RegExp])[] = [
  ['export const network = 1;', /has no default export; export a topology as the default/],
  ['export default 3;', /exports no topology \(number\)/],
  ['export default { nodes: [] };', /topology .* is refused/],
  ['export default { biuld: () => 0 };', /'biuld' in .* is no field of a topology, did you mean 'build'\?/],
  ['export default { defaults: {} };', /has no function build\(parameters\)/],
  [
    'export default { defaults: { farMs: "10" }, build: () => 0 };',
    /defaults\.farMs: '10' in .* is no number/,
  ],
  [
    'export default { build: () => { throw new RangeError("no"); } };',
    /has a build\(parameters\) that throws RangeError: no/,
  ],
  ['export default {;', /cannot be loaded \(/],
];

test('a file that is no network is refused with what is wrong in it', async () => {
  await using folder = await temporaryFolder();
  for (const [index, [text, message]] of wrongNetworks.entries()) {
    const path = await file(folder.path, `wrong-${index}.ts`, text);
    await assert.rejects(loadNetwork(path), (error: Error & { exitStatus?: number }) => {
      assert.ok(error.name === 'UsageError' || error.exitStatus === 2, error.stack);
      assert.match(error.message, message);
      return true;
    });
  }
  const ours = `import { topology } from 'handoff-lab/experiment';\nexport default topology('fig9').addHost('one').build();`;
  const path = await file(folder.path, 'ours.ts', ours);
  await assert.rejects(
    loadNetwork(path),
    /'fig9' in .* is the name of one of ours; give it a name of its own/,
  );
});

test('an experiment brings its network, its server and its measures, by files beside it', async () => {
  await using folder = await temporaryFolder();
  await cp(examples, folder.path, { recursive: true });
  const experiment = await loadExperiment(join(folder.path, 'answer-time.ts'));
  assert.equal(experiment.topology, 'flapping');
  const [cell] = cellsOf(experiment, selection);
  const plan = planOf(cell!);
  assert.equal(plan.topology.name, 'flapping');
  assert.deepEqual(
    plan.daemons.flat().map(({ name, host }) => `${name} on ${host}`),
    ['correspondent-client on client', 'gateway on gateway', 'node2 on node2', 'node1 on node1'],
  );
  // The driver tells when a repetition begins: the links change then.
  assert.equal((plan.driver.config as { starts?: string }).starts, '/run/network-changes');
  assert.deepEqual(
    experiment.measures.map(({ name, key }) => [name, typeof key]),
    [
      ['longest-answer', 'string'],
      ['handoffs', 'string'],
    ],
  );
});

const serving = (fields: string): string =>
  `import { serverExperiment, serverParameters } from 'handoff-lab/experiment';
export default serverExperiment({ question: 'Why?', application: './chat-server.ts', client: 'true', ${fields} });`;

test('a server’s experiment has the parameters of its network, and tells the analysis what they do not', async () => {
  await using folder = await temporaryFolder();
  await cp(examples, folder.path, { recursive: true });
  const load = async (name: string, fields: string) =>
    loadExperiment(await file(folder.path, `${name}.ts`, serving(`id: '${name}', ${fields}`)));
  const planned = (experiment: Experiment) => {
    const [cell] = cellsOf(experiment, selection);
    const plan = planOf(cell!);
    return { cell: cell!, plan, record: recordOf(cell!, plan) };
  };
  const wide = planned(await load('wide', "topology: 'wide-area', grid: [{ members: [3], lossPct: [1] }]"));
  assert.equal(wide.plan.topology.nodes.filter(({ name }) => name.startsWith('node')).length, 3);
  assert.deepEqual(wide.cell.parameters, { members: 3, lossPct: 1 });
  assert.equal(wide.record.clientNeighbour, 'access1');
  assert.equal(wide.record.network?.lossPct, 1);

  // Of one whose links say it themselves.
  const flapping = planned(await load('flap', "topology: './flapping-link.ts'"));
  assert.equal(flapping.record.clientNeighbour, 'client');
  assert.deepEqual(flapping.record.network, {
    lossPct: 0,
    jitterMs: 0,
    rateKbit: 500,
    ...{ cs1Ms: 20, cs2Ms: 20 },
  });
  assert.equal(planned(await load('here', '')).record.network, undefined);

  const refused = async (name: string, fields: string, message: RegExp): Promise<void> => {
    await assert.rejects(load(name, fields), (error: Error) => {
      assert.match(error.message, message);
      return error.name === 'UsageError';
    });
  };
  await refused(
    'a',
    "topology: 'wide-area', grid: [{ csMs: [40] }]",
    /'csMs' is no parameter .* members, sites/,
  );
  await refused(
    'b',
    "topology: './flapping-link.ts', grid: [{ csMs: [40] }]",
    /'csMs' is no parameter .*has none/,
  );
  await refused('c', "topology: 'wide-aera', grid: [{ csMs: [40] }]", /wide-aera/);
  // What is said of parameters holds: the application is told them.
  const told = await load(
    'd',
    "topology: 'wide-area', parameters: { turns: { description: 'of the talk', default: 3, min: 1, max: 9 } }",
  );
  assert.deepEqual(planned(told).cell.parameters, { turns: 3 });
});

const own = (fields: string): string =>
  `import { handoffExperiment, handoffMeasures } from 'handoff-lab/experiment';
const base = handoffExperiment({ id: 'mine', question: 'Why?', grid: [{}] });
export default { ...base, ${fields} };`;

test('a procedure of one’s own makes its plan out of ours', async () => {
  await using folder = await temporaryFolder();
  const procedure = `export default (cell, procedures) => ({ ...procedures['download-handoff'](cell), wallSeconds: 7 });`;
  await file(folder.path, 'procedure.js', procedure);
  for (const field of [
    "procedure: './procedure.js'",
    "procedure: (cell, known) => ({ ...known['download-handoff'](cell), wallSeconds: 7 })",
  ]) {
    const experiment = await loadExperiment(await file(folder.path, `mine-${field.length}.ts`, own(field)));
    const [cell] = cellsOf(experiment, selection);
    assert.equal(planOf(cell!).wallSeconds, 7);
  }
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["procedure: './nowhere.ts'", /procedure: '.*nowhere\.ts' is no file; name a file with a function/],
    ["procedure: 'download'", /procedure: 'download' is unknown; use one of: .*a file: \.\/my-procedure\.ts/],
    ["topology: './nowhere.ts'", /topology: '.*nowhere\.ts' is no file; name a file with a topology/],
    ["topology: 'fig8'", /topology: 'fig8' is unknown; use one of: fig9, .*a file/],
    [
      "measures: [{ name: 'mine', unit: 'ms', description: 'd', from: 3 }]",
      /measures\[0\]\.from: '3' is wrong \(should be a function of the repetition\)/,
    ],
    [
      "measures: [{ name: 'mine', unit: 'ms', description: 'd' }]",
      /'mine' is a measure that no capture gives; .*or give it a function/,
    ],
    [
      "measures: [{ name: 'phase-1', unit: 'ms', description: 'd', from: () => 1 }]",
      /'phase-1' is a measure of ours, and has a function/,
    ],
    [
      "measures: [1, 2].map((value) => ({ name: 'mine', unit: 'ms', description: 'd', from: () => value }))",
      /measures\[0\]\.name: 'mine' is there twice|measures\[1\]\.name: 'mine' is there twice/,
    ],
  ];
  for (const [index, [field, message]] of wrong.entries())
    await assert.rejects(
      loadExperiment(await file(folder.path, `wrong-${index}.ts`, own(field))),
      message,
      field,
    );
});

test('a plan that is none of a network is told with its experiment', async () => {
  await using folder = await temporaryFolder();
  for (const [index, [field, message]] of (
    [
      ['procedure: () => 5', /mine: procedure: '5' gives no plan/],
      ['procedure: () => { throw new RangeError("no"); }', /mine: procedure: .* throws RangeError: no/],
    ] as const
  ).entries()) {
    const experiment = await loadExperiment(await file(folder.path, `plan-${index}.ts`, own(field)));
    const [cell] = cellsOf(experiment, selection);
    assert.throws(() => planOf(cell!), message);
  }
});
