import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { bundleNodes } from '../../runner/lab/bundle.ts';
import { koffiLibrary } from '../../runner/lab/runtime.ts';
import { nodeFlags } from '../../runner/lab-body.ts';
import { nodeEntryPoints } from '../../runner/node-entry-points.ts';

const repository = resolve(import.meta.dirname, '../..');
const internals = ['--expose-internals', '--no-warnings'];

test('programs of a lab take the compiled code that Node has of its own modules', async () => {
  const script = `require('node:tls'); require('node:readline');
    const { internalBinding } = require('internal/test/binding');
    const { compiledWithCache, compiledWithoutCache } = internalBinding('builtins').getCacheUsage();
    console.log(JSON.stringify({ taken: compiledWithCache.size, anew: [...compiledWithoutCache] }));`;
  const { taken, anew } = await answerOf([...nodeFlags.split(' '), ...internals, '-e', script]);
  assert.deepEqual(anew, []);
  assert.ok(taken > 40, `${taken} modules`);
});

test('a program starts without what koffi’s scripts ask for, and without modules that it may never use', async () => {
  const before = `import koffi from 'koffi';
    import { createInterface } from 'node:readline';
    import zlib, { constants } from 'node:zlib';
    import { setTimeout as later } from 'node:timers/promises';`;
  const main = `const loaded = () => process.moduleLoadList.filter((name) => /^NativeModule [a-z]/.test(name)).map((name) => name.slice(13));
    const atStart = loaded();
    const getpid = koffi.load('libc.so.6').func('int getpid()');
    const used = [typeof createInterface, constants.Z_BEST_SPEED, zlib.crc32('a'), typeof later];
    console.log(JSON.stringify({ pid: getpid() === process.pid, atStart, used, after: loaded() }));`;
  const { pid, atStart, used, after } = await runBundled(`${before}\n${main}`);
  assert.equal(pid, true);
  for (const name of [
    'worker_threads',
    'internal/util/diff',
    'stream',
    'readline',
    'zlib',
    'timers/promises',
  ])
    assert.ok(!atStart.includes(name), `${name} is loaded at the start`);
  assert.deepEqual(used, ['function', 1, 0xe8b7be43, 'function']);
  assert.ok(after.includes('readline') && after.includes('zlib'));
});

interface Answer {
  readonly pid: boolean;
  /** names of Node's own modules, before anything of them was used and behind that */
  readonly atStart: readonly string[];
  readonly after: readonly string[];
  readonly used: readonly unknown[];
}

/** Runs a source as a program of the lab, where a stage has it: bundled, beside koffi's library. */
async function runBundled(source: string): Promise<Answer> {
  const folder = await mkdtemp(join(tmpdir(), 'handoff-lab-start-'));
  try {
    const file = join(folder, 'program.ts');
    await writeFile(file, source);
    const { bundles } = await bundleNodes({ program: file });
    await mkdir(join(folder, 'nodes'));
    await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'nodes/program.cjs'), bundles.get('program')!);
    return await answerOf([join(folder, 'nodes/program.cjs')]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function answerOf(words: readonly string[]) {
  const { stdout } = await promisify(execFile)(process.execPath, words, { timeout: 60_000 });
  return JSON.parse(stdout);
}

test('programs have characters of ASCII alone, so that V8 keeps them in one octet each', async () => {
  const { bundles } = await bundleNodes(nodeEntryPoints);
  for (const [name, text] of bundles) {
    assert.equal(Buffer.byteLength(text), text.length, `${name}: characters beyond ASCII`);
    assert.ok(text.split('\n').length > 100, `${name}: a line of it names no place`);
  }
});

test('koffi’s library lies where programs load it from', () => {
  assert.match(
    koffiLibrary('arm64'),
    /^node_modules\/@koromix\/koffi-linux-arm64\/linux_arm64\/koffi\.node$/,
  );
});
