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

test('on a wide-area network with a count of one’s own the clients go round all members', {
  timeout,
}, async () => {
  await using folder = await temporaryFolder();
  const { status, stdout, stderr } = await inOwnFolder(
    "handoff-lab serve examples/chat-server.ts --topology wide-area --set members=3 --set clients=1 --client 'bash examples/chat-client.sh' --handoff 800 --handoff 1800 --out out",
    folder.path,
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^1\. good morning; 2\. is anybody here\?$/m);
  for (const [donor, acceptor] of [
    ['node1', 'node2'],
    ['node2', 'node3'],
  ])
    assert.match(stderr, new RegExp(`${donor} has handed client1? off to ${acceptor}`));
});

/** At no distance between members Init and the answers to return routability come to the acceptor at one instant. */
test('a client that leaves while it is handed off goes along, also where packets come in while its socket is made again', {
  timeout,
}, async () => {
  await using folder = await temporaryFolder();
  const { status, stderr } = await inOwnFolder(
    "handoff-lab serve examples/http-server.ts --set cs1Ms=10 --set cs2Ms=10 --client 'curl -sS http://contact:8080/a http://contact:8080/b'",
    folder.path,
  );
  assert.equal(status, 0, stderr);
  assert.match(stderr, /node2 has handed client off to node1/);
  assert.ok(!stderr.includes('failed'), stderr);
});

test('a network on which no server can be is refused by what is missing, before a lab starts', async () => {
  await using folder = await temporaryFolder();
  for (const [words, message] of [
    ['pair', /topology pair: .* say nothing of the member; name 2 at least/],
    ['wide-area --set members=1', /topology wide-area: .* say nothing of the member/],
    ['wide-area --set clients=0', /clients is 0: must be a whole number from 1 to 99/],
    ['wide', /name is "wide": .*name one of fig9, pair, wide-area/],
  ] as const) {
    const { status, stderr } = await inOwnFolder(
      `handoff-lab serve examples/chat-server.ts --topology ${words} --client true`,
      folder.path,
    );
    assert.equal(status, 2, stderr);
    assert.match(stderr, message);
  }
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
