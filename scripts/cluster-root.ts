import { appendFile, chmod, copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheFolder } from '../runner/cache-folder.ts';
import { DebianArchive } from '../runner/debian/archive.ts';
import { FinishedFolders, readRecord } from '../runner/finished-folders.ts';
import { hashOf } from '../runner/kernel/recipe.ts';
import { runTool } from '../runner/kernel/run-tool.ts';

/** What a cluster's machine has: Slurm with munge, ssh and GNU parallel, what a run starts on the machine, and git. */
const PACKAGES = [
  ...[
    'base-files',
    'base-passwd',
    'bash',
    'coreutils',
    'debianutils',
    'diffutils',
    'findutils',
    'gawk',
    'grep',
    'hostname',
  ],
  ...[
    'iproute2',
    'libc-bin',
    'libstdc++6',
    'mount',
    'passwd',
    'procps',
    'sed',
    'tar',
    'gzip',
    'usr-is-merged',
    'util-linux',
  ],
  ...['git', 'munge', 'openssh-client', 'openssh-server', 'parallel', 'slurm-client', 'slurmctld', 'slurmd'],
];
const record = z.object({ made: z.string() });
const merged = ['bin', 'sbin', 'lib', 'lib64'];
const folders = [
  'dev',
  'proc',
  'run',
  'sys',
  'tmp',
  'var',
  'root/.cache',
  'checkout',
  'work',
  'etc/slurm',
  'etc/munge',
];

/** Prints the folder of a root with a cluster's programs, unpacked from Debian's packages at first; needs root, and the archive once. */
const made = hashOf('3', ...PACKAGES);
const roots = new FinishedFolders(join(cacheFolder(), 'cluster'), async (folder) =>
  (await readRecord(join(folder, 'cluster.json'), record))?.made === made ? folder : undefined,
);
const root = await roots.findOrMake(
  () => roots.any(),
  () => roots.enter(async (draft) => ({ folder: await fill(draft), name: made })),
);
process.stdout.write(`${root}\n`);

async function fill(folder: string): Promise<string> {
  const archive = await DebianArchive.open({ folder: join(cacheFolder(), 'debian') });
  const files = await archive.download(await archive.closureOf(PACKAGES));
  for (const name of merged) {
    await mkdir(join(folder, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(folder, name));
  }
  const unpack =
    'for file; do dpkg-deb --fsys-tarfile "$file" | tar --extract --directory . --keep-directory-symlink || exit; done';
  await runTool('bash', ['-c', `set -o pipefail; ${unpack}`, 'unpack', ...files], { cwd: folder });
  for (const file of files) await rm(file, { force: true });
  // What packages' scripts would have linked.
  const links = {
    'bin/sh': 'bash',
    'bin/awk': 'gawk',
    'sbin/slurmctld': 'slurmctld-wlm',
    'sbin/slurmd': 'slurmd-wlm',
  };
  for (const [name, target] of Object.entries({ ...links, 'sbin/slurmstepd': 'slurmstepd-wlm' }))
    await symlink(target, join(folder, 'usr', name)).catch(() => undefined);
  for (const name of folders) await mkdir(join(folder, name), { recursive: true });
  for (const name of ['passwd', 'group'])
    await copyFile(join(folder, `usr/share/base-passwd/${name}.master`), join(folder, 'etc', name));
  // Who logs in, without a password; and whom sshd becomes.
  const users = ['lab1:*:1001:1001::/work/lab1:/bin/bash', 'lab2:*:1002:1002::/work/lab2:/bin/bash'];
  await appendFile(
    join(folder, 'etc/passwd'),
    `${[...users, 'sshd:*:100:65534::/run/sshd:/bin/false'].join('\n')}\n`,
  );
  await writeFile(join(folder, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files\n');
  await writeFile(join(folder, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost\n10.0.0.1 node\n');
  await runTool('chroot', [folder, '/sbin/ldconfig']);
  await chmod(folder, 0o755);
  await writeFile(join(folder, 'cluster.json'), `${JSON.stringify({ made })}\n`);
  return folder;
}
