import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cacheFolder, cachePlace, makeCacheFolder } from '../../runner/cache-folder.ts';
import { examineCache } from '../../runner/doctor/cache.ts';
import { FinishedFolders } from '../../runner/finished-folders.ts';
import { ensureStage } from '../../runner/lab/stage.ts';
import { stageParent } from '../../runner/lab/stage-parent.ts';
import { makeFolders, makeWritable } from '../../runner/make-folders.ts';
import { asRoot, installing, missingCapabilities } from '../../runner/this-user.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = new URL('../..', import.meta.url).pathname;

test('an empty variable is none; a relative one is ignored; without a home the variable is named', () => {
  const home = userInfo().homedir;
  assert.equal(cacheFolder({ XDG_CACHE_HOME: '', HOME: '' }), join(home, '.cache/handoff-lab'));
  assert.deepEqual(cachePlace({ XDG_CACHE_HOME: 'relative', HOME: '/h' }), {
    folder: '/h/.cache/handoff-lab',
    variable: 'HOME',
    value: '/h',
  });
  assert.equal(cachePlace({ XDG_CACHE_HOME: '/c', HOME: 'h' }).variable, 'XDG_CACHE_HOME');
  assert.throws(() => cachePlace({ HOME: 'h' }), {
    name: 'UsageError',
    message: /^HOME: 'h' .*XDG_CACHE_HOME/,
  });
});

test('a folder that cannot be made is refused with the variable that put it there, and nothing hangs', async () => {
  const was = process.env.XDG_CACHE_HOME;
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'file'), '');
  try {
    for (const place of ['/proc', '/proc/self/x', '/sys/nowhere', join(folder.path, 'file')]) {
      process.env.XDG_CACHE_HOME = place;
      await assert.rejects(makeCacheFolder(join(cacheFolder(), 'kernel')), {
        name: 'UsageError',
        field: 'XDG_CACHE_HOME',
        value: place,
        message: /cannot be written to \(E[A-Z]+\); point XDG_CACHE_HOME to a folder/,
      });
    }
  } finally {
    if (was === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = was;
  }
});

test('folders are made one by one, whatever is there already; Node’s own way, which hangs below /proc, is used nowhere in runner/', async () => {
  await using folder = await temporaryFolder();
  const deep = join(folder.path, 'a/b/c');
  await Promise.all([makeFolders(deep), makeFolders(deep), makeWritable(deep)]);
  assert.deepEqual(await readdir(deep), []);
  await assert.rejects(makeFolders('/proc/1/x/y'), { code: 'ENOENT' });
  const names = await readdir(join(root, 'runner'), { recursive: true });
  for (const name of names.filter((candidate) => candidate.endsWith('.ts')))
    assert.doesNotMatch(
      await readFile(join(root, 'runner', name), 'utf8'),
      /mkdir\w*\([^;]*recursive: true/,
      name,
    );
});

test('what is finished in a cache that cannot be written to is found; programs are bundled into a folder of one’s own', async () => {
  await using folder = await temporaryFolder();
  const own = join(folder.path, `handoff-lab-stage-${process.getuid?.()}`);
  // Nobody can write there, not even root.
  assert.equal(await stageParent('/proc/handoff-lab', folder.path), own);
  assert.equal(await stageParent(folder.path, '/nowhere'), join(folder.path, 'stage'));
  const things = new FinishedFolders('/proc/self', async (place) =>
    place.endsWith('/fd') ? 'found' : undefined,
  );
  assert.equal(
    await things.findOrMake(
      () => things.any(),
      () => assert.fail('it was made'),
    ),
    'found',
  );
});

test('a folder in whose place another user’s, a link, or one open to all stands is not used', async () => {
  await using folder = await temporaryFolder();
  const own = join(folder.path, `handoff-lab-stage-${process.getuid?.()}`);
  const refused = () =>
    assert.rejects(stageParent('/proc/handoff-lab', folder.path), {
      name: 'UsageError',
      field: 'TMPDIR',
      message: /as a folder of your own .*\/proc\/handoff-lab\/stage, which cannot be written to/,
    });
  await symlink(folder.path, own);
  await refused();
  await using other = await temporaryFolder();
  await mkdir(join(other.path, `handoff-lab-stage-${process.getuid?.()}`));
  await chmod(join(other.path, `handoff-lab-stage-${process.getuid?.()}`), 0o777);
  await assert.rejects(stageParent('/proc/handoff-lab', other.path), { field: 'TMPDIR' });
});

test('a stage that is there is used as it is, also where its time cannot be set', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'program.ts'), 'console.log(1);');
  const options = {
    cacheDir: join(folder.path, 'cache'),
    nodeEntryPoints: { p: join(folder.path, 'program.ts') },
  };
  const made = await ensureStage(options);
  await utimes(made.folder, 0, 0);
  assert.deepEqual(await ensureStage(options), made);
  assert.ok((await stat(made.folder)).mtimeMs > 0, 'the time of its last use');
});

test('whatever the umask, others can read what is finished and run what is a program', async () => {
  await using folder = await temporaryFolder();
  const things = new FinishedFolders(join(folder.path, 'things'), async (place) => place);
  const place = await things.findOrMake(
    async () => undefined,
    () =>
      things.enter(async (draft) => {
        await mkdir(join(draft, 'thing'), { mode: 0o700 });
        await writeFile(join(draft, 'thing/linux'), '', { mode: 0o700 });
        await writeFile(join(draft, 'thing/config'), '', { mode: 0o600 });
        await symlink('/nowhere', join(draft, 'thing/link'));
        return { folder: join(draft, 'thing'), name: '00000000000000aa' };
      }),
  );
  const modeOf = async (name: string) => (await stat(join(place, name))).mode & 0o777;
  assert.deepEqual(await Promise.all(['.', 'linux', 'config'].map(modeOf)), [0o755, 0o755, 0o644]);
});

test('doctor says of the cache what a run will do', async () => {
  await using folder = await temporaryFolder();
  const look = async (complete: boolean, environment: NodeJS.ProcessEnv) => {
    const [cache, ...rest] = await examineCache(complete, environment);
    return { ...cache, rest: rest.map(({ text }) => text) };
  };
  assert.equal((await look(false, { XDG_CACHE_HOME: folder.path })).verdict, 'ok');
  assert.deepEqual(await readdir(folder.path), [], 'it only looks');
  const nowhere = await look(false, { XDG_CACHE_HOME: '/proc' });
  assert.equal(nowhere.verdict, 'missing');
  assert.match(nowhere.text ?? '', /^\/proc\/handoff-lab \(XDG_CACHE_HOME='\/proc'\) cannot be made there$/);
  assert.match(nowhere.remedy ?? '', /point XDG_CACHE_HOME to a folder/);
  assert.equal((await look(true, { XDG_CACHE_HOME: '/proc' })).verdict, 'note');
  await writeFile(join(folder.path, 'handoff-lab'), '');
  assert.match(
    (await look(false, { XDG_CACHE_HOME: folder.path })).text ?? '',
    /is in the way: it is no folder/,
  );
  assert.match((await look(false, { HOME: 'rel' })).text ?? '', /^HOME: 'rel'/);
  const { rest } = await look(false, { XDG_CACHE_HOME: 'rel', HOME: folder.path });
  assert.match(rest[0] ?? '', /XDG_CACHE_HOME='rel' is relative and so ignored/);
});

test('a remedy is for this user: as it is for root, behind sudo, or given to su', () => {
  const line = 'apt-get install -y --no-install-recommends flex bc';
  assert.equal(installing(['flex', 'bc'], { root: true, sudo: true }), line);
  assert.equal(installing(['flex', 'bc'], { root: false, sudo: true }), `sudo ${line}`);
  assert.equal(installing(['flex', 'bc'], { root: false, sudo: false }), `su -c '${line}'`);
  assert.equal(asRoot('a; b && c', { root: false, sudo: true }), 'sudo a; sudo b && sudo c');
});

test('capabilities are read from what the kernel says of this process', () => {
  const status = (mask: string) => `Name:\tnode\nCapInh:\tffffffffffffffff\nCapEff:\t${mask}\n`;
  const wanted = ['CHOWN', 'SETUID', 'NET_ADMIN', 'SYS_ADMIN'] as const;
  assert.deepEqual(missingCapabilities(status('000001ffffffffff'), wanted), []);
  assert.deepEqual(missingCapabilities(status('0000000000000000'), wanted), wanted);
  // Docker's default for root.
  assert.deepEqual(missingCapabilities(status('00000000a80425fb'), wanted), ['NET_ADMIN', 'SYS_ADMIN']);
  assert.deepEqual(missingCapabilities('', wanted), []);
});
