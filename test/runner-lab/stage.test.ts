import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cacheFolder } from '../../runner/cache-folder.ts';
import { memoryFolder } from '../../runner/lab/memory-folder.ts';
import { koffiLibrary } from '../../runner/lab/runtime.ts';
import { ensureStage } from '../../runner/lab/stage.ts';
import { LabJob } from '../support/lab-job.ts';

/** One program, whose text a test may change, and a cache of its own. */
async function withProgram(
  source: string,
  action: (stage: () => ReturnType<typeof ensureStage>, file: string, cacheDir: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'handoff-lab-stage-'));
  const file = join(folder, 'program.ts');
  const cacheDir = join(folder, 'cache');
  try {
    await writeFile(file, source);
    await action(() => ensureStage({ cacheDir, nodeEntryPoints: { program: file } }), file, cacheDir);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('Node, koffi and a bundled program run in a lab', () =>
  withProgram(
    `import koffi from 'koffi';
     const libc = koffi.load('libc.so.6');
     const getuid: () => number = libc.func('int getuid()');
     console.log(JSON.stringify({ node: process.version, uid: getuid(), arguments: process.argv.slice(2) }));`,
    async (stage) => {
      const { folder: stageFolder } = await stage();
      await using job = await LabJob.create(`
        /run/lab/node /run/lab/nodes/program.cjs one two > out
        cd /run/lab
        ./node -p 'typeof require("./${koffiLibrary(process.arch)}").load' >> /run/job/out
        if touch x; then exit 9; fi`);
      const run = await job.boot({ stageFolder });
      assert.equal(run.status, 0, run.console);
      const [first = '', second] = (await readFile(join(job.path, 'out'), 'utf8')).split('\n');
      assert.deepEqual(JSON.parse(first), { node: 'v24.21.0', uid: 0, arguments: ['one', 'two'] });
      assert.equal(second, 'function');
    },
  ));

test('the same content gives the same folder, and another content another', () =>
  withProgram('console.log(1);', async (stage, file) => {
    const first = await stage();
    assert.match(await readFile(join(first.folder, 'nodes/program.cjs'), 'utf8'), /console\.log\(1\)/);
    // Touched, not changed: bundled again, to the same end.
    await utimes(file, 1, 1);
    assert.deepEqual(await stage(), first);
    await writeFile(file, 'console.log(2);');
    const second = await stage();
    assert.notEqual(second.hash, first.hash);
    assert.match(await readFile(join(second.folder, 'nodes/program.cjs'), 'utf8'), /console\.log\(2\)/);
    await writeFile(file, 'console.log(1);');
    assert.deepEqual(await stage(), first);
  }));

test('the parts are named apart: another program changes its own name and no other’s', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'handoff-lab-stage-'));
  try {
    const entries = { one: join(folder, 'one.ts'), two: join(folder, 'two.ts') };
    await writeFile(entries.one, 'console.log(1);');
    await writeFile(entries.two, 'console.log(2);');
    const contents = async () =>
      (await ensureStage({ cacheDir: join(folder, 'cache'), nodeEntryPoints: entries })).contents;
    const before = await contents();
    assert.deepEqual(await contents(), before);
    await writeFile(entries.two, 'console.log(22);');
    const after = await contents();
    assert.deepEqual([after.runtime, after.programs.one], [before.runtime, before.programs.one]);
    assert.notEqual(after.programs.two, before.programs.two);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a change in an imported file is noticed', () =>
  withProgram("import { n } from './part.ts'; console.log(n);", async (stage, file) => {
    const part = join(file, '../part.ts');
    await writeFile(part, 'export const n = 1;');
    const first = await stage();
    await writeFile(part, 'export const n = 22;');
    assert.notEqual((await stage()).hash, first.hash);
  }));

test('a stage that was removed is made again, and stages unused for a week are removed', () =>
  withProgram('console.log(1);', async (stage, file, cacheDir) => {
    const first = await stage();
    await rm(first.folder, { recursive: true });
    assert.deepEqual(await stage(), first);
    await utimes(first.folder, 1, 1);
    await writeFile(file, 'console.log(2);');
    const second = await stage();
    const folders = (await readdir(join(cacheDir, 'stage'))).filter(
      (name) => !/^(index|runtime)-/.test(name),
    );
    assert.deepEqual(folders, [second.hash]);
  }));

test('nothing is bundled or read when nothing has changed', () =>
  withProgram('console.log(1);', async (stage) => {
    const { folder } = await stage();
    const { mtimeMs } = await stat(join(folder, 'nodes/program.cjs'));
    const start = performance.now();
    await stage();
    const took = performance.now() - start;
    assert.equal((await stat(join(folder, 'nodes/program.cjs'))).mtimeMs, mtimeMs);
    assert.ok(took < 150, `${took} ms`);
  }));

test('a program that cannot be bundled is an error with the place', () =>
  withProgram("import './missing.ts';", async (stage) => {
    await assert.rejects(stage(), { name: 'LabError', message: /missing\.ts/ });
  }));

test('a folder for the memory must have room and let programs run', async () => {
  assert.equal(await memoryFolder(1, ['/proc', '/nowhere', tmpdir()]), tmpdir());
  await assert.rejects(memoryFolder(1e9, ['/nowhere', tmpdir()]), {
    name: 'LabError',
    message: /\/nowhere is not there, .* has \d+ MB left/,
  });
});

test("the cache is where the user's caches are", () => {
  assert.equal(cacheFolder({ XDG_CACHE_HOME: '/somewhere' }), '/somewhere/handoff-lab');
  assert.match(cacheFolder({ XDG_CACHE_HOME: 'relative' }), /^\/.*\/\.cache\/handoff-lab$/);
});
