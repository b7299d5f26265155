import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { loadExperiment } from '../../runner/own-experiment/load-experiment.ts';
import { loadVariant, variantCalled } from '../../runner/own-files/own-variant.ts';
import { wholeAxes } from '../../server/variants/axes.ts';
import {
  findVariant,
  type HandoffAxes,
  handoffVariant,
  handoffVariants,
  ownVariantName,
} from '../../server/variants/variants.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const example = resolve(import.meta.dirname, '../../examples/impatient-variant.ts');
const axesOf = (axes: HandoffAxes) => wholeAxes(axes);

test('a variant’s name brings its axes: every one of ours, called otherwise, is the same handoff', () => {
  for (const row of handoffVariants) {
    const name = ownVariantName('mine', row);
    assert.match(name, /^mine~[0-9a-f]{6,}$/);
    assert.deepEqual(axesOf(handoffVariant(name)), axesOf(row), row.name);
    assert.equal(findVariant(row.name), row);
  }
});

test('a name whose axes cannot be is none', () => {
  for (const name of [
    'mine',
    'mine~',
    'mine~01',
    'mine~000001',
    'mine~ff0000',
    'Mine~010101',
    'mine~01010',
    'mine~0101011g',
  ])
    assert.equal(findVariant(name), undefined, name);
  assert.throws(() => handoffVariant('mine~000001'), /unknown handoff variant/);
});

test('a file’s variant is called by its name and axes; other words stay as they are', async () => {
  const name = await loadVariant(example);
  assert.equal(name, 'impatient~000201');
  const { freezeAt, prepareAt, returnRoutability } = handoffVariant(name);
  assert.deepEqual([freezeAt, prepareAt, returnRoutability], ['last-send', 'request', 'at-prepare']);
  assert.equal(await variantCalled('drain+advance-rr'), 'drain+advance-rr');
});

const base = "freezeAt: 'drained', prepareAt: 'last-send', returnRoutability: 'at-prepare'";
const wrong: readonly (readonly [string, RegExp])[] = [
  ['export default 3;', /exports no variant; export \{ name: 'mine'/],
  [`export default { ${base} };`, /name: 'undefined' is no name; give small letters/],
  [`export default { name: 'drain', ${base} };`, /name: 'drain' is the name of one of ours/],
  [
    `export default { name: 'mine', ${base}, frezeAt: 'drained' };`,
    /frezeAt: 'drained' is of no axis, did you mean 'freezeAt'\?/,
  ],
  [
    `export default { name: 'mine', ${base}, freezeAt: 'never' };`,
    /freezeAt: 'never' is no value of this axis; use one of: last-send, drained/,
  ],
  [
    `export default { name: 'mine', ${base}, copies: 9 };`,
    /copies: '9' is out of bounds; give a whole number from 1 to 4/,
  ],
  [
    "export default { name: 'mine', freezeAt: 'drained', prepareAt: 'never' };",
    /returnRoutability: 'undefined' is missing; use one of: at-init/,
  ],
  [
    "export default { name: 'mine', freezeAt: 'drained', prepareAt: 'never', returnRoutability: 'at-prepare' };",
    /cannot be had together: return routability 'at-prepare' without a Prepare/,
  ],
  ['export const variant = 1;', /exports no variant/],
  ['export default {;', /cannot be loaded/],
];

test('a file that is no variant is refused with file, field, value and remedy', async () => {
  await using folder = await temporaryFolder();
  for (const [index, [text, message]] of wrong.entries()) {
    const path = join(folder.path, `wrong-${index}.ts`);
    await writeFile(path, text);
    await assert.rejects(loadVariant(path), (error: Error) => {
      assert.equal(error.name, 'UsageError', error.stack);
      assert.match(error.message, message);
      return true;
    });
  }
});

test('an experiment names variants by files beside it', async () => {
  await using folder = await temporaryFolder();
  const variant = `export default { name: 'beside', ${base} };`;
  await writeFile(join(folder.path, 'beside.ts'), variant);
  const text = `import { handoffExperiment } from 'handoff-lab/experiment';
export default handoffExperiment({ id: 'mine', question: 'Why?', grid: [{}], variants: ['drain', './beside.ts'] });`;
  await writeFile(join(folder.path, 'mine.ts'), text);
  const { variants } = await loadExperiment(join(folder.path, 'mine.ts'));
  assert.deepEqual(variants, ['drain', 'beside~010101']);
});
