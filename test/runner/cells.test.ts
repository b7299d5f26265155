import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fig12 from '../../experiments/fig12.ts';
import { LabError } from '../../linux/lab-error.ts';
import { planOf, recordOf } from '../../runner/cells/cell-files.ts';
import {
  changedFile,
  defectOf,
  digestOf,
  type FileDigests,
  keepCell,
  storedCells,
} from '../../runner/cells/cell-store.ts';
import { type Conditions, fingerprintOf } from '../../runner/cells/fingerprint.ts';
import { measureCells } from '../../runner/cells/measure-cells.ts';
import { runPool } from '../../runner/cells/pool.ts';
import { remedyIn } from '../../runner/cells/run-cell.ts';
import { type Cell, cellsOf } from '../../runner/cells.ts';
import { bootLab } from '../../runner/lab/boot.ts';
import type { Lab } from '../../runner/lab/lab.ts';
import { nodeEntryPoints } from '../../runner/node-entry-points.ts';
import type { RunEvent } from '../../runner/progress/events.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const selection = { profile: 'smoke', settings: {}, variants: [], clock: 'virtual', seed: 1 } as const;
const cells = cellsOf(fig12, selection);
const programs = Object.fromEntries(Object.keys(nodeEntryPoints).map((name) => [name, `of ${name}`]));
const stage = { runtime: 'r', programs };
const conditions: Conditions = {
  capture: 'headers',
  kernelKey: 'k',
  userlandKey: 'u',
  stage,
  analysisKey: 'a',
};
const fingerprint = (cell: Cell, changed: Partial<Conditions> = {}): string =>
  fingerprintOf(cell, planOf(cell), { ...conditions, ...changed });
const never = new AbortController().signal;

test('points of one variant alone are measured under it and no other', () => {
  const block = { csMs: [30, 50], ssMs: [20] };
  const profile = { grid: [{ csMs: [40] }], byVariant: { drain: [block] }, repetitions: 1 };
  const experiment = { ...fig12, profiles: { ...fig12.profiles, smoke: profile } };
  const idsOf = (changed: Partial<Parameters<typeof cellsOf>[1]> = {}) =>
    cellsOf(experiment, { ...selection, ...changed }).map(({ id }) => id);
  const shared = ['csMs=40,drain', 'csMs=40,drain+advance-rr'];
  const alone = ['csMs=30,ssMs=20,drain', 'csMs=50,ssMs=20,drain'];
  assert.deepEqual(idsOf(), [...shared, ...alone]);
  assert.deepEqual(idsOf({ variants: ['drain+advance-rr'] }), [shared[1]]);
  assert.deepEqual(idsOf({ settings: { rateKbit: [1000] } }).length, 4, 'the grid stays');
  const set = idsOf({ settings: { ssMs: [10] } });
  assert.deepEqual(
    set,
    ['ssMs=10,drain', 'ssMs=10,drain+advance-rr'],
    'as of any parameter that the grid varies',
  );
});

test('a lab whose programs did not become ready says how long they had', () => {
  const { remedy } = remedyIn('not every node became ready; see events/*.stderr\n');
  assert.match(
    remedy ?? '',
    /^each program has 60 s of the lab's time .* give smaller ones; or one has ended/,
  );
  const complaining = remedyIn(
    'not every node became ready; see events/*.stderr\n\nnode1.stderr:\nmember: Error: no start\n',
  );
  assert.match(complaining.remedy ?? '', /^correct what the programs above complain of/);
  assert.deepEqual(remedyIn('something else'), {});
});

test('a fingerprint changes with everything that decides a cell’s octets, and with nothing else', () => {
  const cell = cells[0]!;
  const base = fingerprint(cell);
  assert.equal(fingerprint(cellsOf(fig12, selection)[0]!), base);
  const other = (changed: Partial<typeof selection> & { repetitions?: number; seed?: number }) =>
    cellsOf(fig12, { ...selection, ...changed } as Parameters<typeof cellsOf>[1])[0]!;
  const others = [
    fingerprint(cells[1]!),
    fingerprint(other({ seed: 2 as 1 })),
    fingerprint(other({ repetitions: 2 })),
    fingerprint(other({ clock: 'wall' as 'virtual' })),
    fingerprint({ ...cell, parameters: { ...cell.parameters, rateKbit: 1999 } }),
    fingerprint(cell, { capture: 'full' }),
    fingerprint(cell, { capture: 'none' }),
    fingerprint(cell, { kernelKey: 'l' }),
    fingerprint(cell, { userlandKey: 'v' }),
    fingerprint(cell, { stage: { ...stage, runtime: 's' } }),
  ];
  assert.equal(new Set([base, ...others]).size, others.length + 1);
  assert.equal(fingerprint(cell, { analysisKey: 'b' }), base);
  assert.notEqual(
    fingerprint(cell, { capture: 'none', analysisKey: 'b' }),
    fingerprint(cell, { capture: 'none' }),
  );
});

test('a cell is measured again when a program that it starts was changed, and for no other program', () => {
  const cell = cells[0]!;
  const withChanged = (name: string) =>
    fingerprint(cell, { stage: { ...stage, programs: { ...programs, [name]: 'changed' } } });
  const decisive = Object.keys(nodeEntryPoints).filter((name) => withChanged(name) !== fingerprint(cell));
  assert.deepEqual(decisive, ['correspondent-node', 'home-agent', 'member', 'download-client']);
});

test('a cell appears whole or not at all, and a changed or foreign one is found out', async () => {
  await using folder = await temporaryFolder();
  const target = join(folder.path, 'cells', 'one');
  const cell = { record: recordOf(cells[0]!, planOf(cells[0]!)), fingerprint: 'f', finish: async () => {} };
  const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  await assert.rejects(
    keepCell(await jobIn(folder.path), target, { ...cell, finish: () => Promise.reject(full) }),
    full,
  );
  assert.deepEqual(await readdir(join(folder.path, 'cells')), []);
  assert.equal(await defectOf(target, 'f'), 'absent');

  const told: FileDigests[] = [];
  const finish = async (partial: string, digests: FileDigests): Promise<void> => {
    told.push(digests);
    await rm(join(partial, 'events.jsonl'));
    await writeFile(join(partial, 'tls_keys'), 'secrets');
  };
  await keepCell(await jobIn(folder.path), target, { ...cell, finish });
  const written: { files: FileDigests } = JSON.parse(await readFile(join(target, 'cell.json'), 'utf8'));
  assert.deepEqual(Object.keys(told[0]!).sort(), ['events.jsonl', 'router.pcap']);
  assert.deepEqual(Object.keys(written.files).sort(), ['router.pcap', 'tls_keys']);
  assert.equal(written.files['router.pcap'], told[0]!['router.pcap']);
  assert.equal(written.files['router.pcap'], await digestOf(join(target, 'router.pcap')));
  assert.equal(written.files.tls_keys, await digestOf(join(target, 'tls_keys')));

  await keepCell(await jobIn(folder.path), target, cell);
  await mkdir(join(folder.path, 'cells', 'two.partial'));
  assert.deepEqual(await storedCells(join(folder.path, 'cells')), ['one']);
  assert.equal(await defectOf(target, 'f'), undefined);
  assert.match((await defectOf(target, 'g')) ?? '', /other conditions/);
  await writeFile(join(target, 'router.pcap'), 'capturE');
  assert.equal(await changedFile(target), 'router.pcap');
  assert.match((await defectOf(target, 'f')) ?? '', /router.pcap was changed/);
  await writeFile(
    join(target, 'cell.json'),
    (await readFile(join(target, 'cell.json'), 'utf8')).slice(0, 90),
  );
  assert.match((await defectOf(target, 'f')) ?? '', /unreadable/);
});

test('after a failure or an abort nobody takes a further item; running ones end', async () => {
  const taken: number[] = [];
  const failures = await runPool([1, 2, 3, 4, 5, 6], { jobs: 2, signal: never }, async (item) => {
    taken.push(item);
    await Promise.resolve();
    if (item === 2) throw new LabError('two');
  });
  assert.deepEqual(
    failures.map(({ item }) => item),
    [2],
  );
  assert.ok(taken.length < 6, String(taken));
  const controller = new AbortController();
  const seen: number[] = [];
  await runPool([1, 2, 3], { jobs: 1, signal: controller.signal }, async (item) => {
    seen.push(item);
    controller.abort();
  });
  assert.deepEqual(seen, [1]);
});

test('a lab that dies is a LabError with its console; the other cells are not lost', async () => {
  await using folder = await temporaryFolder();
  const prepared = cells.slice(0, 3).map((cell) => ({ cell, plan: planOf(cell), fingerprint: 'f' }));
  const open = {
    experiment: fig12,
    name: 'fig12',
    folder: folder.path,
    all: prepared,
    mine: prepared,
    todo: prepared.slice(1),
  };
  const lab: Lab = (job) => bootLab({ ...job, kernel: '/bin/echo' });
  const labs = { lab, stageFolder: folder.path, jobsFolder: folder.path };
  const events: RunEvent[] = [];
  await assert.rejects(
    measureCells(open, { ...labs, capture: 'headers', signal: never }, 1, (event) => events.push(event)),
    (error) =>
      error instanceof LabError &&
      /died without an exit status/.test(error.message) &&
      /rdinit=/.test(error.message) &&
      /remedy: see the output above; bin\/handoff-lab doctor/.test(error.message) &&
      /1 of 3 cells of fig12 are finished and kept .* the same command goes on from there/.test(
        error.message,
      ),
  );
  assert.deepEqual(
    events.map(({ event }) => event),
    ['start', 'cell-started', 'cell-failed'],
  );
});

async function jobIn(folder: string): Promise<string> {
  const job = await mkdtemp(join(folder, 'job-'));
  await writeFile(join(job, 'router.pcap'), 'capture');
  await writeFile(join(job, 'events.jsonl'), '');
  await rm(join(job, 'none'), { force: true });
  return job;
}
