import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runInLab } from '../support/lab.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const script = fileURLToPath(new URL('../../scripts/in-root.sh', import.meta.url));

/** What a program in the root finds: each line that it does not find as it should ends it. */
const WITHIN = `set -e
[ "$(ls -d /* | tr '\\n' ' ')" = '/bin /dev /etc /lib /lib64 /proc /sbin /usr ' ]
[ "$$" = 1 ]; echo x >/dev/null; [ "$(head -c 4 /dev/zero | wc -c)" = 4 ]; [ -e /dev/fd/0 ]
grep -q ' /dev/shm tmpfs .*noexec.*size=65536k' /proc/mounts
! grep -q /run/job /proc/mounts
[ "$http_proxy" = http://proxy:1 ]; [ -z "$SECRET" ]
unshare --user --map-root-user true
mkdir /dev/mine; mount -t tmpfs mine /usr
`;

test('what runs in a root has devices, processes and mounts of its own, and nothing of them is left', async () => {
  // In a lab: there the script's mounts are nobody's, whatever it does.
  await using run = await runInLab({
    files: { 'in-root.sh': await readFile(script, 'utf8'), 'within.sh': WITHIN },
    body: `look() { cat /proc/mounts; ls -R /tmp/root/dev /dev; ls -d /proc/[0-9]* | wc -l; }
chmod +x in-root.sh
mkdir -p /tmp/root/{proc,dev,etc,usr}
mount --bind /usr /tmp/root/usr
for folder in bin sbin lib lib64; do ln -s usr/$folder /tmp/root/$folder; done
cp within.sh /tmp/root/etc
look >before.txt
export http_proxy=http://proxy:1 SECRET=x
SHM=size=64m,noexec ./in-root.sh /tmp/root bash -x /etc/within.sh
SHM= ./in-root.sh /tmp/root bash -c 'sleep 1000 & exit 7' || echo "status $?"
look >after.txt`,
  });
  assert.equal(run.status, 0, run.console);
  assert.match(run.console, /^status 7$/m);
  const [before, after] = await Promise.all(
    ['before.txt', 'after.txt'].map((name) => readFile(join(run.folder, name), 'utf8')),
  );
  assert.equal(after, before);
});

test('a folder that is no system’s root is refused, and so is who is not root', async () => {
  await using folder = await temporaryFolder();
  const ordinary = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const asked = spawnSync('bash', ['-s', '/', 'true'], {
    input: await readFile(script),
    encoding: 'utf8',
    cwd: '/',
    ...ordinary,
  });
  assert.deepEqual([asked.status, asked.stderr], [2, 'in-root: needs root\n']);
  await mkdir(join(folder.path, 'bin'));
  const asRoot = `id() { echo 0; }; export -f id; exec bash '${script}' "$@"`;
  for (const [words, problem] of [
    [[folder.path, 'true'], `in-root: ${folder.path} is no system's root\n`],
    [[], "in-root: no folder is no system's root\n"],
    [['/', 'true'], "in-root: / is this machine's own root\n"],
    [['/etc/..', 'true'], "in-root: / is this machine's own root\n"],
  ] as const) {
    const { status, stderr } = spawnSync('bash', ['-c', asRoot, 'bash', ...words], { encoding: 'utf8' });
    assert.deepEqual([status, stderr], [2, problem]);
  }
});
