import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { endWithTest } from '../support/end-with-test.ts';
import { runCli } from '../support/run-cli.ts';

const folder = await mkdtemp(join(tmpdir(), 'handoff-lab-test-'));
const file = join(folder, 'file');
await writeFile(file, 'no capture');
after(() => rm(folder, { recursive: true, force: true }));

test('what cannot be run or read ends with status 2 and names field, value and remedy', async () => {
  const none = join(folder, 'none');
  const cases: [string[], RegExp][] = [
    [['run', 'fig12', '--jobs', '0'], /--jobs: '0' is out of bounds; give a whole number from 1 on/],
    [
      ['run', 'fig12', '--repetitions', '0'],
      /--repetitions: '0' is out of bounds; give a whole number from 1 to 10,000/,
    ],
    [['run', 'fig12', '--seed', '-1'], /--seed: '-1' is out of bounds; give a whole number from 0 on/],
    [
      ['run', 'fig12', '--set', 'firstBytes=2000000'],
      /firstBytes: '2000000' leaves nothing for the acceptor/,
    ],
    [['run', 'fig12', '--out', file], /--out: '.*file' is a file; name a folder/],
    [['merge', none], /required option '--out <dir>'/],
    [['merge', none, '--out', join(folder, 'm')], /merge: '.*none' is no folder; name the --out folder/],
    [['analyze', none], /analyze: '.*none' is no folder/],
    [['analyze', folder], /analyze: '.*' holds no finished results/],
    [['diff', none, none], /diff: '.*none' .* is not there; name two folders or captures/],
  ];
  await Promise.all(
    [0, 1].map(async (half) => {
      for (const [words, message] of cases.filter((_, place) => place % 2 === half)) {
        const { status, stderr } = await runCli(words);
        assert.equal(status, 2, `${words.join(' ')}: ${stderr}`);
        assert.match(stderr, message);
      }
    }),
  );
});

test('a missing or damaged file of results is named, with what makes it anew', async () => {
  const run = join(folder, 'run');
  await cp(fileURLToPath(new URL('../../results/quick/fig11', import.meta.url)), join(run, 'fig11'), {
    recursive: true,
  });
  const damages: [string, string | undefined, RegExp][] = [
    ['samples.csv', 'a,b', /samples\.csv, record 1: expected the columns/],
    ['claims.csv', undefined, /fig11\/claims\.csv: is missing/],
    ['manifest.json', '{', /fig11\/manifest\.json: /],
  ];
  for (const [name, text, problem] of damages) {
    if (text === undefined) await rm(join(run, 'fig11', name));
    else await writeFile(join(run, 'fig11', name), text);
    const { status, stderr } = await runCli(['report', run]);
    assert.equal(status, 2, stderr);
    assert.match(stderr, problem);
    assert.match(stderr, /holds a damaged file: .*; make it anew: bin\/handoff-lab analyze .*run/);
    await cp(
      fileURLToPath(new URL(`../../results/quick/fig11/${name}`, import.meta.url)),
      join(run, 'fig11', name),
    );
  }
  assert.equal((await runCli(['report', run])).status, 0);
});

test('a reader that has gone, as with | head, is no error', async () => {
  const program = fileURLToPath(new URL('../../bin/handoff-lab', import.meta.url));
  const child = endWithTest(spawn(program, ['topology', 'list']));
  child.stdout.destroy();
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint += text.toString();
  });
  const [status] = (await once(child, 'close')) as [number | null];
  assert.deepEqual([status, complaint], [0, '']);
});

test('diff ends with status 0 for the same and 1 for something else', async () => {
  const same = await runCli(['diff', file, file]);
  assert.deepEqual([same.status, same.stdout], [0, 'the same\n']);
  const runs = [join(folder, 'a.pcap'), join(folder, 'b.pcap')];
  const header = 'd4c3b2a1020004000000000000000000140100001401000';
  for (const [index, path] of runs.entries())
    await writeFile(path, Buffer.from(`${header.slice(0, 40)}${index === 0 ? '01' : '65'}000000`, 'hex'));
  const other = await runCli(['diff', ...runs]);
  assert.equal(other.status, 1, other.stderr);
  assert.match(other.stdout, /differ from octet 20 on, in no packet's content/);
});
