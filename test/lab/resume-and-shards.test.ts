import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { diffResults } from '../../analysis/diff/diff.ts';
import { endWithTest } from '../support/end-with-test.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Four cells: two latencies by two variants, of small downloads. */
const four =
  'run fig12 --profile smoke --set ssMs=10,20 --set bytes=200000 --set firstBytes=100000 --seed 5 --json'.split(
    ' ',
  );

test('shards, one of them on a busy machine, the other interrupted and killed, merge into the whole run', async () => {
  await using folder = await temporaryFolder();
  const out = (name: string): string => join(folder.path, name);
  const whole = await runCli([...four, '--jobs', '2', '--out', out('whole')]);
  assert.equal(whole.status, 0, whole.stderr);
  assert.equal(cellsTold(whole.stdout).length, 4);

  const shard = (k: number): string[] => [...four, '--jobs', '1', '--shard', `${k}/2`, '--out', out(`s${k}`)];
  const busy = await onBusyMachine(() => runCli(shard(1)));
  assert.equal(busy.status, 0, busy.stderr);

  const interrupted = await runCli(shard(2), endAt('start', 'SIGINT'));
  assert.equal(interrupted.status, 130, interrupted.stderr);
  assert.match(
    interrupted.stderr,
    /0 of 2 cells of fig12 are finished .* the same command goes on from there/,
  );

  const killed = await runCli(shard(2), endAt('cell', 'SIGKILL'));
  assert.equal(killed.signal, 'SIGKILL', killed.stderr);
  const [finished] = cellsTold(killed.stdout);
  await disappearance(out('s2'), '.jobs');
  const left = (await readdir(join(out('s2'), 'fig12', 'cells'))).filter(
    (name) => !name.endsWith('.partial'),
  );
  assert.deepEqual(left, [finished]);

  const resumed = await runCli(shard(2));
  assert.equal(resumed.status, 0, resumed.stderr);
  assert.equal(cellsTold(resumed.stdout).length, 1);
  assert.ok(!cellsTold(resumed.stdout).includes(finished!), 'the finished cell was measured again');
  assert.deepEqual(await readdir(out('s2')).then((names) => names.sort()), ['fig12', 'report.html']);

  const merged = await runCli(['merge', out('s1'), out('s2'), '--out', out('merged'), '--json']);
  assert.equal(merged.status, 0, merged.stderr);
  assert.deepEqual(diffResults(out('whole'), out('merged')), []);

  const mixed = await runCli(['merge', out('s1'), out('s1'), '--out', out('none')]);
  assert.equal(mixed.status, 2);
  assert.match(mixed.stderr, /lacks 2 of 4 cells/);

  // Everything is measured already: the signal meets the analysis.
  const results = () => readFile(join(out('whole'), 'fig12', 'samples.csv'), 'utf8');
  const before = await results();
  const stopped = await runCli([...four, '--out', out('whole')], endAt('start', 'SIGTERM'));
  // Where it comes when all is written, on a busy machine, it ends the process as it ends any.
  if (stopped.signal === null) {
    assert.equal(stopped.status, 143, stopped.stderr);
    assert.match(
      stopped.stderr,
      /4 (of 4 )?cells of fig12 are finished .* the same command goes on from there/,
    );
  } else assert.equal(stopped.signal, 'SIGTERM');
  assert.equal(await results(), before);
  await disappearance(out('whole'), '.jobs');

  const again = await runCli([...four, '--out', out('whole')]);
  assert.equal(again.status, 0, again.stderr);
  assert.deepEqual(cellsTold(again.stdout), []);
  assert.deepEqual(diffResults(out('whole'), out('merged')), []);
});

test('without captures the same samples come out, and stay when the folder is analysed again', async () => {
  await using folder = await temporaryFolder();
  const out = join(folder.path, 'none');
  const words =
    'run fig12 --profile smoke --variant drain --set ssMs=10 --set bytes=200000 --set firstBytes=100000'.split(
      ' ',
    );
  const run = await runCli([...words, '--capture', 'none', '--out', out, '--json']);
  assert.equal(run.status, 0, run.stderr);
  const [cell] = cellsTold(run.stdout);
  const files = await readdir(join(out, 'fig12', 'cells', cell!));
  assert.ok(!files.includes('router.pcap'), files.join(' '));
  const analyzed = await runCli(['analyze', out, '--json']);
  assert.equal(analyzed.status, 0, analyzed.stderr);
  const claims = (text: string): unknown => eventsIn(text).find(({ event }) => event === 'claims');
  assert.deepEqual(claims(analyzed.stdout), claims(run.stdout));
});

/** The one who holds the lock sees that the runner is gone, and tidies up. */
async function disappearance(folder: string, name: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while ((await readdir(folder)).includes(name) && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(!(await readdir(folder)).includes(name), `${name} is left`);
}

/** Ends the process as soon as it tells of such an event. */
function endAt(event: string, signal: NodeJS.Signals): (line: string, child: ChildProcess) => void {
  return (line, child) => {
    if (line.includes(`"event":"${event}"`)) child.kill(signal);
  };
}

/** A spinning process per processor beside `work`. */
async function onBusyMachine<Result>(work: () => Promise<Result>): Promise<Result> {
  const hogs = Array.from({ length: availableParallelism() }, () =>
    endWithTest(spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })),
  );
  try {
    return await work();
  } finally {
    for (const hog of hogs) hog.kill('SIGKILL');
  }
}

function cellsTold(stdout: string): readonly string[] {
  return eventsIn(stdout).flatMap(({ event, cell }) =>
    event === 'cell' && cell !== undefined ? [cell] : [],
  );
}

function eventsIn(stdout: string): readonly { readonly event: string; readonly cell?: string }[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as { event: string; cell?: string });
}
