import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { access, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { publishRun } from '../../runner/publish/publish.ts';
import { UsageError } from '../../runner/usage-error.ts';
import { changedSincePublished } from '../../runner/verify/checksums.ts';
import type { Measure } from '../../runner/verify/measure.ts';
import { drawnFrom } from '../../runner/verify/plan.ts';
import { cellWords, measurementsOf } from '../../runner/verify/run-words.ts';
import { type CheckedCell, type VerifyOptions, verifyRun } from '../../runner/verify/verify.ts';
import { cellText, summaryText } from '../../runner/verify/wording.ts';
import { workTree } from '../../runner/verify/work-tree.ts';
import { finishedRun, manifest } from '../support/finished-run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A lab that measures what `finishedRun` makes of these. */
function measuring(
  changes: object = {},
  other: { laterMs?: number; capture?: string } = {},
  calls: string[][] = [],
): Measure {
  return async (_tree, words) => {
    calls.push([...words]);
    await finishedRun(words[words.indexOf('--out') + 1]!, changes, other);
  };
}

async function published(change: object = {}) {
  const folder = await temporaryFolder();
  const [run, shelf] = [join(folder.path, 'run'), join(folder.path, 'shelf')];
  const cells = await finishedRun(run, change);
  const { folder: dir } = await publishRun({ run, shelf, name: 'smoke', captures: [], limitMb: 40 });
  const verify = async (options: Partial<VerifyOptions>) => {
    const seen: CheckedCell[] = [];
    const common = {
      dir,
      sample: 3,
      seed: 1,
      with: 'HEAD',
      jobs: 2,
      signal: new AbortController().signal,
    } as const;
    const found = await verifyRun({ ...common, log: () => undefined, ...options }, (cell) => seen.push(cell));
    return { ...found, seen, text: [...seen.map(cellText), ...summaryText(found)].join('\n') };
  };
  return { dir, cells, verify, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

test('cells that come out the same are told so, one call each, by the seed’s choice', async () => {
  await using run = await published();
  const calls: string[][] = [];
  const found = await run.verify({ measure: measuring({}, {}, calls) });
  assert.equal(found.seen.length, 3);
  for (const cell of found.seen) assert.match(cellText(cell), /same octets, same values, same verdicts$/);
  assert.match(found.text, /3 cells measured again: 3 same octets, 3 same values, 3 same verdicts/);
  assert.doesNotMatch(found.text, /OTHER|differ|not recorded/);
  for (const words of calls) {
    assert.deepEqual(
      words.slice(0, 11),
      'run fig12 --profile smoke --seed 1 --clock virtual --capture headers --repetitions'.split(' '),
    );
    const asked = words.filter((_, place) => ['--set', '--variant'].includes(words[place - 1] ?? ''));
    assert.ok(run.cells.includes(asked.join(',')), asked.join(','));
  }
  const again = await run.verify({ measure: measuring() });
  assert.deepEqual(again.seen.map(({ cell }) => cell).sort(), found.seen.map(({ cell }) => cell).sort());
});

test('all cells of an experiment are measured by one call', async () => {
  await using run = await published();
  const calls: string[][] = [];
  const found = await run.verify({ sample: 'all', measure: measuring({}, {}, calls) });
  assert.equal(calls.length, 1);
  assert.ok(!calls[0]!.includes('--set'));
  assert.deepEqual(found.seen.map(({ cell }) => cell).sort(), run.cells);
});

test('other values: how many, by how much, which verdicts turn, and which determinant differs', async () => {
  await using run = await published();
  const packages = { ...manifest.userland.packages, tcpdump: '4.99.9-1' };
  const changes = {
    kernel: { version: '6.1.2', key: 'k2', configHash: 'c' },
    userland: { key: 'v', packages },
  };
  const found = await run.verify({ measure: measuring(changes, { laterMs: 50, capture: 'another' }) });
  for (const cell of found.seen) {
    assert.equal(cell.findings.octets.kind, 'differs');
    assert.match(
      cellText(cell),
      /OTHER octets \(router\.pcap\), OTHER values \(1 of 1, handoff-gap of repetition 0: \d+ then, \d+ now\)/,
    );
  }
  assert.match(found.text, /OTHER verdicts \(.*fig12-drain-cells reproduced → deviates/);
  assert.match(
    found.text,
    /comes from, or in spite of:\n {2}kernel: 6\.1\.1 k then, 6\.1\.2 k2 now\n {2}tcpdump: 4\.99\.3-1 then, 4\.99\.9-1 now/,
  );
  assert.doesNotMatch(found.text, /libc|iproute2|OpenSSL/);
});

test('a difference that no recorded determinant explains is told as one', async () => {
  await using run = await published();
  const { text, seen } = await run.verify({ measure: measuring({}, { capture: 'another' }) });
  assert.match(text, /no recorded determinant differs/);
  for (const { findings } of seen)
    assert.deepEqual([findings.octets.kind, findings.values.kind], ['differs', 'same']);
});

test('what an older manifest does not tell is named as unknown, not taken for the same', async () => {
  const none = { userland: undefined, openssl: undefined, flags: undefined, host: {} };
  await using run = await published(none);
  const { text } = await run.verify({ measure: measuring() });
  assert.match(
    text,
    /not recorded then, or not now: kernel compiler, flags, OpenSSL, libc, iproute2, tcpdump, nftables, other lab programs, processor features/,
  );
});

test('verdicts that were published otherwise than these sources judge the published samples are told', async () => {
  await using run = await published();
  const file = join(run.dir, 'fig12', 'claims.csv');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/(fig12-drain-cells,.*),reproduced,/, '$1,deviates,'));
  const found = await run.verify({ measure: measuring() });
  assert.match(
    found.text,
    /the published samples, judged by these sources: fig12-drain-cells deviates → reproduced/,
  );
  assert.deepEqual(changedSincePublished(run.dir), ['fig12/claims.csv']);
});

test('a file that was added to a published run, and a link in place of one, are told', async () => {
  await using run = await published();
  assert.deepEqual(changedSincePublished(run.dir), []);
  await writeFile(join(run.dir, 'fig12', 'more.csv'), '');
  await symlink('/etc/passwd', join(run.dir, 'elsewhere'));
  const claims = join(run.dir, 'fig12', 'claims.csv');
  await rename(claims, `${run.dir}.claims`);
  await symlink(`${run.dir}.claims`, claims);
  assert.deepEqual(changedSincePublished(run.dir), [
    'fig12/claims.csv',
    'elsewhere (added)',
    'fig12/more.csv (added)',
  ]);
});

test('what no lab can measure is told, and the others are checked', async () => {
  await using run = await published();
  let calls = 0;
  const once: Measure = async (tree, words, signal) => {
    if (calls++ > 0) throw new Error('no room');
    await measuring()(tree, words, signal);
  };
  const { cells, failures } = await run.verify({ measure: once, jobs: 1 });
  assert.equal(cells.length, 1);
  assert.equal(failures.length, 1);
  assert.match(failures[0]!, /^fig12 csMs=.*: no room$/);
});

test('a run of no one commit, or one that this checkout does not know, is refused before anything is measured', async () => {
  await using run = await published();
  const never: Measure = async () => assert.fail('measured');
  await assert.rejects(
    run.verify({ with: 'commit', measure: never }),
    (error) =>
      error instanceof UsageError && /is no commit of this checkout; .*--with HEAD/.test(error.message),
  );
  const plan = {
    name: 'fig12',
    folder: '',
    manifest: { ...manifest, cells: [], otherImplementations: {} },
    chosen: [],
  };
  assert.throws(() => measurementsOf(plan), /'fig12' was measured with other implementations/);
});

test('under a clock by which computing takes time, octets and values are not compared', async () => {
  await using run = await published({ clock: 'wall' });
  const { text } = await run.verify({
    measure: measuring({ clock: 'wall' }, { laterMs: 0.1, capture: 'x' }),
  });
  assert.match(text, /octets unknown \(not comparable under the wall clock\)/);
});

test('a cell’s name says what is to be set', () => {
  assert.deepEqual(cellWords('csMs=40,ssMs=20,drain+advance-rr'), [
    '--set',
    'csMs=40',
    '--set',
    'ssMs=20',
    '--variant',
    'drain+advance-rr',
  ]);
  assert.deepEqual(cellWords('default'), []);
  assert.deepEqual(cellWords('drain'), ['--variant', 'drain']);
});

test('a sample has each item once, as many as asked or all there are, and another seed draws another', () => {
  const items = Array.from({ length: 50 }, (_, index) => index);
  assert.deepEqual(
    [...drawnFrom(items, 60, 1)].sort((a, b) => a - b),
    items,
  );
  const draws = [1, 2, 3].map((seed) => drawnFrom(items, 10, seed));
  for (const draw of draws) assert.equal(new Set(draw).size, 10);
  assert.notDeepEqual(draws[0], draws[1]);
  assert.deepEqual(drawnFrom(items, 10, 1), draws[0]);
  const hit = new Set(Array.from({ length: 60 }, (_, seed) => drawnFrom(items, 10, seed)).flat());
  assert.equal(hit.size, 50, 'every item is drawn by some seed');
});

test('the sources of a commit stand in a work tree that runs, and leave nothing', async () => {
  const git = (...words: string[]) =>
    execFileSync('git', words, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
  const head = git('rev-parse', 'HEAD');
  const options = { log: () => undefined, signal: new AbortController().signal };
  let folder: string;
  {
    await using tree = await workTree(head, options);
    folder = tree.folder;
    assert.equal(git('-C', folder, 'rev-parse', 'HEAD'), head);
    assert.equal(git('-C', folder, 'status', '--porcelain'), '', 'a run there is one of a clean commit');
    const listed = JSON.parse(
      execFileSync(join(folder, 'bin/handoff-lab'), ['list', '--json'], { encoding: 'utf8' }),
    );
    assert.ok(JSON.stringify(listed).includes('fig12'));
  }
  await assert.rejects(access(folder));
  assert.ok(!git('worktree', 'list').includes(folder));
});
