import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { runInLab } from '../support/lab.ts';

const folder = join(import.meta.dirname, '../../docs/upstream/selftests');
const selftests = ['xfrm_mh_type.sh', 'tcp_window_clamp.sh'] as const;

for (const name of selftests) {
  test(`the lab kernel passes the selftest ${name}`, async () => {
    const script = await readFile(join(folder, name), 'utf8');
    await using run = await runInLab({ body: `bash ./${name}`, files: { [name]: script } });
    assert.equal(run.status, 0, run.console);
    assert.match(run.console, /^ok {3}/m);
    assert.doesNotMatch(run.console, /FAIL|SKIP/);
  });

  test(`a kernel that has the fault fails ${name}`, async (t) => {
    const [major = 0, minor = 0] = release().split('.').map(Number);
    if (major < 6 || (major === 6 && minor < 7))
      return t.skip(`this machine's kernel, ${release()}, has not got it`);
    if (process.getuid?.() !== 0) return t.skip('needs root: network namespaces of this machine’s kernel');
    const script = `mount -t tmpfs none /run && mkdir /run/netns && exec ${join(folder, name)}`;
    const ended = await promisify(execFile)('unshare', ['--net', '--mount', 'sh', '-c', script], {
      timeout: 60_000,
    }).then(
      ({ stdout }) => ({ code: 0, stdout }),
      ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
    );
    if (ended.code === 4) return t.skip(ended.stdout);
    assert.equal(ended.code, 1, ended.stdout);
    assert.match(ended.stdout, /^FAIL /m);
  });
}
