import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { everyExperiment, experiments, findExperiment } from '../../experiments/index.ts';
import { cellsOf } from '../../runner/cells.ts';
import { checkExperiment, checkOwnExperiment } from '../../runner/own-experiment/check-experiment.ts';
import { loadExperiment } from '../../runner/own-experiment/load-experiment.ts';
import { isOwnFile } from '../../runner/own-files/load-module.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const library = fileURLToPath(new URL('../../experiments/handoff-experiment.ts', import.meta.url));
const example = fileURLToPath(new URL('../../examples/near-acceptor.ts', import.meta.url));

test('a file’s experiment is loaded and known by its id from then on', async () => {
  const experiment = await loadExperiment(example);
  assert.equal(findExperiment('near-acceptor'), experiment);
  const selection = { settings: {}, variants: [], clock: 'virtual', seed: 1 } as const;
  const cells = cellsOf(experiment, { ...selection, profile: 'quick' });
  assert.deepEqual(
    cells.map(({ parameters: { cs1Ms, cs2Ms }, variant }) => [cs1Ms, cs2Ms, variant]),
    [10, 30, 60].flatMap((cs2Ms) => ['drain', 'drain+advance-rr'].map((variant) => [60, cs2Ms, variant])),
  );
});

test('a file is told from an id', () => {
  for (const word of ['./mine.ts', 'mine.ts', 'folder/mine.js', '/abs/mine.mjs'])
    assert.ok(isOwnFile(word), word);
  for (const word of ['fig12', 'all', 'near-acceptor']) assert.ok(!isOwnFile(word), word);
});

test('our own experiments are what is asked of others: shape, and every name in them known', () => {
  assert.ok(everyExperiment.length > experiments.length);
  for (const experiment of everyExperiment)
    assert.equal(checkExperiment(experiment.id, experiment), experiment);
});

test('no experiment of one’s own has the name of one of ours, not even of one that `all` leaves out', () => {
  for (const experiment of everyExperiment)
    assert.throws(
      () => checkOwnExperiment('here', experiment),
      /id: '[\w-]+' is the name of one of the paper’s/,
    );
});

/** What stands in the file beside `id` and `question`, and what is said of it. */
const wrong: readonly (readonly [string, RegExp])[] = [
  [
    'grid: [{}], repetitons: 3',
    /default export: 'repetitons' is wrong \('repetitons' is no field here, did you mean 'repetitions'\?/,
  ],
  [
    'grid: [{}], varaints: ["drain"]',
    /default export: 'varaints' is wrong \('varaints' is no field here, did you mean 'variants'\?/,
  ],
  [
    'grid: [{}], plot: { measure: "handoff-gap", ovr: "csMs" }',
    /plots\[0\]: 'ovr' is wrong .*did you mean 'over'\?/,
  ],
  [
    'grid: [{}], claims: [{ kind: "bound", id: "a", source: "s", statement: "s", measure: "phase-1", rnage: {}, range: {}, unit: "" }]',
    /claims\[0\]: 'rnage' is wrong \('rnage' is no field here, did you mean 'range'\?\)/,
  ],
  ['', /profiles\.smoke\.grid: 'undefined' is wrong/],
  ['grid: [{ csMs: 40 }]', /profiles\.smoke\.grid\[0\]\.csMs: '40' is wrong \(.*array/],
  ['grid: [{ csMs: [-1] }]', /grid\[0\]\.csMs: '-1' is out of bounds; give a number from 0 to 10000/],
  ['grid: [{ bytes: [1.5] }]', /grid\[0\]\.bytes: '1\.5' is out of bounds; give a whole number from 1/],
  ['grid: [{ colour: [1] }]', /grid\[0\]: 'colour' is no parameter of the experiment; use one of: csMs/],
  ['grid: [{}], variants: ["fast"]', /variants\[0\]: 'fast' is unknown; use one of: baseline/],
  ['grid: [{}], repetitions: 0', /profiles\.quick\.repetitions: '0' is wrong/],
  ['grid: [{}], id: "fig12"', /id: 'fig12' is the name of one of the paper’s experiments/],
  ['grid: [{}], id: "../elsewhere"', /id: '\.\.\/elsewhere' is wrong \(should be small letters/],
  [
    'grid: [{}], plot: { measure: "gap", over: "csMs" }',
    /plots\[0\]\.measure: 'gap' is unknown to the experiment; use one of: handoff-gap/,
  ],
  [
    'grid: [{}], plot: { measure: "handoff-gap", over: "latency" }',
    /plots\[0\]\.x\.parameter: 'latency' is unknown/,
  ],
  [
    'grid: [{}], claims: [{ kind: "bound", id: "a", source: "s", statement: "s", measure: "gap", range: {}, unit: "" }]',
    /claims\[0\]\.measure: 'gap' is unknown/,
  ],
  ['grid: [{}], variants: []', /variants: '\[\]' is empty; name one at least of: baseline, /],
  [
    'grid: [{}], claims: [{ kind: "bound", id: "a", source: "s", statement: "s", measure: "handoff-gap", where: {}, range: {}, unit: "ms" }]',
    /claims\[0\]\.where: '\{\}' is empty, so it says nothing; name a parameter in it, or leave it out/,
  ],
  ['grid: [{}], claims: [{ kind: "guess", id: "a" }]', /claims\[0\]\.kind: 'guess' is wrong/],
  [
    'grid: [{}], claims: [{ kind: "value", id: "a", source: "s", statement: "s", measure: "phase-1", expected: 3, formula: "3", tolerance: 1, unit: "" }]',
    /claims\[0\]\.expected: '3' is wrong \(should be a function of the parameters\)/,
  ],
];

test('bad data are refused with file, field, value and remedy, before anything runs', async () => {
  await using folder = await temporaryFolder();
  for (const [index, [data, message]] of wrong.entries()) {
    const file = join(folder.path, `wrong-${index}.ts`);
    const given = `{ id: 'mine', question: 'Why?', ${data} } as never`;
    const text = `import { handoffExperiment } from '${library}';\nexport default handoffExperiment(${given});\n`;
    await writeFile(file, text);
    await assert.rejects(loadExperiment(file), (error: Error) => {
      assert.equal(error.name, 'UsageError', `${data}: ${error.stack}`);
      assert.ok(error.message.startsWith(file), error.message);
      assert.match(error.message, message);
      return true;
    });
  }
});

test('a parameter’s own bounds and default agree', async () => {
  const good = await loadExperiment(example);
  const withSpec = (changes: object): unknown => {
    const bytes = { ...good.parameters.bytes, ...changes };
    return { ...good, id: 'mine', parameters: { ...good.parameters, bytes } };
  };
  for (const [changes, message] of [
    [{ default: -1 }, /f: parameters\.bytes\.default: '-1' is out of bounds; give a whole number from 1/],
    [{ default: 1.5 }, /parameters\.bytes\.default: '1\.5' is out of bounds/],
    [{ min: 3, max: 2 }, /parameters\.bytes\.min: '3' is more than the maximum; give 2 at most/],
  ] as const)
    assert.throws(() => checkOwnExperiment('f', withSpec(changes)), message);
  assert.ok(checkOwnExperiment('f', withSpec({})));
});

test('an experiment that is written out has fields that are known, everywhere in it', () => {
  const [whole] = experiments.filter(({ id }) => id === 'fig12');
  const own = { ...whole!, id: 'mine' };
  assert.equal(checkOwnExperiment('here', own).id, 'mine');
  const slips: readonly (readonly [object, RegExp])[] = [
    [{ ...own, varaints: ['drain'] }, /default export: 'varaints' .*did you mean 'variants'\?/],
    [
      { ...own, profiles: { ...own.profiles, quick: { ...own.profiles.quick, repetitons: 3 } } },
      /profiles\.quick: 'repetitons' .*did you mean 'repetitions'\?/,
    ],
    [
      { ...own, plots: own.plots.map((plot) => ({ ...plot, where: {} })) },
      /plots\[0\]\.where: '\{\}' is empty, so it says nothing/,
    ],
    [
      { ...own, measures: own.measures.map((measure) => ({ ...measure, unit: '' })) },
      /measures\[\d+\]\.unit: '' is not the unit of [\w-]+; write unit: 'ms'/,
    ],
    [
      { ...own, measures: own.measures.map((measure) => ({ ...measure, unit: 's' })) },
      /measures\[\d+\]\.unit: 's' is not the unit of /,
    ],
    [
      { ...own, plots: own.plots.map((plot) => ({ ...plot, facett: {} })) },
      /plots\[0\]: .*did you mean 'facet'\?/,
    ],
  ];
  for (const [value, message] of slips) assert.throws(() => checkOwnExperiment('here', value), message);
});

test('whatever a claim, a plot or a table names is there', () => {
  const own = { ...experiments.find(({ id }) => id === 'fig12')!, id: 'mine' };
  const known = { id: 'a', source: 's', statement: 's', measure: 'handoff-gap', unit: 'ms' };
  const [plot] = own.plots;
  const begins = { measure: 'handoff-gap', atMost: 1, since: 'handoff-gap', words: 'w' };
  const valley = { ...known, kind: 'valley', part: { name: 'falls' }, over: 'csMs', by: [], finest: 1 };
  const row = { measure: 'handoff-gap', label: 'l', paper: [] };
  const table = {
    ...{ id: 't', title: 't', unit: 'ms', note: 'n', rows: [row] },
    columns: { parameter: 'csMs', values: [1], title: 't' },
  };
  const claim = (one: object): object => ({ ...own, claims: [one] });
  const paired = { ...known, kind: 'paired', atMost: 1, inPct: 1, worst: 1, lessVariant: 'drain' };
  const slips: readonly (readonly [object, RegExp])[] = [
    [claim({ ...known, kind: 'bound', range: {}, shareOf: 'gap' }), /claims\[0\]\.shareOf: 'gap' is unknown/],
    [
      claim({ ...known, kind: 'bound', range: {}, refinedBy: ['b'] }),
      /claims\[0\]\.refinedBy: 'b' is unknown/,
    ],
    [
      claim({ ...known, kind: 'bound', range: {}, given: { gap: {} } }),
      /claims\[0\]\.given: 'gap' is unknown/,
    ],
    [claim({ ...valley, begins: { ...begins, measure: 'gap' } }), /begins\.measure: 'gap' is unknown/],
    [claim({ ...valley, begins: { ...begins, since: 'gap' } }), /begins\.since: 'gap' is unknown/],
    [claim({ ...valley, begins, over: 'latency' }), /claims\[0\]: 'latency' is unknown/],
    [claim({ ...valley, begins, by: ['latency'] }), /claims\[0\]: 'latency' is unknown/],
    [
      claim({ ...paired, lessVariant: 'fast' }),
      /claims\[0\]\.lessVariant: 'fast' is unknown; use one of: base/,
    ],
    [{ ...own, plots: [{ ...plot!, series: 'latency' }] }, /plots\[0\]\.series: 'latency' is unknown/],
    [
      { ...own, plots: [{ ...plot!, x: { ...plot!.x, measure: 'gap' } }] },
      /plots\[0\]\.x\.measure: 'gap' is unknown/,
    ],
    [
      { ...own, plots: [{ ...plot!, stack: [{ measure: 'gap', label: 'l' }] }] },
      /plots\[0\]\.stack\[0\]\.measure: 'gap' is unknown/,
    ],
    [
      {
        ...own,
        plots: [{ ...plot!, residuals: { lines: [{ claims: ['b'], label: 'l' }], difference: () => 0 } }],
      },
      /plots\[0\]\.residuals\.lines\[0\]\.claims: 'b' is unknown/,
    ],
    [
      { ...own, sequences: [{ id: 's', title: 't', where: { latency: 1 } }] },
      /sequences\[0\]\.where: 'latency' is unknown/,
    ],
    [
      { ...own, tables: [{ ...table, rows: [{ ...row, beside: 'gap' }] }] },
      /tables\[0\]\.rows\[0\]\.beside: 'gap' is unknown/,
    ],
    [
      { ...own, tables: [{ ...table, columns: { ...table.columns, parameter: 'latency' } }] },
      /tables\[0\]\.columns\.parameter: 'latency' is unknown/,
    ],
  ];
  for (const [value, message] of slips) assert.throws(() => checkOwnExperiment('here', value), message);
  assert.ok(checkOwnExperiment('here', { ...claim({ ...valley, begins }), tables: [table] }));
});

test('a procedure that knows no variants needs none', () => {
  const [plain] = experiments.filter(({ id }) => id === 'access');
  assert.deepEqual(checkOwnExperiment('here', { ...plain!, id: 'mine' }).variants, []);
});

test('a file that is missing, does not load or exports nothing ends with status 2', async () => {
  await using folder = await temporaryFolder();
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder.path, name), text);
    return join(folder.path, name);
  };
  const cases: readonly (readonly [string, RegExp])[] = [
    [join(folder.path, 'none.ts'), /is no file; name a file with an experiment/],
    [await file('syntax.ts', 'export default {;'), /cannot be loaded \(/],
    [await file('nothing.ts', 'export const experiment = 1;'), /has no default export; end the file with/],
    [await file('number.ts', 'export default 3;'), /default export: '3' is wrong/],
  ];
  for (const [path, message] of cases)
    await assert.rejects(loadExperiment(path), (error: Error) => message.test(error.message));
  const [path] = cases[0]!;
  const { status, stderr } = await runCli(['run', path, '--out', join(folder.path, 'out')]);
  assert.equal(status, 2);
  assert.match(stderr, /none\.ts' is no file; name a file with an experiment/);
  assert.throws(() => checkOwnExperiment('here', undefined), /has no default export/);
});

test('an experiment may be written as CommonJS, too', async () => {
  await using folder = await temporaryFolder();
  for (const [name, left] of [
    ['one', 'module.exports'],
    ['other', 'exports.default'],
  ] as const) {
    const path = join(folder.path, `${name}.cjs`);
    await writeFile(path, `${left} = { id: 'mine' };`);
    // It was found: what is missing in it is told.
    await assert.rejects(loadExperiment(path), /\.cjs: title: 'undefined' is wrong/);
  }
});
