import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunEvent } from '../../runner/progress/events.ts';
import { mergeRuns } from '../../runner/results/merge.ts';
import { UsageError } from '../../runner/usage-error.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = {
  experiment: 'fig12',
  ...{ profile: 'smoke', settings: { csMs: [40] }, variants: ['drain'], clock: 'virtual', seed: 1 },
  capture: 'headers',
  cells: [
    { cell: 'a', repetitions: 1, seed: 11, fingerprint: 'fa' },
    { cell: 'b', repetitions: 1, seed: 12, fingerprint: 'fb' },
  ],
  ...{ commit: 'c1', dirty: false, kernel: { key: 'k1' }, node: 'v24.21.0', programs: 'p1', analysis: 'x1' },
};

test('shards of different runs are refused, by the name of what differs', async () => {
  const others = {
    ...{ commit: 'c2', dirty: true, kernel: { key: 'k2' }, node: 'v22.0.0', programs: 'p2', analysis: 'x2' },
    ...{ seed: 2, clock: 'wall', profile: 'quick', capture: 'full', settings: { csMs: [50] } },
    ...{ variants: ['baseline'], cells: [run.cells[0], { ...run.cells[1], repetitions: 2 }] },
  };
  for (const [name, value] of Object.entries(others)) {
    await using folder = await shards({ ...run, [name]: value });
    await assert.rejects(
      mergeRuns(folder.dirs, folder.out, ignore),
      (error) =>
        error instanceof UsageError && error.message.includes(`has another ${name} than ${folder.dirs[0]}`),
      name,
    );
    assert.deepEqual((await readdir(folder.path)).sort(), ['one', 'two']);
  }
});

test('what decides about the cells is named before their fingerprints', async () => {
  const cells = run.cells.map((cell) => ({ ...cell, fingerprint: `${cell.fingerprint} of another kernel` }));
  await using folder = await shards({ ...run, cells, kernel: { key: 'k2' } });
  await assert.rejects(
    mergeRuns(folder.dirs, folder.out, ignore),
    /has another kernel than .*: \{"key":"k2"\}/,
  );
});

test('what differs has the name that people know: the library, the program, the processor’s features', async () => {
  const userland = (packages: object) => ({ userland: { key: JSON.stringify(packages), packages } });
  const packages = {
    libc6: '2.36-9',
    iproute2: '6.1.0-3',
    tcpdump: '4.99.3-1',
    nftables: '1.0.6-2',
    nsd: '4.6.1-1',
  };
  const openssl = { openssl: '3.5.1' };
  const programs = { programs: { runtime: 'r1', programs: { member: 'm1', 'home-agent': 'h1' } } };
  const same = { ...run, ...userland(packages), ...openssl, ...programs };
  const others: readonly (readonly [object, RegExp])[] = [
    [userland({ ...packages, libc6: '2.41-1' }), /has another libc than .*one.*: 2\.41-1 instead of 2\.36-9/],
    [userland({ ...packages, iproute2: '6.15' }), /has another iproute2 than .*: 6\.15 instead of 6\.1\.0-3/],
    [userland({ ...packages, tcpdump: '5' }), /has another tcpdump than .*: 5 instead of/],
    [userland({ ...packages, nftables: '2' }), /has another nftables than .*: 2 instead of/],
    [
      userland({ ...packages, nsd: '5' }),
      /has another other lab programs than .*: nsd 5 instead of nsd 4\.6\.1-1/,
    ],
    [{ openssl: '3.6.0' }, /has another openssl than .*: "3\.6\.0" instead of "3\.5\.1"/],
    [
      { programs: { runtime: 'r1', programs: { member: 'm2', 'home-agent': 'h1' } } },
      /has another programs than .*: member m2 instead of member m1/,
    ],
    [
      { programs: { runtime: 'r2', programs: programs.programs.programs } },
      /another runtime than .*: r2 instead of r1/,
    ],
  ];
  for (const [other, message] of others) {
    await using folder = await shards({ ...same, ...other }, same);
    await assert.rejects(mergeRuns(folder.dirs, folder.out, ignore), { message });
  }
});

test('features of processors decide where computing takes time, and are told where it takes none', async () => {
  const host = (...processorFeatures: readonly string[]) => ({ host: { processorFeatures } });
  const cells = run.cells.map((cell) => ({
    ...cell,
    fingerprint: `${cell.fingerprint} of another processor`,
  }));
  const elastic = { ...run, clock: 'elastic' };
  await using folder = await shards(
    { ...elastic, cells, ...host('avx', 'sse') },
    { ...elastic, ...host('sse') },
  );
  await assert.rejects(mergeRuns(folder.dirs, folder.out, ignore), {
    message: /has another processor features than .*one.*: avx instead of none/,
  });
  await using virtual = await shards({ ...run, ...host('avx', 'sse') }, { ...run, ...host('sse') });
  const told: RunEvent[] = [];
  // It gets as far as to the cells, which are no real ones here.
  await assert.rejects(
    mergeRuns(virtual.dirs, virtual.out, (event) => told.push(event)),
    (error) => !/has another/.test(String(error)),
  );
  assert.match(JSON.stringify(told), /processor features: not the same on all machines/);
});

test('which cells a shard holds is what its manifest says; an older one says it by count alone', async () => {
  await using folder = await shards({ ...run, shardCells: ['b'] }, { ...run, shardCells: ['a'] });
  await assert.rejects(
    mergeRuns(folder.dirs, folder.out, ignore),
    (error) => !/lacks \d of/.test(String(error)),
  );
  await using other = await shards({ ...run, shardCells: ['b'] }, { ...run, shardCells: [] });
  await assert.rejects(mergeRuns(other.dirs, other.out, ignore), /'fig12' lacks 1 of 2 cells \(a, …\)/);
});

test('a missing shard, two versions of a cell and a folder in use are refused', async () => {
  await using folder = await shards(run);
  const [one = '', two = ''] = folder.dirs;
  await assert.rejects(mergeRuns([one], folder.out, ignore), /'fig12' lacks 1 of 2 cells \(b, …\)/);
  const copy = join(folder.path, 'copy');
  await writeShard(copy, { ...run, shard: '1/2' }, 'a', 'other');
  await assert.rejects(
    mergeRuns([one, copy, two], folder.out, ignore),
    /events.jsonl' differs from .*; see the difference with: handoff-lab diff/,
  );
  await assert.rejects(mergeRuns(folder.dirs, one, ignore), /--out: '.*one' is not empty; name a new folder/);
  await assert.rejects(
    mergeRuns([join(folder.path, 'nothing')], folder.out, ignore),
    /is no folder; name the --out folder of a run/,
  );
});

test('a shard whose checkout is unknown is no shard of another run', async () => {
  for (const mine of [
    { commit: 'unknown', dirty: 'unknown' },
    { commit: 'c1', dirty: 'unknown' },
  ]) {
    await using folder = await shards({ ...run, ...mine });
    // It gets as far as to the cells, which are no real ones here.
    await assert.rejects(
      mergeRuns(folder.dirs, folder.out, ignore),
      (error) => !/has another/.test(String(error)),
    );
  }
  await using folder = await shards({ ...run, commit: 'c3', dirty: 'unknown' });
  await assert.rejects(mergeRuns(folder.dirs, folder.out, ignore), /has another commit than/);
});

function ignore(): void {}

async function shards(
  other: object,
  first: object = run,
): Promise<
  { readonly path: string; readonly dirs: readonly string[]; readonly out: string } & AsyncDisposable
> {
  const folder = await temporaryFolder();
  const dirs = [join(folder.path, 'one'), join(folder.path, 'two')];
  await writeShard(dirs[0]!, { host: 'h1', ...first, shard: '1/2' }, 'a', 'event');
  await writeShard(dirs[1]!, { host: 'h2', ...other, shard: '2/2' }, 'b', 'event');
  return {
    ...{ path: folder.path, dirs, out: join(folder.path, 'out') },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function writeShard(dir: string, manifest: object, cell: string, event: string): Promise<void> {
  const path = join(dir, 'fig12', 'cells', cell);
  await mkdir(path, { recursive: true });
  await writeFile(join(dir, 'fig12', 'manifest.json'), JSON.stringify(manifest));
  await writeFile(join(path, 'cell.json'), JSON.stringify({ fingerprint: `f${cell}`, files: {} }));
  await writeFile(join(path, 'events.jsonl'), event);
}
