import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { acrossClocks, type Countable, countsOf } from '../../analysis/verdicts/counts.ts';
import { chooseExperiments } from '../../runner/commands/choose-experiments.ts';
import { settingsOf } from '../../runner/parameters.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
const documents = tracked.filter((name) => name.endsWith('.md'));

test('every relative link of a document leads to a file, and to a heading where it names one', () => {
  for (const document of documents) {
    for (const [, link = ''] of read(document).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? document : normalize(join(dirname(document), path));
      assert.ok(existsSync(join(root, target)), `${document}: ${link}`);
      if (anchor !== undefined) assert.ok(anchorsOf(target).includes(anchor), `${document}: ${link}`);
    }
  }
});

test('every file of the house that a document names in passing is there', () => {
  const folders = new Set(
    tracked.filter((name) => /^[^.][^/]*\//.test(name)).map((name) => name.split('/')[0]),
  );
  // History names what there was; published runs what they were made of.
  const present = documents.filter((name) => name !== 'CHANGELOG.md' && !name.startsWith('results/'));
  for (const document of present)
    for (const [, path = ''] of read(document).matchAll(/`([a-z0-9-]+\/[a-z0-9./-]+\.(?:ts|sh|json|md))`/g))
      if (folders.has(path.split('/')[0] ?? '') && !existsSync(join(root, dirname(document), path)))
        assert.ok(existsSync(join(root, path)), `${document}: ${path}`);
});

test('README’s map names every folder, and no other', () => {
  const map = read('README.md').split('## Map')[1] ?? '';
  const named = [...map.matchAll(/`([a-z0-9]+)\/`/g)].map(([, name]) => name);
  const folders = new Set(
    tracked.filter((name) => /^[^.][^/]*\//.test(name)).map((name) => name.split('/')[0]),
  );
  for (const folder of folders) assert.ok(named.includes(folder), `${folder}/ is not on the map`);
  for (const [, first] of map.matchAll(/^\| `([a-z0-9]+)\/`/gm)) assert.ok(folders.has(first), `${first}/`);
});

test('every dependency has its reason in docs/dependencies.md', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'));
  const reasons = read('docs/dependencies.md');
  for (const name of Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }))
    assert.ok(reasons.includes(`\`${name}\``), name);
});

for (const run of ['quick', 'paper'])
  test(`README and results/README.md count the claims of the published run ${run} as its tables do`, () => {
    const rows = tracked
      .filter((file) => file.startsWith(`results/${run}/`) && /^[^/]+\/[^/]+\/[^/]+\/claims\.csv$/.test(file))
      .flatMap((name) => parse(read(name), { columns: true }) as Countable[]);
    const counts = countsOf(acrossClocks(rows));
    assert.ok(counts.paper.reproduced > 0);
    for (const file of ['README.md', 'results/README.md']) {
      const text = read(file).replaceAll(/\s+/g, ' ');
      for (const [about, of] of Object.entries(counts)) {
        // Of the long run README counts what the paper says alone.
        if (run === 'paper' && file === 'README.md' && about !== 'paper') continue;
        const deviate = of.deviates === 1 ? 'deviates' : 'deviate';
        const words = `${of.reproduced} reproduced, ${of.refined} refined, ${of.deviates} that ${deviate}, ${of['not run']} not run`;
        assert.ok(text.includes(words), `${file}, ${about}: ${words}`);
      }
    }
  });

test('commands in documents exist: make’s targets, subcommands, experiments and their parameters', async () => {
  const targets = [...read('Makefile').matchAll(/^([a-z-]+):/gm)].map(([, name]) => name);
  const commands = readdirSync(join(root, 'runner/commands'));
  let runs = 0;
  for (const document of documents) {
    for (const [, line = ''] of read(document).matchAll(
      /^(?: {4}|\| `)((?:sudo )?(?:make|bin\/handoff-lab) [^\n`]+)/gm,
    )) {
      const [program, name = '', ...words] = line
        .replace(/^sudo /, '')
        .split(/\s*#/)[0]!
        .trim()
        .split(/\s+/);
      if (program === 'make') assert.ok(targets.includes(name), `${document}: ${line}`);
      else assert.ok(commands.includes(`${name}.ts`), `${document}: ${line}`);
      if (program === 'make' || name !== 'run') continue;
      const flag = words.findIndex((word) => word.startsWith('-'));
      const ids = words.slice(0, flag === -1 ? undefined : flag);
      const set = words.filter((_, place) => words[place - 1] === '--set');
      // A file of one's own is the reader's, but for the example.
      if (ids.some((id) => id.startsWith('./'))) continue;
      settingsOf(await chooseExperiments(ids), set);
      runs += 1;
    }
  }
  assert.ok(runs >= 20, `${runs} run commands found`);
});

/** As GitHub makes them from headings. */
function anchorsOf(document: string): readonly string[] {
  const headings = [...read(document).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-'),
  );
}
