import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { examineMachine } from '../../runner/doctor/machine.ts';
import { prerequisites } from '../../runner/doctor/prerequisites.ts';
import { readProbe } from '../../runner/doctor/probe.ts';
import { fakeTree } from '../support/fake-kernel-tools.ts';

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
async function withProgram(name: string, body: string, use: (path: string) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'doctor-test-'));
  try {
    await writeFile(join(folder, name), `#!/bin/sh\n${body}\n`);
    await chmod(join(folder, name), 0o755);
    use(`${folder}:${process.env.PATH}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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
  ['tshark', 'tests: ', 'note'],
] as const)
  test(`a missing Debian package is named with the exact remedy: ${name}, ${verdict}`, async () => {
    const known = `shift 3; for p; do [ "$p" = ${name} ] || echo "$p installed"; done`;
    await withProgram('dpkg-query', known, (PATH) => {
      const { status, ok, findings } = doctor({ PATH });
      const found = findings.find(({ id }) => id === 'Debian packages');
      assert.equal(found?.verdict, verdict);
      assert.ok(found?.text.includes(`${name} (${purpose}`), found?.text);
      assert.equal(found?.remedy, `sudo apt-get install -y --no-install-recommends ${name}`);
      assert.equal(status, ok ? 0 : 3);
      if (verdict === 'missing') assert.equal(ok, false);
    });
  });

test('without a kernel, with none to be had, it says how to get one and ends with status 3', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'doctor-test-'));
  try {
    const { status, findings } = doctor({
      XDG_CACHE_HOME: folder,
      LAB_KERNEL_SOURCE: join(folder, 'no.tar.xz'),
    });
    const found = findings.find(({ area }) => area === 'lab kernel');
    assert.equal(found?.verdict, 'missing');
    assert.match(found?.text ?? '', /no\.tar\.xz, which cannot be read/);
    assert.match(found?.remedy ?? '', /linux-6\.1\.<y>\.tar\.xz.*sha256sums\.asc.*LAB_KERNEL_SOURCE=/);
    assert.equal(status, 3);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('without a kernel that can be built it is a note, and nothing is built', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'doctor-test-'));
  try {
    const source = await fakeTree(folder, '6.1.99');
    const { findings } = doctor({ XDG_CACHE_HOME: folder, LAB_KERNEL_SOURCE: source });
    const found = findings.find(({ area }) => area === 'lab kernel');
    assert.equal(found?.verdict, 'note');
    assert.match(found?.text ?? '', /not built yet.*the first run builds it from tree-6\.1\.99-/);
    assert.equal(await readFile(join(folder, 'handoff-lab/kernel/lock'), 'utf8').catch(() => 'none'), 'none');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a processor that no lab kernel is for is missing, and the remedy is the running kernel', async () => {
  const found = (await examineMachine(512, 'arm64')).find(({ id }) => id === 'processor');
  assert.equal(found?.verdict, 'missing');
  assert.match(found?.text ?? '', /for x86-64 only; this is arm64/);
  assert.match(found?.remedy ?? '', /--lab host --clock wall/);
});

test('a source of another version is missing, named with the reason', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'doctor-test-'));
  try {
    const LAB_KERNEL_SOURCE = await fakeTree(folder, '6.6.30');
    const { status, findings } = doctor({ XDG_CACHE_HOME: folder, LAB_KERNEL_SOURCE });
    const found = findings.find(({ area }) => area === 'lab kernel');
    assert.equal(found?.verdict, 'missing');
    assert.match(found?.text ?? '', /names Linux 6\.6\.30; the lab kernel is made from 6\.1/);
    assert.equal(status, 3);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a probe that ended early counts what it did not reach as not working', () => {
  const results = readProbe('noise\nprobe veth\tworks\t\nprobe netem\tfails\tError: unknown.\n');
  const by = new Map(results.map((result) => [result.id, result]));
  assert.equal(by.get('veth')?.works, true);
  assert.deepEqual(by.get('netem'), { id: 'netem', works: false, said: 'Error: unknown.' });
  assert.deepEqual(by.get('nft'), { id: 'nft', works: false, said: 'was not tried' });
  assert.equal(results.length, prerequisites.length);
});
