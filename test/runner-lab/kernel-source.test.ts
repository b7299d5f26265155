import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkArchitecture } from '../../runner/kernel/architecture.ts';
import { findSource } from '../../runner/kernel/source.ts';
import { fakeTools, fakeTree } from '../support/fake-kernel-tools.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const builder = fileURLToPath(new URL('../support/build-kernel.ts', import.meta.url));

/** Answers every call of a kernel build. */
const PRETEND = `case "$*" in
  *allnoconfig*) : >.config ;;
  *kernelrelease*) echo 6.1.99 ;;
  *linux*) echo '  CC init/main.o'; echo program >linux ;;
esac`;

for (const form of ['folder', 'tarball'] as const) {
  test(`LAB_KERNEL_SOURCE may be a ${form}: it is copied, built, and left as it was`, async () => {
    await using folder = await temporaryFolder();
    const tree = await fakeTree(folder.path, '6.1.99');
    const source = form === 'folder' ? tree : await packed(tree);
    const PATH = await fakeTools(folder.path, PRETEND);
    const build = () =>
      spawnSync(process.execPath, [builder, join(folder.path, 'cache')], {
        encoding: 'utf8',
        timeout: 60_000,
        env: { ...process.env, PATH, LAB_KERNEL_SOURCE: source },
      });
    const { status, stdout, stderr } = build();
    assert.equal(status, 0, stderr);
    const kernel = JSON.parse(stdout) as { readonly path: string; readonly version: string };
    assert.equal(kernel.version, '6.1.99');
    assert.equal(await readFile(kernel.path, 'utf8'), 'program\n');
    const record = await readFile(join(kernel.path, '../kernel.json'), 'utf8');
    assert.match(record, form === 'folder' ? /"source":"tree-6\.1\.99-/ : /"source":"sha256-[0-9a-f]{16}"/);
    assert.deepEqual((await readdir(tree)).sort(), ['Makefile', 'usr']);
    const again = build();
    assert.deepEqual([again.stdout, again.stderr], [stdout, ''], 'a second call builds nothing');
  });
}

for (const version of ['6.6.30', '5.10.221', '6.12.1']) {
  test(`Linux ${version} is refused before anything is built, with the reason`, async () => {
    await using folder = await temporaryFolder();
    const tree = await fakeTree(folder.path, version);
    for (const source of [tree, await packed(tree)]) {
      await assert.rejects(
        findSource(source, { cacheDir: folder.path }),
        (error: Error & { remedy?: string }) => {
          assert.equal(error.name, 'LabError');
          assert.ok(error.message.includes(`names Linux ${version}; the lab kernel is made from 6.1`));
          assert.match(error.message, /from 6\.7 on the kernel no longer tells Mobility Header types apart/);
          assert.match(error.remedy ?? '', /linux-6\.1\.<y>\.tar\.xz/);
          return true;
        },
      );
    }
  });
}

test('what is no kernel source, or cannot be read, is an error with a remedy', async () => {
  await using folder = await temporaryFolder();
  const text = join(folder.path, 'notes.txt');
  await writeFile(text, 'no tarball');
  const cases: readonly (readonly [string, RegExp])[] = [
    [join(folder.path, 'nothing'), /names .*nothing, which cannot be read/],
    [folder.path, /which is no kernel source: it has no Makefile/],
    [text, /tar failed with status 2/],
  ];
  for (const [source, message] of cases) {
    await assert.rejects(
      findSource(source, { cacheDir: folder.path }),
      (error: Error & { remedy?: string }) => {
        assert.match(error.message, message);
        assert.match(error.remedy ?? '', /set LAB_KERNEL_SOURCE to a tarball or folder of Linux 6\.1/);
        return true;
      },
    );
  }
});

test('a processor that the lab kernel does not know is refused, with the way that is left', () => {
  checkArchitecture('x64');
  assert.throws(() => checkArchitecture('arm64'), {
    name: 'LabError',
    message: /is for x86-64 only; this is arm64/,
    remedy: /--lab host --clock wall/,
  });
});

/** As kernel.org packs: one folder with all in it. */
async function packed(tree: string): Promise<string> {
  const tarball = `${tree}.tar.xz`;
  const args = ['--create', '--xz', '--file', tarball, '--directory', join(tree, '..')];
  const { status, stderr } = spawnSync('tar', [...args, tree.replace(/^.*\//, '')], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return tarball;
}
