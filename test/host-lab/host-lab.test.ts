import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fig12 from '../../experiments/fig12.ts';
import { jobFilesOf, planOf } from '../../runner/cells/cell-files.ts';
import { cellsOf } from '../../runner/cells.ts';
import { prerequisites } from '../../runner/doctor/prerequisites.ts';
import { probeScript } from '../../runner/doctor/probe.ts';
import { nodeEntryPoints } from '../../runner/node-entry-points.ts';
import { compareReadBack } from '../../topologies/verify.ts';
import { runInLab } from '../support/lab.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const launcher = fileURLToPath(new URL('guest/launch.ts', import.meta.url));
const program = fileURLToPath(new URL('../../bin/handoff-lab', import.meta.url));

/** All that a lab could leave outside: links, routes, rules, xfrm, namespaces, mounts, processes, host name, settings. */
const LOOK = `look() {
  ip -d link; ip addr; ip -6 route show table all; ip -6 rule; ip xfrm state; ip xfrm policy; nft list ruleset
  ls /run /run/netns /tmp; cut -d' ' -f4-6 /proc/self/mountinfo; uname -n
  { grep -rs . /proc/sys/net || true; } | grep -vE 'random|secret|stable|flush|idgen|tcp_fastopen_key'
  # With nothing but the shell itself: programs would see themselves.
  for file in /proc/[0-9]*/comm; do read -r name <$file && [[ $name = kworker* ]] || echo "process $name"; done
}`;

test('a whole cell runs on the kernel it finds, and outside nothing has changed', async () => {
  const settings = { csMs: [10], ssMs: [10], bytes: [200_000], firstBytes: [100_000] };
  const selection = { profile: 'smoke', settings, variants: ['drain'] } as const;
  const [cell] = cellsOf(fig12, { ...selection, clock: 'wall', seed: 1, repetitions: 1 });
  const plan = planOf(cell!);
  const files = Object.entries(jobFilesOf(plan, 'headers'));
  await using run = await runInLab({
    clock: 'wall',
    programs: { ...nodeEntryPoints, launch: launcher },
    files: { 'job.json': JSON.stringify(files) },
    // As an ordinary kernel has it, unlike the lab's: every namespace gets fallback tunnel devices.
    body: `${LOOK}
echo 0 >/proc/sys/net/core/fb_tunnels_only_for_init_net
look >before.txt
status=0; $NODE /run/lab/nodes/launch.cjs /run/job/inner job.json || status=$?
look >after.txt
exit $status`,
  });
  assert.equal(run.status, 0, run.console);
  assert.deepEqual(await compareReadBack(plan.topology, join(run.folder, 'inner/network')), []);
  const events = await readFile(join(run.folder, 'inner/events/client.jsonl'), 'utf8');
  assert.match(events, /"event":"repetition-finished","repetition":0.*"ok":true/);
  assert.ok((await readFile(join(run.folder, 'inner/router.pcap'))).length > 50_000);
  const [before, after] = await Promise.all(
    ['before.txt', 'after.txt'].map((name) => readFile(join(run.folder, name), 'utf8')),
  );
  assert.deepEqual(after!.split('\n').sort(), before!.split('\n').sort());
  for (const sight of ['lo: <LOOPBACK', 'net/ipv6/conf/all/forwarding:0', 'process bash'])
    assert.ok(before!.includes(sight), `there was something to compare: ${sight}`);
});

test('a host lab that passes its limit ends with everything it started', async () => {
  await using run = await runInLab({
    clock: 'wall',
    programs: { launch: launcher },
    files: { 'job.json': JSON.stringify([['init.sh', 'sleep 1000 & sleep 1000']]) },
    body: `status=0; $NODE /run/lab/nodes/launch.cjs /run/job/inner job.json 2 || status=$?
{ cat /proc/[0-9]*/comm || true; } | grep -c '^sleep$' || true
exit $status`,
  });
  assert.match(run.console, /The lab did not end within 2 s/);
  assert.match(run.console, /^0$/m, 'no sleep is left');
});

test('--lab host is refused with field, value and remedy where it cannot be', async () => {
  const refused = (words: readonly string[], env = process.env): string => {
    const args = ['run', 'fig12', '--lab', 'host', ...words];
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000, env });
    assert.equal(status, 2, stderr);
    return stderr;
  };
  assert.match(refused([]), /--clock: 'virtual' is not possible .*add --clock wall/);
  const notRoot = { ...process.env, NODE_OPTIONS: asUser(65534) };
  assert.match(refused(['--clock', 'wall'], notRoot), /--lab: 'host' needs root; run it with sudo/);
});

/** Node's options with which the command line takes its user for this one, who may be barred from this folder, or not be had. */
function asUser(id: number): string {
  return `--import data:text/javascript,${encodeURIComponent(`process.getuid = () => ${id}`)}`;
}

test('--lab host on a kernel that lacks parts ends before it begins, with the list and status 3', async () => {
  await using folder = await temporaryFolder();
  // As where the kernel has no queueing discipline.
  const missing = ['netem', 'tbf'];
  const lines = prerequisites.map(({ id }) =>
    missing.includes(id) ? `probe ${id}\\tfails\\tError: Specified qdisc kind` : `probe ${id}\\tworks\\t`,
  );
  await writeFile(join(folder.path, 'unshare'), `#!/bin/sh\nprintf '${lines.join('\\n')}\\n'\n`);
  await chmod(join(folder.path, 'unshare'), 0o755);
  const out = join(folder.path, 'out');
  const words = ['run', 'fig12', '--lab', 'host', '--clock', 'wall', '--out', out];
  const { status, stderr } = spawnSync(program, words, {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, PATH: `${folder.path}:${process.env.PATH}`, NODE_OPTIONS: asUser(0) },
  });
  assert.equal(status, 3, stderr);
  assert.match(
    stderr,
    /--lab host is not possible: the running kernel lacks netem \(Error: Specified qdisc kind; needs /,
  );
  assert.match(stderr, /kernel option NET_SCH_NETEM.*kernel option NET_SCH_TBF\)\./);
  assert.match(stderr, /remedy: use --lab uml/);
  assert.ok(!existsSync(out));
});

test('the lab kernel has every prerequisite, in both clocks; a probe says what a tool answers', async () => {
  const run = (clock: 'virtual' | 'wall', first = '') =>
    runInLab({
      clock,
      files: { 'probe.sh': probeScript() },
      body: `${first}\nunshare --net bash ./probe.sh`,
    });
  for (const clock of ['virtual', 'wall'] as const) {
    await using complete = await run(clock);
    assert.doesNotMatch(complete.console, /fails/);
    assert.match(complete.console, /^probe netem\tworks/m);
  }
  const tool = 'tc() { echo "Error: Specified qdisc kind is unknown." >&2; return 2; }; export -f tc';
  await using lacking = await run('virtual', tool);
  const failing = [...lacking.console.matchAll(/^probe (\S+)\tfails\t(.*)$/gm)].map(([, id, said]) => [
    id,
    said,
  ]);
  const said = 'Error: Specified qdisc kind is unknown.';
  assert.deepEqual(failing, [
    ['netem', said],
    ['tbf', said],
    ['flower', said],
  ]);
});
