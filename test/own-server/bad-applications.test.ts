import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadExperiment } from '../../runner/own-experiment/load-experiment.ts';
import { bundleApplication } from '../../runner/own-files/bundle-application.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What stands in a file, and what is said of it. */
const wrong: readonly (readonly [string, RegExp])[] = [
  [
    'export default {;',
    /cannot be loaded \(line 1, column 17: .*\); correct it: examples\/chat-server\.ts is one/,
  ],
  [
    "import './nowhere.ts';\nexport default () => ({});",
    /cannot be loaded \(line 1, column 8: Could not resolve "\.\/nowhere\.ts"\)/,
  ],
  ['export const server = 1;', /has no default export; end the file with: export default/],
  ['export default { onConnection() {} };', /has a default export that is no function \(object\)/],
  [
    "throw new RangeError('too early');\nexport default () => ({});",
    /cannot be loaded \(RangeError: too early\); correct it: what it does when it is imported/,
  ],
  [
    'await fetch("http://example.org");\nexport default () => ({});',
    /cannot be loaded \(line 1, column 1: Top-level await/,
  ],
  ['process.exit(0);\nexport default () => ({});', /ends the process that loads it; correct it/],
];

test('a file that makes no application is refused with what is wrong in it', async () => {
  await using folder = await temporaryFolder();
  for (const [index, [text, message]] of wrong.entries()) {
    const file = join(folder.path, `wrong-${index}.ts`);
    await writeFile(file, text);
    await assert.rejects(bundleApplication(file, 'serve'), (error: Error) => {
      assert.equal(error.name, 'UsageError', String(error.stack));
      assert.ok(error.message.startsWith(`serve: '${file}' `), error.message);
      assert.match(error.message, message);
      return true;
    });
  }
  const nowhere = join(folder.path, 'none.ts');
  await assert.rejects(
    bundleApplication(nowhere, 'serve'),
    /none\.ts' is no file; name a file with a server application/,
  );
});

test('what an application imports comes with it, this package by its name, and nothing of the place it stands in', async () => {
  await using one = await temporaryFolder();
  await using other = await temporaryFolder();
  const bundles = [];
  for (const { path } of [one, other]) {
    await writeFile(join(path, 'greeting.ts'), "export const greeting: string = 'good morning';\n");
    const text = `import type { ServerApplication } from 'handoff-lab/server';\nimport * as library from 'handoff-lab/server';\nimport { greeting } from './greeting.ts';\nexport default (): ServerApplication => ({ start: () => void library, onConnection: (socket) => void socket.end(greeting) });\n`;
    await writeFile(join(path, 'mine.ts'), text);
    bundles.push(await bundleApplication(join(path, 'mine.ts')));
  }
  assert.equal(bundles[0]!.name, 'mine.ts');
  assert.match(bundles[0]!.bundle, /good morning/);
  assert.deepEqual(bundles[0], bundles[1]);
});

test('a module that goes on with something is looked at all the same', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'busy.ts');
  await writeFile(file, 'setInterval(() => undefined, 1000);\nexport default () => ({});\n');
  assert.equal((await bundleApplication(file)).name, 'busy.ts');
});

test('serve refuses what it cannot do, with status 2 and before anything runs', async () => {
  await using folder = await temporaryFolder();
  const good = join(folder.path, 'good.ts');
  await writeFile(good, 'export default () => ({ start() {}, onConnection() {} });\n');
  await writeFile(join(folder.path, 'kept'), 'of somebody else');
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[join(folder.path, 'none.ts')], /serve: '.*none\.ts' is no file/],
    [
      [good, '--client', 'true', '--topology', 'pair'],
      /topology pair: addresses: 'client, server' say nothing of the member; name 2 at least in addresses: node1, node2/,
    ],
    [
      [good, '--client', 'true', '--handoff', 'soon'],
      /--handoff: 'soon' is no handoff; give ms and perhaps a member: 500, 500:node2/,
    ],
    [
      [good, '--client', 'true', '--handoff', '5:node7'],
      /serve: handoffs: 'node7' is no member; name one of node1, node2/,
    ],
    [[good, '--client', 'true', '--out', folder.path], /--out: '.*' holds something else; name a new folder/],
    [[good, '--client', ' '], /--client: ' ' is empty; give a command/],
    [[good, '--client', 'true', '--options', '{x'], /--options: '{x' is no JSON; write for example/],
    [[good, '--out', 'out/x'], /--out: 'out\/x' has no meaning at a prompt; give a --client as well/],
  ];
  for (const [words, message] of cases) {
    const { status, stderr } = await runCli(['serve', ...words]);
    assert.equal(status, 2, `${words.join(' ')}: ${stderr}`);
    assert.match(stderr, message);
  }
});

test('an experiment’s application is a path from its own file, and its fields are looked at', async () => {
  await using folder = await temporaryFolder();
  const file = async (fields: string): Promise<string> => {
    const path = join(folder.path, `mine-${fields.length}.ts`);
    const text = `import { serverExperiment } from 'handoff-lab/experiment';\nexport default serverExperiment({ id: 'mine', question: 'Why?', ${fields} } as never);\n`;
    await writeFile(path, text);
    return path;
  };
  await writeFile(
    join(folder.path, 'server.ts'),
    'export default () => ({ start() {}, onConnection() {} });\n',
  );
  const experiment = await loadExperiment(await file("application: './server.ts', client: 'true'"));
  assert.equal(typeof experiment.application === 'object' && experiment.application.name, 'server.ts');
  const cases: readonly (readonly [string, RegExp])[] = [
    ["application: './nowhere.ts', client: 'true'", /application: '.*nowhere\.ts' is no file/],
    [
      "application: './server.ts'",
      /client: 'undefined' is missing; give application: '\.\/my-server\.ts' and client/,
    ],
    ["client: 'true'", /application: 'undefined' is missing/],
    [
      "application: './server.ts', client: 'true', handofs: []",
      /'handofs' is wrong \('handofs' is no field here, did you mean 'handoffs'\?/,
    ],
    [
      "application: './server.ts', client: 'true', handoffs: [{ atMS: 3 }]",
      /handoffs\[0\].*'atMS' is no field here, did you mean 'atMs'\?/,
    ],
    [
      "application: './server.ts', client: 'true', procedure: 'download-handoff', variants: ['drain']",
      /procedure|has no meaning for download-handoff/,
    ],
  ];
  for (const [fields, message] of cases)
    await assert.rejects(loadExperiment(await file(fields)), message, fields);
});
