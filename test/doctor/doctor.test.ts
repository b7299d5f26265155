import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { probeFindings } from '../../runner/doctor/lab-kernel.ts';
import { examineMachine } from '../../runner/doctor/machine.ts';
import { isOptional, prerequisites } from '../../runner/doctor/prerequisites.ts';
import { readProbe } from '../../runner/doctor/probe.ts';
import { installing } from '../../runner/this-user.ts';
import { fakeTree } from '../support/fake-kernel-tools.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const program = fileURLToPath(new URL('../../bin/handoff-lab', import.meta.url));
const answerShape = z.object({
  ok: z.boolean(),
  findings: z.array(
    z.object({
      area: z.string(),
      id: z.string(),
      verdict: z.string(),
      text: z.string(),
      remedy: z.string().optional(),
    }),
  ),
});

interface Answer extends z.infer<typeof answerShape> {
  readonly status: number | null;
}

function doctor(environment: Readonly<Record<string, string>> = {}): Answer {
  const { status, stdout, stderr } = spawnSync(program, ['doctor', '--json'], {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, ...environment },
  });
  assert.notEqual(stdout, '', stderr);
  return { status, ...answerShape.parse(JSON.parse(stdout)) };
}

/** A folder in front of PATH with one program. */
async function withProgram(
  name: string,
  body: string,
  use: (path: string) => Promise<void> | void,
): Promise<void> {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, name), `#!/bin/sh\n${body}\n`);
  await chmod(join(folder.path, name), 0o755);
  await use(`${folder.path}:${process.env.PATH}`);
}

test('the lab kernel is booted and does all that experiments need', () => {
  const { status, ok, findings } = doctor();
  const lab = findings.filter(({ area }) => area === 'lab kernel');
  assert.deepEqual(
    lab.filter(({ verdict }) => verdict !== 'ok'),
    [],
  );
  assert.deepEqual(
    lab.map(({ id }) => id),
    ['kernel', 'programs', 'boot', ...prerequisites.map(({ id }) => id)],
  );
  // The same list for the running kernel, whatever it can do.
  const running = findings.filter(({ area }) => area === 'running kernel').map(({ id }) => id);
  assert.deepEqual(running, ['--lab host', ...prerequisites.map(({ id }) => id)]);
  assert.equal(status, ok ? 0 : 3);
});

for (const [name, purpose, verdict] of [
  ['util-linux', 'run: ', 'missing'],
  ['tcpdump', 'shell: captures', 'note'],
  ['tshark', 'test: ', 'note'],
] as const)
  test(`a missing Debian package is named with the exact remedy: ${name}, ${verdict}`, async () => {
    const known = `shift 3; for p; do [ "$p" = ${name} ] || echo "$p installed"; done`;
    await withProgram('dpkg-query', known, (PATH) => {
      const { status, ok, findings } = doctor({ PATH });
      const found = findings.find(({ id }) => id === 'Debian packages');
      assert.equal(found?.verdict, verdict);
      assert.ok(found?.text.replaceAll(/ +/g, ' ').includes(`${name} (${purpose}`), found?.text);
      assert.equal(found?.remedy, installing([name]));
      assert.equal(status, ok ? 0 : 3);
      if (verdict === 'missing') assert.equal(ok, false);
    });
  });

/** An apt-get whose archive can be read, and has nothing in it. */
const APT_GET = 'lists=$(dirname "$APT_CONFIG")/state/lists; [ "$1" != update ] || : >"$lists/x_Packages"';

/** What doctor finds of the lab kernel with nothing in the cache, where the archive answers like this. */
async function withNothing(
  aptGet: string,
  environment: (folder: string) => Promise<Readonly<Record<string, string>>>,
  use: (answer: Answer, folder: string) => Promise<void> | void,
): Promise<void> {
  await using folder = await temporaryFolder();
  const asked = { XDG_CACHE_HOME: folder.path, ...(await environment(folder.path)) };
  await withProgram('apt-get', aptGet, (PATH) => use(doctor({ ...asked, PATH }), folder.path));
}

const found = ({ findings }: Answer, wanted: string) =>
  findings.find(({ area, id }) => area === 'lab kernel' && id === wanted);

test('without a kernel, with none to be had, it says how to get one and ends with status 3', () =>
  withNothing(
    APT_GET,
    async (folder) => ({ LAB_KERNEL_SOURCE: join(folder, 'no.tar.xz') }),
    (answer) => {
      const kernel = found(answer, 'kernel');
      assert.equal(kernel?.verdict, 'missing');
      assert.match(kernel?.text ?? '', /no\.tar\.xz, which cannot be read/);
      assert.match(kernel?.remedy ?? '', /linux-6\.1\.<y>\.tar\.xz.*sha256sums\.asc.*LAB_KERNEL_SOURCE=/);
      assert.equal(answer.status, 3);
    },
  ));

test('without a kernel that can be built it is a note, and nothing is built or downloaded', () =>
  withNothing(
    `${APT_GET}; [ "$1" != download ]`,
    async (folder) => ({ LAB_KERNEL_SOURCE: await fakeTree(folder, '6.1.99') }),
    async (answer, folder) => {
      const kernel = found(answer, 'kernel');
      assert.equal(kernel?.verdict, 'note');
      assert.match(kernel?.text ?? '', /not built yet.*the first run builds it from tree-6\.1\.99-/);
      assert.equal(found(answer, 'programs')?.verdict, 'note');
      assert.match(found(answer, 'programs')?.text ?? '', /the first run downloads them/);
      assert.deepEqual(await readdir(join(folder, 'handoff-lab')), ['debian']);
    },
  ));

test('programs that no archive gives are missing, whatever there is of a kernel', () =>
  withNothing(
    'echo "E: Could not resolve" >&2; exit 100',
    async (folder) => ({ LAB_KERNEL_SOURCE: await fakeTree(folder, '6.1.99') }),
    (answer) => {
      assert.equal(found(answer, 'kernel')?.verdict, 'note');
      const programs = found(answer, 'programs');
      assert.equal(programs?.verdict, 'missing');
      assert.match(programs?.text ?? '', /apt-get failed with status 100/);
      assert.match(programs?.remedy ?? '', /reaches a mirror of Debian that has the release bookworm/);
      assert.equal(answer.status, 3);
    },
  ));

test('where no namespace can be made, the running kernel counts as not tried', () =>
  withProgram('unshare', 'echo "unshare failed: Operation not permitted" >&2; exit 1', (PATH) => {
    const { findings } = doctor({ PATH });
    const running = findings.filter(({ area }) => area === 'running kernel');
    assert.match(running[0]?.text ?? '', /^its kernel was not tried: no network namespace can be made here/);
    for (const { text } of running.slice(1)) assert.match(text, /: was not tried \(needs /);
  }));

test('a processor that no lab kernel is for is missing, and the remedy is the running kernel', async () => {
  const found = (await examineMachine(512, 'arm64')).find(({ id }) => id === 'processor');
  assert.equal(found?.verdict, 'missing');
  assert.match(found?.text ?? '', /for x86-64 only; this is arm64/);
  assert.match(found?.remedy ?? '', /--lab host --clock wall/);
});

test('a source of another version is missing, named with the reason', () =>
  withNothing(
    APT_GET,
    async (folder) => ({ LAB_KERNEL_SOURCE: await fakeTree(folder, '6.6.30') }),
    (answer) => {
      assert.equal(found(answer, 'kernel')?.verdict, 'missing');
      assert.match(
        found(answer, 'kernel')?.text ?? '',
        /names Linux 6\.6\.30; the lab kernel is made from 6\.1/,
      );
      assert.equal(answer.status, 3);
    },
  ));

test('a probe that ended early counts what it did not reach as not working', () => {
  const results = readProbe('noise\nprobe veth\tworks\t\nprobe netem\tfails\tError: unknown.\n');
  const by = new Map(results.map((result) => [result.id, result]));
  assert.equal(by.get('veth')?.works, true);
  assert.deepEqual(by.get('netem'), { id: 'netem', works: false, said: 'Error: unknown.' });
  assert.deepEqual(by.get('nft'), { id: 'nft', works: false, said: 'was not tried' });
  assert.equal(results.length, prerequisites.length);
});

test('what is needed for gated input alone is a note where it lacks, and no lab is refused for it', () => {
  const lacking = prerequisites.map(({ id }) => ({ id, works: false, said: 'no' }));
  const notes = probeFindings('host', lacking, 'missing').filter(({ verdict }) => verdict === 'note');
  assert.deepEqual(
    notes.map(({ id }) => id),
    ['packet-queue'],
  );
  assert.deepEqual(
    prerequisites.filter(({ id }) => isOptional(id)).map(({ id }) => id),
    ['packet-queue'],
  );
});

test('a PATH without /usr/sbin changes nothing but a note: what labs look for is found', () => {
  const running = ({ findings }: Answer) => findings.filter(({ area }) => area === 'running kernel');
  const bare = doctor({ PATH: '/usr/bin:/bin' });
  assert.deepEqual(running(bare), running(doctor({ PATH: '/usr/sbin:/usr/bin:/sbin:/bin' })));
  const path = bare.findings.find(({ id }) => id === 'PATH');
  assert.deepEqual([path?.verdict, /^lacks \/usr\/sbin/.test(path?.text ?? '')], ['note', true]);
});

test('without a cache, kernel and programs are missing, in one line each', () => {
  const answer = doctor({ XDG_CACHE_HOME: '/proc' });
  const missing = answer.findings.filter(({ verdict }) => verdict === 'missing');
  assert.deepEqual(
    missing.slice(-3).map(({ id }) => id),
    ['cache', 'kernel', 'programs'],
  );
  for (const { text, remedy } of missing) {
    assert.ok(!text.includes('\n'), text);
    assert.match(remedy ?? '', /\S/);
  }
  assert.equal(answer.status, 3);
});
