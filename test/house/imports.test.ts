import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { importsOf, readImports, type SourceImport } from '../../runner/results/import-graph.ts';
import { circles } from '../support/circles.ts';
import { families, impureModules, type Layer, layers } from './layers.ts';

const root = resolve(import.meta.dirname, '../..');
/** Tests, scripts and examples stand outside the house. */
const outside = /^(?:test|scripts|examples|docs)\//;
const graph = new Map<string, readonly SourceImport[]>(
  execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], { cwd: root, encoding: 'utf8' })
    .trim()
    .split('\n')
    .filter((file) => !outside.test(file) && existsSync(join(root, file)))
    .map((file) => [file, readImports(root, file)]),
);

const pathsOf = ({ name, paths = [name] }: Layer): readonly string[] => paths;
const isIn = (file: string, path: string): boolean => file === path || file.startsWith(`${path}/`);

/** Undefined for a file that no row has. */
function layerOf(file: string): Layer | undefined {
  let [best, length]: [Layer | undefined, number] = [undefined, 0];
  for (const layer of layers)
    for (const path of pathsOf(layer))
      if (isIn(file, path) && path.length > length) [best, length] = [layer, path.length];
  return best;
}

test('imports of every kind are found, and nothing that only looks like one', () => {
  const text = [
    "import { one } from './one.ts';",
    "import { type Two } from './two.ts';",
    "import type { Three } from '../three.ts';",
    "import {\n  type Four,\n  four,\n} from './four.ts';",
    "export * from './five.ts';",
    "export type { Six } from './six.ts';",
    "import './seven.ts';",
    "const eight = await import('./eight.ts');",
    "import type from './nine.ts';",
    "import net from 'node:net';",
    "// import './comment.ts' is none\nexport const text = `from './text.ts'`;",
    "export const from = './value.ts';",
  ].join('\n');
  assert.deepEqual(
    importsOf('a/b/file.ts', text).map(({ target, isTypeOnly }) => `${target}${isTypeOnly ? ' (type)' : ''}`),
    [
      'a/b/one.ts',
      'a/b/two.ts (type)',
      'a/three.ts (type)',
      'a/b/four.ts',
      'a/b/five.ts',
      'a/b/six.ts (type)',
      'a/b/seven.ts',
      'a/b/eight.ts',
      'a/b/nine.ts',
      'node:net',
    ],
  );
});

test('every relative import leads to a file', () => {
  assert.ok(graph.size > 500, `${graph.size} sources`);
  for (const [file, imports] of graph)
    for (const { target, isOwn } of imports)
      if (isOwn) assert.ok(existsSync(join(root, target)), `${file} imports ${target}`);
});

test('the rows are an order: each names only rows above it, and every file has a row', () => {
  const above = new Set<string>();
  for (const { name, imports } of layers) {
    for (const one of imports)
      assert.ok(above.has(one), `${name} names ${one}, which does not stand above it`);
    assert.ok(!above.has(name), `${name} stands there twice`);
    above.add(name);
  }
  for (const layer of layers)
    for (const path of pathsOf(layer)) assert.ok(existsSync(join(root, path)), `${layer.name}: ${path}`);
  for (const file of graph.keys()) assert.ok(layerOf(file), `${file} is in no part of the house`);
});

test('every part imports what its row names, and nothing else', () => {
  const wrong: string[] = [];
  for (const [file, imports] of graph) {
    const layer = layerOf(file)!;
    for (const { target, isOwn } of imports) {
      const other = isOwn ? layerOf(target)?.name : undefined;
      const isLegal =
        !isOwn || other === layer.name || (other !== undefined && layer.imports.includes(other));
      if (!isLegal) wrong.push(`${file} (${layer.name}) imports ${target} (${other ?? 'no part'})`);
      if (layer.isPure === true && impureModules.test(target)) wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('what a row names is imported somewhere: nothing is allowed in stock', () => {
  const used = new Set<string>();
  for (const [file, imports] of graph)
    for (const { target, isOwn } of imports)
      if (isOwn) used.add(`${layerOf(file)?.name} imports ${layerOf(target)?.name}`);
  // All rooms of the server are open to all of a member.
  const isOpen = (name: string, other: string): boolean =>
    name.startsWith('nodes/member') && other.startsWith('server');
  const idle = layers.flatMap(({ name, imports }) =>
    imports
      .filter((other) => !isOpen(name, other))
      .map((other) => `${name} imports ${other}`)
      .filter((one) => !used.has(one)),
  );
  assert.deepEqual(idle, []);
});

test('files import each other in no circle, type-only imports included, but for the families named', () => {
  const own = new Map(
    [...graph].map(([file, imports]) => [
      file,
      imports.filter(({ isOwn }) => isOwn).map(({ target }) => target),
    ]),
  );
  const found = circles(own).map((files) => files.join(' ↔ '));
  assert.deepEqual(found, families.map((files) => files.toSorted().join(' ↔ ')).toSorted());
});
