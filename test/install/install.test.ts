import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));
const NOBODY = 65534;

/** A checkout with stand-ins for the programs that install.sh calls; each call of one is noted. */
class Checkout implements AsyncDisposable {
  readonly folder: string;
  #path: string | undefined;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Checkout> {
    const checkout = new Checkout(await mkdtemp(join(tmpdir(), 'install-test-')));
    await cp(join(project, 'scripts'), checkout.path('project/scripts'), { recursive: true });
    await checkout.write('project/package-lock.json', '{ "lockfileVersion": 3 }\n');
    const node = `node_modules/node-linux-${process.arch}/bin`;
    await checkout.program('npm', `mkdir -p ${node} && cp /bin/true ${node}/node`);
    await checkout.program('node', `[ "$1" = -p ] && echo 24 || echo v24.0.0`);
    for (const name of ['apt-get', 'sudo']) await checkout.program(name, 'true');
    await checkout.program('dpkg-query', installedBut(''));
    await checkout.write('calls', '');
    await chmod(checkout.folder, 0o777);
    await chmod(checkout.path('project'), 0o777);
    await chmod(checkout.path('calls'), 0o666);
    return checkout;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async write(name: string, text: string): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), text);
  }

  /** A program in front of PATH. */
  async program(name: string, body: string): Promise<void> {
    const note =
      name === 'dpkg-query' || name === 'node' ? '' : `echo "${name} $*" >>${this.path('calls')}\n`;
    await this.write(`bin/${name}`, `#!/bin/sh\n${note}${body}\n`);
    await chmod(this.path(`bin/${name}`), 0o755);
  }

  /** From now on PATH holds nothing of this machine but these: no Node, no npm. */
  async onlyPrograms(names: readonly string[]): Promise<void> {
    for (const name of ['node', 'npm']) await rm(this.path(`bin/${name}`));
    for (const name of names) await symlink(`/usr/bin/${name}`, this.path(`bin/${name}`));
    this.#path = this.path('bin');
  }

  install(
    user?: number,
    environment: Readonly<Record<string, string>> = {},
    words: readonly string[] = [],
  ): {
    readonly status: number | null;
    readonly stderr: string;
    readonly stdout: string;
  } {
    return spawnSync('/bin/sh', [this.path('project/scripts/install.sh'), ...words], {
      encoding: 'utf8',
      env: { PATH: this.#path ?? `${this.path('bin')}:/usr/bin:/bin`, ...environment },
      timeout: 60_000,
      ...(user === undefined ? {} : { uid: user, gid: user }),
    });
  }

  async calls(): Promise<readonly string[]> {
    const text = await readFile(this.path('calls'), 'utf8');
    return text.split('\n').filter((line) => line !== '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A dpkg-query that knows every package asked for but those. */
function installedBut(missing: string): string {
  return `shift 3; for p; do case " ${missing} " in *" $p "*) ;; *) echo "$p installed" ;; esac; done`;
}

const NPM_CALL = 'npm ci --no-audit --no-fund --ignore-scripts --loglevel=error';
const ordinary = process.getuid?.() === 0 ? NOBODY : undefined;

test('an ordinary user without sudo gets the one exact line and status 2, and nothing is touched', async () => {
  await using checkout = await Checkout.create();
  await checkout.program('dpkg-query', installedBut('flex tshark'));
  await checkout.program('sudo', 'exit 1');
  const { status, stderr, stdout } = checkout.install(ordinary);
  assert.equal(status, 2, stderr);
  assert.equal(stdout, '');
  const lines = stderr.trimEnd().split('\n');
  assert.equal(lines.length, 2, stderr);
  assert.equal(
    lines[1],
    '  sudo apt-get update && sudo apt-get install -y --no-install-recommends flex tshark',
  );
  assert.deepEqual(await checkout.calls(), ['sudo -n true']);
});

test('experiments are asked for nothing that only tests need, nor for a compiler where a kernel is finished', async () => {
  await using checkout = await Checkout.create();
  await checkout.program('sudo', 'exit 1');
  const environment = { XDG_CACHE_HOME: checkout.path('cache') };
  const asked = async (
    missing: string,
    more: Readonly<Record<string, string>>,
    ...words: readonly string[]
  ) => {
    await checkout.program('dpkg-query', installedBut(missing));
    const { status, stderr } = checkout.install(ordinary, { ...environment, ...more }, words);
    const [, line = ''] = /apt-get install -y --no-install-recommends ([^\n]*)$/m.exec(stderr) ?? [];
    return [status, line];
  };
  assert.deepEqual(await asked('curl tshark mininet', {}), [2, 'curl tshark mininet']);
  assert.deepEqual(await asked('python3-scapy tshark mininet chromium', {}, 'run'), [0, '']);
  assert.deepEqual(await asked('curl tshark', {}, 'run'), [0, 'curl']);
  assert.deepEqual(await asked('gcc tshark', {}, 'run'), [2, 'gcc']);
  assert.deepEqual(await asked('util-linux', {}, 'run'), [2, 'util-linux']);
  await checkout.write('k.tar.gz', '');
  assert.deepEqual(await asked('gcc', { LAB_KERNEL: checkout.path('k.tar.gz') }, 'run'), [0, '']);
  assert.deepEqual(await asked('gcc', { LAB_KERNEL: checkout.path('none') }, 'run'), [2, 'gcc']);
  await checkout.write('cache/handoff-lab/kernel/0123456789abcdef/linux', '');
  assert.deepEqual(await asked('gcc tshark', {}, 'run'), [2, 'gcc'], 'no program');
  await chmod(checkout.path('cache/handoff-lab/kernel/0123456789abcdef/linux'), 0o755);
  assert.deepEqual(await asked('gcc tshark', {}, 'run'), [0, '']);
  assert.deepEqual(await asked('gcc tshark', {}), [2, 'gcc tshark']);
  // A fresh system's Node is needed whatever is asked for.
  await checkout.onlyPrograms(['sh', 'sed', 'uname', 'cksum', 'cat', 'id', 'dirname', 'mkdir', 'cp']);
  assert.deepEqual(await asked('nodejs npm', {}, 'run'), [2, 'nodejs npm']);
});

test('on Ubuntu the keys of Debian’s archive, from which kernel and programs come, are installed with the rest', async () => {
  await using checkout = await Checkout.create();
  await checkout.program('dpkg-query', installedBut('debian-archive-keyring'));
  await checkout.program('sudo', 'exit 1');
  const { status, stderr } = checkout.install(ordinary);
  assert.equal(status, 2);
  assert.match(stderr, /apt-get install -y --no-install-recommends debian-archive-keyring$/m);
});

test('with sudo that asks no password the missing packages are installed, no question asked', async () => {
  await using checkout = await Checkout.create();
  await checkout.program('dpkg-query', installedBut('flex'));
  assert.equal(checkout.install(ordinary).status, 0);
  assert.deepEqual(await checkout.calls(), [
    'sudo -n true',
    'sudo apt-get update',
    'sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends flex',
    NPM_CALL,
  ]);
});

test('the name server’s package is installed masked, so that nothing of it starts on the machine', async () => {
  await using checkout = await Checkout.create();
  await checkout.program('dpkg-query', installedBut('nsd'));
  await mkdir(checkout.path('units'));
  await chmod(checkout.path('units'), 0o777);
  const unit = checkout.path('units/nsd.service');
  const mask = `ln -s /dev/null ${unit}`;
  const environment = { HANDOFF_LAB_UNITS: checkout.path('units') };
  assert.equal(checkout.install(ordinary, environment).status, 0);
  const calls = await checkout.calls();
  assert.deepEqual(calls.slice(1, 3), [`sudo ${mask}`, 'sudo apt-get update']);
  await checkout.program('sudo', 'exit 1');
  const { stderr } = checkout.install(ordinary, environment);
  assert.match(stderr, new RegExp(`^ {2}sudo ${mask} && sudo apt-get update && `, 'm'));
  // A unit that the machine's owner has put there is left alone.
  await checkout.write('units/nsd.service', '');
  assert.ok(!checkout.install(ordinary, environment).stderr.includes('/dev/null'));
});

test('a second call redoes nothing and takes less than a second', async () => {
  await using checkout = await Checkout.create();
  assert.equal(checkout.install(ordinary).status, 0);
  const before = await checkout.calls();
  assert.deepEqual(before, [NPM_CALL]);
  const started = performance.now();
  assert.equal(checkout.install(ordinary).status, 0);
  const tookMs = performance.now() - started;
  assert.ok(tookMs < 1000, `${tookMs} ms`);
  assert.deepEqual(await checkout.calls(), before);
});

test('npm installs again after another lock file, an interrupted installation, or a lost Node', async () => {
  await using checkout = await Checkout.create();
  const installs = async (): Promise<number> => {
    const { status, stderr } = checkout.install(ordinary);
    assert.equal(status, 0, stderr);
    return (await checkout.calls()).length;
  };
  assert.equal(await installs(), 1);
  // An older file with other content, as after a change of branch: its time says nothing.
  await checkout.write('project/package-lock.json', '{ "lockfileVersion": 3, "other": true }\n');
  assert.equal(await installs(), 2);
  await rm(checkout.path('project/node_modules/.installed'));
  assert.equal(await installs(), 3);
  await rm(checkout.path(`project/node_modules/node-linux-${process.arch}`), { recursive: true });
  assert.equal(await installs(), 4);
  assert.equal(await installs(), 4);
});

test('a Node that is too old to install with is named, with where to get another', async () => {
  await using checkout = await Checkout.create();
  await checkout.program('node', `[ "$1" = -p ] && echo 16 || echo v16.20.0`);
  const { status, stderr } = checkout.install(ordinary);
  assert.equal(status, 2);
  assert.match(stderr, /needs Node 18 or newer.*found: v16\.20\.0/);
  assert.match(stderr, /https:\/\/nodejs\.org/);
});

test('Debian 12’s own Node 18 fetches the pinned one', async () => {
  await using checkout = await Checkout.create();
  await checkout.program('node', `[ "$1" = -p ] && echo 18 || echo v18.20.4`);
  assert.equal(checkout.install(ordinary).status, 0);
  assert.deepEqual(await checkout.calls(), [NPM_CALL]);
});

test('where there is neither Node nor npm, the distribution’s are installed with the rest', async () => {
  await using checkout = await Checkout.create();
  await checkout.onlyPrograms(['sh', 'sed', 'uname', 'cksum', 'cat', 'id', 'dirname', 'mkdir', 'cp']);
  await checkout.program('dpkg-query', installedBut('nodejs npm'));
  await checkout.program('sudo', 'exit 1');
  const { status, stderr } = checkout.install(ordinary);
  assert.equal(status, 2);
  assert.match(stderr, /apt-get install -y --no-install-recommends nodejs npm$/m);
});

for (const [name, uname, environment, expected] of [
  ['macOS', 'case $1 in -s) echo Darwin ;; *) echo arm64 ;; esac', {}, /on Darwin use its container/],
  [
    'NixOS',
    'case $1 in -s) echo Linux ;; *) echo x86_64 ;; esac',
    { HANDOFF_LAB_NIXOS: '/' },
    /on NixOS use its container/,
  ],
] as const)
  test(`on ${name} the first line is the container, and nothing is touched`, async () => {
    await using checkout = await Checkout.create();
    await checkout.program('uname', uname);
    const { status, stderr } = checkout.install(ordinary, environment);
    assert.equal(status, 2);
    assert.match(stderr.split('\n')[0]!, expected);
    assert.match(
      stderr.split('\n')[1]!,
      /docker build --target warm .* && docker run --name lab .*; docker cp lab:/,
    );
    assert.deepEqual(
      (await checkout.calls()).filter((call) => !call.startsWith('uname')),
      [],
    );
  });

test('on another processor the first line says what is left', async () => {
  await using checkout = await Checkout.create();
  await checkout.program('uname', 'case $1 in -s) echo Linux ;; *) echo aarch64 ;; esac');
  const { stderr } = checkout.install(ordinary);
  assert.match(stderr.split('\n')[0]!, /for x86-64 only; this is aarch64\. Only --lab host is left/);
});

test('every program that tests and labs start by name is in a package of the list', async () => {
  const list = await readFile(join(project, 'scripts/debian-packages.txt'), 'utf8');
  const named = list.split('\n').map((line) => line.split(' ')[0]);
  for (const name of ['procps', 'iproute2', 'util-linux', 'tcpdump', 'nftables'])
    assert.ok(named.includes(name), name);
});

test('make help lists every target that a user may call, each in one line', async () => {
  const { status, stdout } = spawnSync('make', ['-C', project, '--no-print-directory', 'help'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0);
  const listed = stdout
    .trimEnd()
    .split('\n')
    .map((line) => /^ {2}make (\S+) +\S/.exec(line)?.[1]);
  const makefile = await readFile(join(project, 'Makefile'), 'utf8');
  const phony = /^\.PHONY: (.*)$/m.exec(makefile)?.[1]?.split(' ');
  assert.deepEqual(listed.toSorted(), phony?.toSorted());
});
