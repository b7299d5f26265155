import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { access, cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { ROCrate } from 'ro-crate';
import { readStored } from '../../analysis/stored-file.ts';
import { publishRun } from '../../runner/publish/publish.ts';
import { UsageError } from '../../runner/usage-error.ts';
import { commit, finishedRun, manifest } from '../support/finished-run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const options = { captures: [], limitMb: 40 };

test('a published run holds tables, figures, an example capture, the digests of all, and checksums that hold', async () => {
  await using folder = await temporaryFolder();
  const [run, shelf] = [join(folder.path, 'run'), join(folder.path, 'shelf')];
  const cells = await finishedRun(run);
  const { folder: at, leftOut } = await publishRun({ ...options, run, shelf, name: 'smoke' });
  assert.equal(at, join(shelf, 'smoke'));
  assert.deepEqual(leftOut, []);
  execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: at });
  const listed = (await readFile(join(at, 'SHA256SUMS'), 'utf8')).trim().split('\n').length;
  const files = (await readdir(at, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  assert.equal(listed, files.length - 1, 'every file but the list itself is in it');
  assert.deepEqual(
    await readdir(join(at, 'fig12', 'cells')),
    [cells[0]],
    'the cell with the smallest capture',
  );
  assert.equal(readStored(join(at, 'fig12', 'cells', cells[0]!, 'router.pcap')).toString(), 'capture ');
  const digests = parse(await readFile(join(at, 'fig12', 'cells.csv'), 'utf8'), { columns: true }) as Record<
    string,
    string
  >[];
  assert.deepEqual(digests.map(({ cell }) => cell).sort(), cells);
  assert.ok(digests.every((row) => /^[0-9a-f]{64}$/.test(row['router.pcap'] ?? '')));
  for (const name of ['report.html', 'CITATION.cff', 'codemeta.json', 'LICENSE', 'fig12/plots/fig12a.svg'])
    await access(join(at, name));
  const index = await readFile(join(shelf, 'index.html'), 'utf8');
  for (const words of ['smoke/report.html', 'smoke/SHA256SUMS', commit, 'the paper’s statements'])
    assert.ok(index.includes(words), words);
  assert.ok(!/(src|href)="(https?:)?\/\//.test(index));
});

test('a run whose captures were compressed to save room is published with them', async () => {
  await using folder = await temporaryFolder();
  const [run, shelf] = [join(folder.path, 'run'), join(folder.path, 'shelf')];
  const cells = await finishedRun(run);
  for (const cell of cells) {
    const capture = join(run, 'fig12', 'cells', cell, 'router.pcap');
    await writeFile(`${capture}.zst`, zstdCompressSync(await readFile(capture)));
    await rm(capture);
  }
  const { folder: at } = await publishRun({ ...options, run, shelf, name: 'small', captures: ['fig12'] });
  for (const cell of cells)
    assert.match(readStored(join(at, 'fig12', 'cells', cell, 'router.pcap')).toString(), /^capture /);
});

test('the RO-Crate metadata is read by the library of its makers', async () => {
  await using folder = await temporaryFolder();
  const [run, shelf] = [join(folder.path, 'run'), join(folder.path, 'shelf')];
  await finishedRun(run);
  const { folder: at } = await publishRun({ ...options, run, shelf, name: 'smoke' });
  const crate = new ROCrate(JSON.parse(await readFile(join(at, 'ro-crate-metadata.json'), 'utf8')), {
    link: true,
  });
  const root = crate.rootDataset;
  assert.equal(root.name, 'handoff-lab: smoke');
  assert.equal(root.datePublished, '2026-01-02');
  assert.equal(root.mentions.instrument.version, commit);
  const parts = root.hasPart as readonly { '@id': string; '@type': string; sha256: string }[];
  const sums = await readFile(join(at, 'SHA256SUMS'), 'utf8');
  for (const part of parts) {
    assert.equal(part['@type'], 'File');
    assert.ok(sums.includes(`${part.sha256}  ${decodeURIComponent(part['@id'])}\n`), part['@id']);
  }
  const parameters = root.mentions.object as readonly { name: string; value: string }[];
  assert.equal(parameters.find(({ name }) => name === 'tcpdump')?.value, '4.99.3-1');
});

test('names that are another place, or something else’s, are refused and nothing is touched', async () => {
  await using folder = await temporaryFolder();
  const [run, shelf] = [join(folder.path, 'run'), join(folder.path, 'shelf')];
  await finishedRun(run);
  await publishRun({ ...options, run, shelf, name: 'paper' });
  await writeFile(join(shelf, 'readme'), 'by hand');
  await mkdir(join(shelf, 'notes'));
  await writeFile(join(shelf, 'notes', 'mine'), 'mine');
  await symlink(run, join(shelf, 'link'));
  const before = await treeOf(folder.path);
  const cases: [string, string, RegExp][] = [
    [run, '', /NAME: '' is empty/],
    [run, '../x', /NAME: '\.\.\/x' is no name/],
    [run, '..', /NAME: '\.\.' is no name/],
    [run, '.', /is no name/],
    [run, 'a/b', /is no name/],
    [run, '/tmp/x', /is no name/],
    [run, '-r', /is no name/],
    [run, 'x\n', /is no name/],
    [run, 'readme', /NAME: 'readme' is something else already/],
    [run, 'notes', /NAME: 'notes' is something else already/],
    [run, 'link', /NAME: 'link' is something else already/],
    [join(shelf, 'paper'), 'paper', /RUN: '.*' is, or holds, a published run/],
    [join(shelf, 'paper'), 'other', /RUN: '.*' is, or holds, a published run/],
    [join(shelf, 'link', '..', 'shelf', 'paper'), 'paper', /is, or holds, a published run/],
    [folder.path, 'paper', /is, or holds, a published run/],
    [join(folder.path, 'none'), 'none', /is no folder/],
  ];
  for (const [from, name, message] of cases)
    await assert.rejects(
      publishRun({ ...options, run: from, shelf, name }),
      (error) => error instanceof UsageError && message.test(error.message),
      `${from} ${JSON.stringify(name)}`,
    );
  assert.deepEqual(await treeOf(folder.path), before);
});

test('a run that is not whole, or not of one clean commit, is refused and what is published stays', async () => {
  const changes: [object, RegExp][] = [
    [{ dirty: true }, /was measured with changes to 0123/],
    [{ dirty: 'unknown' }, /does not say at which commit/],
    [{ commit: 'unknown' }, /does not say at which commit/],
    [{ shard: '1/2' }, /is shard 1\/2 of a run; merge its shards first/],
    [{ cells: [{ cell: 'absent', repetitions: 1, seed: 1, fingerprint: 'f' }] }, /lacks 1 cells \(absent/],
  ];
  for (const [change, message] of changes) {
    await using folder = await temporaryFolder();
    const [run, shelf] = [join(folder.path, 'run'), join(folder.path, 'shelf')];
    await finishedRun(run);
    await publishRun({ ...options, run, shelf, name: 'paper' });
    const before = await treeOf(shelf);
    await finishedRun(run, change);
    await assert.rejects(publishRun({ ...options, run, shelf, name: 'paper' }), message);
    assert.deepEqual(await treeOf(shelf), before);
  }
});

test('damage that shows only when it is copied leaves what is published as it was', async () => {
  await using folder = await temporaryFolder();
  const [run, shelf] = [join(folder.path, 'run'), join(folder.path, 'shelf')];
  const [first = ''] = await finishedRun(run);
  const publish = () => publishRun({ ...options, run, shelf, name: 'paper' });
  await publish();
  const before = await treeOf(shelf);
  const damages: [() => Promise<unknown>, RegExp][] = [
    [
      () => writeFile(join(run, 'fig12', 'cells', first, 'tls_keys'), 'other'),
      /tls_keys' was changed after the run/,
    ],
    [() => rm(join(run, 'report.html')), /holds no report\.html, so it was not finished/],
    [() => writeFile(join(run, 'fig12', 'samples.csv'), 'a,b'), /holds a damaged file/],
    [
      () =>
        cp(join(run, 'fig12'), join(run, 'fig13'), { recursive: true }).then(() =>
          rm(join(run, 'fig13', 'manifest.json')),
        ),
      /fig13' has cells and no manifest\.json/,
    ],
    [
      () =>
        cp(join(run, 'fig12'), join(run, 'fig13'), { recursive: true }).then(() =>
          changeManifest(join(run, 'fig13'), { commit: 'f'.repeat(40) }),
        ),
      /fig13' has another commit than fig12/,
    ],
  ];
  for (const [damage, message] of damages) {
    await rm(run, { recursive: true });
    await finishedRun(run);
    await damage();
    await assert.rejects(publish(), message);
    assert.deepEqual(await treeOf(shelf), before);
  }
  await rm(run, { recursive: true });
  await finishedRun(run);
  await assert.rejects(
    publishRun({ ...options, run, shelf, name: 'paper', captures: ['fig99'] }),
    /--captures: 'fig99' is not in this run/,
  );
});

test('a publication that was cut off between its two renames is put right by the next', async () => {
  await using folder = await temporaryFolder();
  const [run, shelf] = [join(folder.path, 'run'), join(folder.path, 'shelf')];
  await finishedRun(run);
  const publish = () => publishRun({ ...options, run, shelf, name: 'paper' });
  await publish();
  const before = await treeOf(shelf);
  // The first rename was made, the second not; then the next attempt fails in the middle.
  await rename(join(shelf, 'paper'), join(shelf, '.paper.former'));
  await cp(run, join(shelf, '.paper.draft'), { recursive: true });
  await assert.rejects(
    publishRun({ ...options, run, shelf, name: 'paper', limitMb: 0 }),
    /--limit: '0' MB are less/,
  );
  assert.deepEqual(await treeOf(shelf), before);
  await mkdir(join(shelf, '.paper.former'));
  await publish();
  assert.deepEqual(await treeOf(shelf), before);
});

test('examples that have no room are left out and told; what was asked for is refused instead', async () => {
  await using folder = await temporaryFolder();
  const [run, shelf] = [join(folder.path, 'run'), join(folder.path, 'shelf')];
  const cells = await finishedRun(run);
  // Below what the report is given.
  const small = { ...options, run, shelf, limitMb: 4 };
  const { leftOut } = await publishRun({ ...small, name: 'small' });
  assert.deepEqual(
    leftOut.map((line) => line.replace(/ \(.*/, '')),
    [`fig12/cells/${cells[0]}`],
  );
  await assert.rejects(access(join(shelf, 'small', 'fig12', 'cells')));
  await publishRun({ ...small, name: 'asked', captures: ['fig12'] });
  assert.deepEqual((await readdir(join(shelf, 'asked', 'fig12', 'cells'))).sort(), cells);
});

test('CITATION.cff, codemeta.json and package.json say the same of the software', async () => {
  const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');
  const meta = JSON.parse(await read('codemeta.json'));
  const { version, license, description } = JSON.parse(await read('package.json'));
  const citation = await read('CITATION.cff');
  assert.equal(meta.version, version);
  assert.equal(meta.description, description);
  assert.ok(meta.license.endsWith(`/${license}`));
  for (const line of [`version: ${version}`, `license: ${license}`, `date-released: ${meta.datePublished}`])
    assert.ok(citation.split('\n').includes(line), line);
  for (const { familyName } of meta.referencePublication.author)
    assert.ok(citation.includes(`family-names: ${familyName}`));
});

async function changeManifest(folder: string, changes: object): Promise<void> {
  const file = join(folder, 'manifest.json');
  await writeFile(
    file,
    JSON.stringify({ ...manifest, ...JSON.parse(await readFile(file, 'utf8')), ...changes }),
  );
}

/** Every file below the folder by its content. */
async function treeOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = files.sort().map(async (file) => [file, await readFile(file, 'latin1')] as const);
  return Object.fromEntries(await Promise.all(texts));
}
