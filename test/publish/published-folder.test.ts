import assert from 'node:assert/strict';
import { chmod, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { readSamples } from '../../analysis/csv.ts';
import { diffResults } from '../../analysis/diff/diff.ts';
import { nameOfStored, readStored, storedPath } from '../../analysis/stored-file.ts';
import { publishRun } from '../../runner/publish/publish.ts';
import { finishedRun } from '../support/finished-run.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const quick = fileURLToPath(new URL('../../results/quick', import.meta.url));

test('a published, read-only folder is analysed and reported elsewhere, from its compressed captures', async () => {
  await using folder = await temporaryFolder();
  const [from, out] = [join(folder.path, 'published'), join(folder.path, 'again')];
  await cp(join(quick, 'fig11'), join(from, 'fig11'), { recursive: true });
  const before = await modified(from);
  await setModes(from, 0o555, 0o444);
  try {
    const analyzed = await runCli(['analyze', from, '--out', out]);
    assert.equal(analyzed.status, 0, analyzed.stderr);
    const samples = await readSamples(join(out, 'fig11'));
    const gaps = samples.filter(({ measure }) => measure === 'handoff-gap');
    assert.equal(gaps.length, 10);
    assert.ok(gaps.every(({ outcome, value }) => outcome === 'succeeded' && value! > 100));
    assert.deepEqual(
      (await readdir(join(out, 'fig11', 'plots'))).filter((name) => name.endsWith('.svg')),
      ['fig11a.svg', 'fig11b.svg'],
    );
    const page = join(folder.path, 'page.html');
    const reported = await runCli(['report', out, '--out', page]);
    assert.equal(reported.status, 0, reported.stderr);
    assert.match(await readFile(page, 'utf8'), /fig11/);
    const used = await runCli(['analyze', from, '--out', out]);
    assert.equal(used.status, 2);
    assert.match(used.stderr, /--out: '.*again' is not empty; name a new folder/);
  } finally {
    await setModes(from, 0o755, 0o644);
  }
  assert.deepEqual(await modified(from), before, 'nothing was written there');
});

test('what a published run has not kept is analysed from its samples, and its own folder is no place for it', async () => {
  await using folder = await temporaryFolder();
  const [run, shelf, out] = ['run', 'shelf', 'again'].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ];
  await finishedRun(run);
  const { folder: dir } = await publishRun({ run, shelf, name: 'smoke', captures: [], limitMb: 0.01 + 4 });
  // The captures are text here: without the one that is kept all is read from samples.csv.
  await cp(dir, join(shelf, 'bare'), { recursive: true, filter: (path) => !path.includes('/cells/') });
  const inPlace = await runCli(['analyze', join(shelf, 'bare')]);
  assert.equal(inPlace.status, 2);
  assert.match(inPlace.stderr, /a published run is analysed into a folder of its own: --out/);
  const analyzed = await runCli(['analyze', join(shelf, 'bare'), '--out', out]);
  assert.equal(analyzed.status, 0, analyzed.stderr);
  assert.deepEqual(await readSamples(join(out, 'fig12')), await readSamples(join(run, 'fig12')));
});

test('diff knows a published run for the run it was made of, and a cell that is another by its digest', async () => {
  await using folder = await temporaryFolder();
  const [run, shelf] = [join(folder.path, 'run'), join(folder.path, 'shelf')];
  const cells = await finishedRun(run);
  const { folder: dir } = await publishRun({ run, shelf, name: 'smoke', captures: [], limitMb: 40 });
  assert.deepEqual(diffResults(run, dir), []);
  const bare = await publishRun({ run, shelf, name: 'bare', captures: [], limitMb: 4 });
  const other = join(folder.path, 'other');
  await finishedRun(other, {}, { capture: 'another' });
  const lines = diffResults(other, bare.folder);
  assert.equal(
    lines.filter((line) => /^fig12: cell .* differs by its digests: router\.pcap$/.test(line)).length,
    cells.length,
  );
});

test('a file is read by its name whether it is plain, .gz or .zst; a damaged one is named', async () => {
  await using folder = await temporaryFolder();
  const path = (name: string) => join(folder.path, name);
  const [cell = ''] = await readdir(join(quick, 'fig11', 'cells'));
  const octets = readStored(join(quick, 'fig11', 'cells', cell, 'router.pcap'));
  await writeFile(path('one.gz'), gzipSync(octets));
  await writeFile(path('two.zst'), zstdCompressSync(octets));
  await writeFile(path('three'), octets);
  for (const name of ['one', 'two', 'three']) assert.ok(readStored(path(name)).equals(octets), name);
  assert.deepEqual(diffResults(path('one.gz'), path('three')), []);
  assert.deepEqual(diffResults(path('one.gz'), path('two.zst')), []);
  assert.deepEqual(['a.csv', 'a.csv.gz', 'a.csv.zst'].map(nameOfStored), ['a.csv', 'a.csv', 'a.csv']);
  assert.equal(storedPath(path('none')), undefined);
  for (const name of ['cut.gz', 'cut.zst']) {
    const whole = await readFile(path(name === 'cut.gz' ? 'one.gz' : 'two.zst'));
    await writeFile(path(name), whole.subarray(0, 1000));
    assert.throws(() => readStored(path('cut')), /cut\.(gz|zst).* is no whole \.(gz|zst) file/);
  }
});

async function modified(folder: string): Promise<Readonly<Record<string, number>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, (await stat(path)).mtimeMs] as const)),
  );
}

async function setModes(folder: string, folders: number, files: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries)
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? folders : files);
  await chmod(folder, folders);
}
