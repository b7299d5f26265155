import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { takeBuildLock } from '../../runner/kernel/build-lock.ts';
import { checkOptions, optionsWithoutTools } from '../../runner/kernel/configuration.ts';
import { ensureKernel } from '../../runner/kernel/ensure-kernel.ts';
import { type KernelRecipe, readRecipe } from '../../runner/kernel/recipe.ts';
import { checkTools, type Toolchain } from '../../runner/kernel/toolchain.ts';
import { installing } from '../../runner/this-user.ts';
import { endWithTest } from '../support/end-with-test.ts';

const RECIPE: KernelRecipe = { fragment: 'CONFIG_NET=y\n', patches: [], init: '', initramfs: '' };

/** A toolchain that "builds" by writing two files, and counts. */
class FakeToolchain implements Toolchain {
  builds = 0;
  sourcesLookedFor = 0;
  version = 'gcc 12';
  config = 'CONFIG_NET=y\n';
  failure: Error | undefined;

  asked = '';
  askedSource = () => this.asked;
  compiler = async () => this.version;
  check = async () => {};

  findSource = async () => {
    this.sourcesLookedFor += 1;
    return { id: 'linux-source-6.1_6.1.1-1', unpack: async (folder: string) => folder };
  };

  build = async (_recipe: KernelRecipe, _tree: string, target: string) => {
    this.builds += 1;
    await mkdir(target);
    await writeFile(join(target, 'linux'), 'a kernel');
    if (this.failure) throw this.failure;
    await writeFile(join(target, 'config'), this.config);
    return { version: '6.1.1' };
  };
}

async function withCache<T>(action: (cacheDir: string) => Promise<T>): Promise<T> {
  const cacheDir = await mkdtemp(join(tmpdir(), 'handoff-lab-cache-'));
  try {
    return await action(cacheDir);
  } finally {
    await rm(cacheDir, { recursive: true });
  }
}

function ensure(cacheDir: string, toolchain: Toolchain, recipe: KernelRecipe = RECIPE) {
  return ensureKernel({ cacheDir, toolchain, recipe, log: () => {} });
}

test('a kernel is built once and then found without a look at the source', () =>
  withCache(async (cacheDir) => {
    const toolchain = new FakeToolchain();
    const built = await ensure(cacheDir, toolchain);
    assert.equal(built.version, '6.1.1');
    assert.match(built.key, /^[0-9a-f]{16}$/);
    await access(built.path);
    assert.deepEqual(await ensure(cacheDir, toolchain), built);
    assert.deepEqual([toolchain.builds, toolchain.sourcesLookedFor], [1, 1]);
  }));

test('fragment, patches and first process each make another kernel', () =>
  withCache(async (cacheDir) => {
    const toolchain = new FakeToolchain();
    const variants: KernelRecipe[] = [
      RECIPE,
      { ...RECIPE, fragment: 'CONFIG_NET=y\nCONFIG_INET=y\n' },
      { ...RECIPE, patches: [{ name: '0001-a.patch', text: 'a' }] },
      { ...RECIPE, init: 'int main;' },
      { ...RECIPE, initramfs: 'dir /dev 755 0 0' },
    ];
    const keys = new Set<string>();
    for (const recipe of variants) keys.add((await ensure(cacheDir, toolchain, recipe)).key);
    assert.equal(keys.size, variants.length);
  }));

test('a finished kernel is enough: another compiler, or none, and no archive', () =>
  withCache(async (cacheDir) => {
    const toolchain = new FakeToolchain();
    const built = await ensure(cacheDir, toolchain);
    toolchain.version = 'gcc 13';
    assert.deepEqual(await ensure(cacheDir, toolchain), built);
    const bare = new FakeToolchain();
    bare.check = () => Promise.reject(new Error('no compiler'));
    bare.findSource = () => Promise.reject(new Error('no archive'));
    assert.deepEqual(await ensure(cacheDir, bare), built);
    // As copied from another machine, kernel alone.
    const folder = join(cacheDir, 'kernel');
    for (const name of await readdir(folder)) if (name.startsWith('index-')) await rm(join(folder, name));
    assert.deepEqual(await ensure(cacheDir, bare), built);
    await assert.rejects(ensure(cacheDir, bare, { ...RECIPE, init: 'other' }), /no compiler/);
  }));

/** What kconfig writes about tools like those of Debian 12 and of Debian 13 into the configuration of the lab's kernel. */
const OF_DEBIAN_12 = `CONFIG_CC_VERSION_TEXT="gcc (Debian 12.2.0-14+deb12u1) 12.2.0"
CONFIG_GCC_VERSION=120200
CONFIG_AS_VERSION=24000
CONFIG_LD_VERSION=24000
CONFIG_CC_CAN_LINK=y
CONFIG_CC_NO_ARRAY_BOUNDS=y
CONFIG_GCC_ASM_GOTO_OUTPUT_WORKAROUND=y
`;
const OF_DEBIAN_13 = `CONFIG_CC_VERSION_TEXT="gcc (Debian 14.2.0-19) 14.2.0"
CONFIG_GCC_VERSION=140200
CONFIG_AS_VERSION=24400
CONFIG_LD_VERSION=24400
CONFIG_CC_CAN_LINK=y
CONFIG_GCC10_NO_ARRAY_BOUNDS=y
CONFIG_CC_HAS_KASAN_SW_TAGS=y
# CONFIG_KASAN is not set
`;
const CHOSEN = 'CONFIG_NET=y\nCONFIG_LD_SCRIPT_STATIC=y\nCONFIG_CC_OPTIMIZE_FOR_PERFORMANCE=y\n';

test('the compiler is no part of a kernel’s name: what it makes of the same source and configuration is the same kernel', async () => {
  const built = (config: string, version: string) => {
    const toolchain = Object.assign(new FakeToolchain(), { config, version });
    return withCache(async (cacheDir) => {
      const kernel = await ensure(cacheDir, toolchain);
      // The folder has the kernel's name, whoever reads it.
      assert.deepEqual(await ensure(cacheDir, toolchain), kernel);
      return { key: kernel.key, configHash: kernel.configHash, compiler: kernel.compiler };
    });
  };
  const here = await built(OF_DEBIAN_12 + CHOSEN, 'gcc (Debian 12.2.0-14) 12.2.0\nCopyright');
  const there = await built(CHOSEN + OF_DEBIAN_13, 'gcc (Debian 14.2.0-19) 14.2.0\nCopyright');
  assert.deepEqual([there.key, there.configHash], [here.key, here.configHash]);
  assert.deepEqual(
    [here.compiler, there.compiler],
    ['gcc (Debian 12.2.0-14) 12.2.0', 'gcc (Debian 14.2.0-19) 14.2.0'],
  );
  // What the tools change in the kernel is another kernel, and so is each choice that merely sounds like them.
  for (const other of [
    `${CHOSEN}CONFIG_INIT_STACK_ALL_ZERO=y\n`,
    CHOSEN.replace('CC_OPTIMIZE_FOR_PERFORMANCE', 'CC_OPTIMIZE_FOR_SIZE'),
    CHOSEN.replace('LD_SCRIPT_STATIC', 'LD_SCRIPT_DYN'),
    CHOSEN.replace('NET=y', 'NET=m'),
  ]) {
    const kernel = await built(OF_DEBIAN_12 + other, 'gcc 12');
    assert.notEqual(kernel.key, here.key, other);
    assert.notEqual(kernel.configHash, here.configHash, other);
  }
});

test('nothing but choices is left of a configuration, in one order', () => {
  assert.equal(optionsWithoutTools(CHOSEN + OF_DEBIAN_13), optionsWithoutTools(OF_DEBIAN_12 + CHOSEN));
  assert.deepEqual(
    optionsWithoutTools(`# a comment\n${OF_DEBIAN_12}${CHOSEN}`).trimEnd().split('\n'),
    CHOSEN.trimEnd().split('\n').toSorted(),
  );
});

test('a kernel that an earlier release finished, in a folder of another name, is used and has the name of its content', () =>
  withCache(async (cacheDir) => {
    const toolchain = new FakeToolchain();
    const built = await ensure(cacheDir, toolchain);
    const folder = join(cacheDir, 'kernel');
    const earlier = '0123456789abcdef';
    await rename(join(folder, built.key), join(folder, earlier));
    for (const name of await readdir(folder))
      if (name.startsWith('index-')) await writeFile(join(folder, name), JSON.stringify({ key: earlier }));
    const found = { ...built, path: join(folder, earlier, 'linux') };
    assert.deepEqual(await ensure(cacheDir, toolchain), found);
    // Asked for by its source, too.
    toolchain.asked = '/linux-6.1.1.tar.xz';
    assert.deepEqual(await ensure(cacheDir, toolchain), found);
    assert.equal(toolchain.builds, 1);
  }));

test('a source that is asked for makes its kernel, which later calls find without it', () =>
  withCache(async (cacheDir) => {
    const toolchain = new FakeToolchain();
    const first = await ensure(cacheDir, toolchain);
    const asking = new FakeToolchain();
    asking.asked = '/linux-6.1.7.tar.xz';
    asking.findSource = async () => ({ id: 'sha256-7', unpack: async (folder: string) => folder });
    const second = await ensure(cacheDir, asking);
    assert.notEqual(second.key, first.key);
    assert.deepEqual(await ensure(cacheDir, asking), second);
    assert.equal(asking.builds, 1);
    assert.deepEqual(await ensure(cacheDir, toolchain), second, 'the one made last');
    assert.equal(toolchain.builds, 1);
  }));

test('a failed build leaves nothing that could be taken for a kernel', () =>
  withCache(async (cacheDir) => {
    const toolchain = new FakeToolchain();
    toolchain.failure = new Error('the compiler crashed');
    await assert.rejects(ensure(cacheDir, toolchain), toolchain.failure);
    assert.deepEqual(await readdir(join(cacheDir, 'kernel')), ['lock']);
    toolchain.failure = undefined;
    await ensure(cacheDir, toolchain);
    assert.equal(toolchain.builds, 2);
  }));

test('what an interrupted build left behind is removed and built anew', () =>
  withCache(async (cacheDir) => {
    const toolchain = new FakeToolchain();
    const first = await ensure(cacheDir, toolchain);
    const folder = join(cacheDir, 'kernel');
    // As after a power failure: a scratch folder, and a kernel whose record was never written.
    await mkdir(join(folder, 'building-dead'));
    await writeFile(join(folder, 'building-dead', 'linux'), 'half a kernel');
    await mkdir(join(folder, 'draft-dead'));
    await rm(join(folder, first.key, 'kernel.json'));
    const second = await ensure(cacheDir, toolchain);
    assert.equal(toolchain.builds, 2);
    assert.deepEqual(second, first);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.endsWith('dead')),
      [],
    );
  }));

test('a lost program, a lost index and a damaged record are noticed', () =>
  withCache(async (cacheDir) => {
    const toolchain = new FakeToolchain();
    const { path, key } = await ensure(cacheDir, toolchain);
    await rm(path);
    await ensure(cacheDir, toolchain);
    assert.equal(toolchain.builds, 2);
    await writeFile(join(cacheDir, 'kernel', key, 'kernel.json'), '{"version":');
    await ensure(cacheDir, toolchain);
    assert.equal(toolchain.builds, 3);
    const folder = join(cacheDir, 'kernel');
    for (const name of await readdir(folder)) if (name.startsWith('index-')) await rm(join(folder, name));
    await ensure(cacheDir, toolchain);
    assert.deepEqual([toolchain.builds, toolchain.sourcesLookedFor], [3, 3]);
  }));

test('two that want the same kernel at once share one build', () =>
  withCache(async (cacheDir) => {
    const toolchain = new FakeToolchain();
    const kernels = await Promise.all([1, 2, 3].map(() => ensure(cacheDir, toolchain)));
    assert.equal(toolchain.builds, 1);
    assert.equal(new Set(kernels.map((kernel) => kernel.key)).size, 1);
  }));

test('the lock of a killed process is free', () =>
  withCache(async (cacheDir) => {
    const file = join(cacheDir, 'lock');
    const holder = fileURLToPath(new URL('../support/lock-holder.ts', import.meta.url));
    const child = endWithTest(
      spawn(process.execPath, [holder, file], { stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    await once(child.stdout, 'data');
    const order: string[] = [];
    const waiting = takeBuildLock(file).then((lock) => {
      order.push('taken');
      return lock;
    });
    // Whoever asks meanwhile has to wait.
    const probe = endWithTest(spawn('flock', ['--nonblock', file, 'true']));
    assert.deepEqual(await once(probe, 'close'), [1, null]);
    order.push('killed');
    child.kill('SIGKILL');
    await using _lock = await waiting;
    assert.deepEqual(order, ['killed', 'taken']);
  }));

test('an option that kconfig dropped, changed or switched on is named', () => {
  const config = 'CONFIG_NET=y\nCONFIG_HZ=100\n# CONFIG_TUN is not set\nCONFIG_BLOCK=y\n';
  checkOptions('# comment\nCONFIG_NET=y\n# CONFIG_MODULES is not set\n', config);
  assert.throws(
    () =>
      checkOptions(
        'CONFIG_NET=y\nCONFIG_CBQ=y\nCONFIG_TUN=y\nCONFIG_HZ=1000\n# CONFIG_BLOCK is not set\n',
        config,
      ),
    (error: Error) => {
      assert.equal(error.name, 'LabError');
      assert.match(error.message, /lost 4 of its options/);
      for (const text of ['CONFIG_CBQ should be y and is n', 'CONFIG_TUN should be y and is n']) {
        assert.ok(error.message.includes(text), error.message);
      }
      assert.match(error.message, /CONFIG_HZ should be 1000 and is 100/);
      assert.match(error.message, /CONFIG_BLOCK should be n and is y/);
      assert.doesNotMatch(error.message, /CONFIG_NET /);
      return true;
    },
  );
});

test('missing tools are named with the one line that installs them', () => {
  assert.throws(() => checkTools('/nowhere', '/nowhere/stdio.h'), {
    name: 'LabError',
    remedy: installing([
      'gcc',
      'binutils',
      'make',
      'bc',
      'flex',
      'bison',
      'patch',
      'tar',
      'xz-utils',
      'perl',
      'libc6-dev',
    ]),
  });
});

test('every patch says why it is there and where it comes from', async () => {
  const { patches } = await readRecipe();
  assert.ok(patches.length > 0);
  for (const { name, text } of patches) {
    const header = text.slice(0, text.indexOf('\n--- a/'));
    assert.match(header, /^Why: /m, name);
    assert.match(header, /^Upstream: /m, name);
  }
});
