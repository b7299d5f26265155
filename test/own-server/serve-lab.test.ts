import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { endWithTest } from '../support/end-with-test.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sameTimes, transcripts } from './documented.ts';

const root = resolve(import.meta.dirname, '../..');
const timeout = 300_000;

/** A shell command in a folder outside the checkout, where `handoff-lab` is a program and the examples are copied to. */
async function inOwnFolder(command: string, folder: string) {
  // Labs that root starts run as another user.
  await chmod(folder, 0o755);
  await cp(join(root, 'examples'), join(folder, 'examples'), { recursive: true });
  const words = `handoff-lab() { "${root}/bin/handoff-lab" "$@"; }\n${command}`;
  const child = endWithTest(
    spawn('bash', ['-c', words], {
      cwd: folder,
      timeout,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout: await stdout, stderr: await stderr };
}

for (const { command, output } of ['docs/serve.md', 'docs/own-work.md'].flatMap(transcripts))
  test(`as the page says: ${command}`, { timeout }, async () => {
    await using folder = await temporaryFolder();
    const { status, stdout, stderr } = await inOwnFolder(command, folder.path);
    assert.equal(status, 0, stderr);
    const lines = `${stdout}${stderr}`.trimEnd().split('\n');
    // What the lab needs may have to be made first.
    const found = lines.slice(-output.length);
    for (const [at, line] of output.entries())
      assert.ok(sameTimes(found[at]!, line), `${found[at]} / ${line}`);
  });

test('at a prompt clients go where they are sent, and a command that fails is told', {
  timeout,
}, async () => {
  await using folder = await temporaryFolder();
  const lines = ['client curl -sS http://contact:8080/a', 'handoff node9', 'help', 'client false'];
  const script = lines.map((line) => `'${line}'`).join(' ');
  const { status, stdout, stderr } = await inOwnFolder(
    `printf '%s\\n' ${script} | handoff-lab serve examples/http-server.ts`,
    folder.path,
  );
  assert.equal(status, 1, stderr);
  assert.match(stdout, /^request 1, \/a, at 2001:db8:1::2$/m);
  assert.match(stdout, /^handoff MEMBER .*node1, node2$/m);
  assert.match(stderr, /'node9' is no member: handoff takes one of node1, node2/);
});

test('a member orders nothing of an application without states, and says so; the client’s status is told', {
  timeout,
}, async () => {
  await using folder = await temporaryFolder();
  const plain = `export default () => ({ onConnection: (socket) => socket.write('hi\\n'), start() {} });\n`;
  await writeFile(join(folder.path, 'plain.ts'), plain);
  const client = 'exec 3<>/dev/tcp/contact/8080; read -r line <&3; echo "$line"; sleep 1; exit 7';
  const { status, stdout, stderr } = await inOwnFolder(
    `handoff-lab serve plain.ts --client '${client}' --handoff 300`,
    folder.path,
  );
  assert.equal(status, 1, stderr);
  assert.equal(stdout, 'hi\n');
  assert.match(
    stderr,
    /node1: client was to go to node2, and stays; has the application a clientState listener\?/,
  );
  assert.match(stderr, /the command ended badly: the command ended with status 7/);
  assert.equal(await readFile(join(folder.path, 'out/serve/client-0.out'), 'utf8'), 'hi\n');
});

test('an experiment with an application of one’s own is measured from a folder outside the checkout', {
  timeout,
}, async () => {
  await using folder = await temporaryFolder();
  const run = await inOwnFolder(
    'handoff-lab run examples/chat-gap.ts --profile smoke --out out',
    folder.path,
  );
  assert.equal(run.status, 0, run.stderr);
  const results = join(folder.path, 'out/chat-gap');
  const cells = await readdir(join(results, 'cells'));
  assert.equal(cells.length, 2);
  const samples = (await readFile(join(results, 'samples.csv'), 'utf8')).split('\n');
  for (const ssMs of [20, 80]) {
    const row = samples.find((line) => line.includes(`ssMs=${ssMs}"`) && line.includes(',phase-2,')) ?? '';
    // Init is one packet: its way from the router to the acceptor.
    assert.match(row, new RegExp(`,phase-2,${ssMs}(\\.0\\d*)?,ms,succeeded`), row);
  }
});
