import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ensureKernel } from '../../runner/kernel/ensure-kernel.ts';
import { exportParcel, importParcel } from '../../runner/kernel/parcel.ts';
import { type KernelRecipe, readRecipe, recipeHash } from '../../runner/kernel/recipe.ts';
import type { Toolchain } from '../../runner/kernel/toolchain.ts';
import { cachedUserland, making, type Userland } from '../../runner/userland/ensure-userland.ts';
import { testKernel } from '../support/lab-job.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const recipe: KernelRecipe = { fragment: 'CONFIG_NET=y\n', patches: [], init: '', initramfs: '' };
const made = recipeHash(recipe);
const none = () => Promise.reject(new Error('no compiler'));

/** "Builds" by writing two files. */
const toolchain: Toolchain = {
  askedSource: () => '',
  compiler: async () => 'gcc 12',
  check: async () => undefined,
  findSource: async () => ({ id: 'source', unpack: async (folder) => folder }),
  async build(_recipe, _tree, target) {
    await mkdir(target);
    await writeFile(join(target, 'linux'), 'a kernel', { mode: 0o700 });
    await writeFile(join(target, 'config'), 'CONFIG_NET=y\n');
    return { version: '6.1.1' };
  },
};
const bare: Toolchain = { ...toolchain, check: none, findSource: none, build: none };

/** A finished kernel, and programs with a link and a file for its owner alone. */
async function finished(cacheDir: string) {
  const kernel = await ensureKernel({ cacheDir, toolchain, recipe, log: () => undefined });
  const folder = join(cacheDir, 'userland/0123456789abcdef');
  await mkdir(join(folder, 'usr/bin'), { recursive: true });
  await symlink('usr/bin', join(folder, 'bin'));
  await writeFile(join(folder, 'usr/bin/ip'), '#!/bin/sh\n', { mode: 0o755 });
  await writeFile(
    join(folder, 'userland.json'),
    JSON.stringify({ making: making(), packages: { iproute2: '6.1' } }),
  );
  const userland = (await cachedUserland(cacheDir)) as Userland;
  return { kernel, userland };
}

test('a kernel and its programs are taken to a machine without compiler in one file, and are the same there', async () => {
  await using folder = await temporaryFolder();
  const [here, there] = [join(folder.path, 'here'), join(folder.path, 'there')];
  const { kernel, userland } = await finished(here);
  for (const name of ['k.tar.gz', 'k.tar']) {
    const file = join(folder.path, name);
    await exportParcel(file, kernel, { userland });
    const cacheDir = join(there, name);
    const imported = await importParcel(file, { cacheDir, made });
    assert.equal(imported.kernel.key, kernel.key);
    assert.deepEqual(
      await ensureKernel({ cacheDir, toolchain: bare, recipe, log: () => undefined }),
      imported.kernel,
    );
    assert.deepEqual((await cachedUserland(cacheDir))?.packages, userland.packages);
    assert.equal(await readFile(join(imported.userland!.folder, 'bin/ip'), 'utf8'), '#!/bin/sh\n');
    // A second time nothing is unpacked, so a cache that is read-only by now will do.
    assert.deepEqual(await importParcel(file, { cacheDir, made }), imported);
    assert.deepEqual((await readdir(cacheDir)).sort(), ['kernel', 'userland']);
  }
  assert.deepEqual((await readdir(folder.path)).sort(), ['here', 'k.tar', 'k.tar.gz', 'there']);
});

test('LAB_KERNEL takes the exported file, the folder and the program, and they are one kernel', async () => {
  await using folder = await temporaryFolder();
  const { kernel } = await finished(join(folder.path, 'here'));
  const file = join(folder.path, 'k.tar.gz');
  await exportParcel(file, kernel);
  const cacheDir = join(folder.path, 'there');
  const take = (given: string) =>
    ensureKernel({ cacheDir, given, toolchain: bare, recipe, log: () => undefined });
  assert.equal((await take(file)).key, kernel.key);
  // Any file of that name: it has to be a program.
  await writeFile(kernel.path, Buffer.concat([Buffer.from('7f454c46', 'hex'), Buffer.from(' a kernel')]));
  assert.equal((await take(kernel.path)).path, kernel.path);
  assert.deepEqual(await take(dirname(kernel.path)), await take(kernel.path));
});

test('a file that is there already stays as it was, unless it is to be replaced', async () => {
  await using folder = await temporaryFolder();
  const { kernel } = await finished(join(folder.path, 'here'));
  const file = join(folder.path, 'k.tar');
  await writeFile(file, 'of somebody else');
  await assert.rejects(exportParcel(file, kernel), {
    name: 'UsageError',
    message: `FILE: '${file}' is there already; name a new file, or replace it: --force`,
  });
  assert.equal(await readFile(file, 'utf8'), 'of somebody else');
  await exportParcel(file, kernel, { replace: true });
  const cacheDir = join(folder.path, 'there');
  assert.equal((await importParcel(file, { cacheDir, made })).kernel.key, kernel.key);
  assert.deepEqual((await readdir(folder.path)).sort(), ['here', 'k.tar', 'there']);
});

test('what is no kernel of this version is refused by name, value and remedy, and leaves nothing', async () => {
  await using folder = await temporaryFolder();
  const { kernel, userland } = await finished(join(folder.path, 'here'));
  const file = join(folder.path, 'k.tar');
  await exportParcel(file, kernel, { userland });
  const cacheDir = join(folder.path, 'there');
  const octets = await readFile(file);
  const at = octets.indexOf('a kernel');
  const variants: readonly (readonly [Buffer, string, RegExp])[] = [
    [octets.fill('A kernel', at, at + 8), made, /is damaged \([0-9a-f]{16} is not as it was\); copy it anew/],
    [octets.subarray(0, at + 700), made, /is damaged \(.*\)/],
    [Buffer.from('text'), made, /is no exported kernel; name what/],
    [await readFile(file), 'another', /was made by another version of handoff-lab; export it anew/],
  ];
  for (const [content, recipeName, message] of variants) {
    const other = join(folder.path, 'other.tar');
    await writeFile(other, content);
    await assert.rejects(importParcel(other, { cacheDir, made: recipeName }), {
      name: 'UsageError',
      message,
    });
    assert.deepEqual(
      (await readdir(cacheDir).catch(() => [])).flatMap((name) => (name === 'kernel' ? [] : [name])),
      [],
    );
  }
  const take = (given: string) =>
    ensureKernel({ cacheDir, given, toolchain: bare, recipe, log: () => undefined });
  for (const [given, message] of [
    ['/nowhere/linux', /^LAB_KERNEL: '\/nowhere\/linux' cannot be read \(ENOENT\); name a finished kernel/],
    [folder.path, /holds no kernel that can be read: .*\/linux \(ENOENT\)/],
    ['/bin/true', /(is no User-Mode Linux kernel|does not say what kernel it is)/],
    [import.meta.filename, /is neither a program nor an exported kernel/],
  ] as const)
    await assert.rejects(take(given), { name: 'UsageError', message });
});

test('the lab’s own kernel says what it is without its record, and an option that it lacks is named', async () => {
  await using folder = await temporaryFolder();
  const { path, version, configHash } = await testKernel();
  const alone = join(folder.path, 'mine');
  await writeFile(alone, await readFile(path), { mode: 0o755 });
  const own = await readRecipe();
  const take = (wanted: KernelRecipe) =>
    ensureKernel({ cacheDir: folder.path, given: alone, recipe: wanted, log: () => undefined });
  const named = await take(own);
  assert.deepEqual([named.version, named.configHash, named.path], [version, configHash, alone]);
  assert.match(named.source, /^LAB_KERNEL, SHA-256 [0-9a-f]{16}$/);
  await assert.rejects(take({ ...own, fragment: `${own.fragment}CONFIG_NO_SUCH_PART=y\n` }), {
    name: 'UsageError',
    message: /^LAB_KERNEL: .* lacks what labs need: .*CONFIG_NO_SUCH_PART should be y and is n/,
  });
});

test('kernel show, export and import on the command line', async () => {
  await testKernel();
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'k.tar.gz');
  const cache = { ...process.env, XDG_CACHE_HOME: folder.path };
  const key = /\(([0-9a-f]{16})\)/;
  const shown = await runCli(['kernel', 'show']);
  const written = await runCli(['kernel', 'export', file, '--without-programs']);
  assert.deepEqual([shown.status, written.status], [0, 0], shown.stderr + written.stderr);
  const nothing = await runCli(['kernel', 'show'], undefined, cache);
  assert.equal(nothing.status, 3);
  assert.match(nothing.stderr, /no finished lab kernel here.*\n.*handoff-lab kernel import FILE/);
  const read = await runCli(['kernel', 'import', file], undefined, cache);
  assert.equal(read.status, 0, read.stderr);
  assert.equal(key.exec(read.stdout)?.[1], key.exec(shown.stdout)?.[1]);
  const wrong = await runCli(['kernel', 'export', join(folder.path, 'no/k.tar.gz')]);
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /FILE: '.*no\/k.tar.gz' cannot be written \(.*\); name a file such as/);
});
