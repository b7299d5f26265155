import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { downloadConfig, runMobilityTestbed } from '../support/mobility-testbed.ts';

const MACHINES = ['client', 'router', 'ha1', 'ha2', 'node1', 'node2'];

test('SIGTERM leaves the kernel as it was; SIGKILL leaves what the next start replaces; either way handoffs go on', async () => {
  const files = { 'download.json': downloadConfig({}, { bytes: 600_000 }) };
  const body = `
kernel_state before
start_all
download /run/job/download.json
kernel_state running
finish_all
kernel_state after
# the next start goes on from the kept counters
start_all
download /run/job/download.json
for name in node1 node2 ha2 ha1 correspondent-node; do crash "$name"; done
kernel_state crashed
start_all
download /run/job/download.json
finish_all
kernel_state end`;
  await using run = await runMobilityTestbed({ body, files });
  assert.equal(run.status, 0, run.console);
  for (const machine of MACHINES) {
    const state = (when: string) => readFile(join(run.folder, when, machine), 'utf8');
    const before = await state('before');
    assert.equal(await state('after'), before, `${machine} after SIGTERM`);
    assert.equal(await state('end'), before, `${machine} after SIGKILL, restart and SIGTERM`);
    if (machine === 'router' || machine === 'ha2') continue;
    // Otherwise the comparisons above would compare nothing.
    assert.notEqual(await state('running'), before, `${machine} running`);
    assert.notEqual(await state('crashed'), before, `${machine} after SIGKILL`);
  }
  const finished = (await run.events('client')).filter(({ event }) => event === 'repetition-finished');
  assert.deepEqual(
    finished.map(({ ok, bytes }) => [ok, bytes]),
    [
      [true, 600_000],
      [true, 600_000],
      [true, 600_000],
    ],
  );
  for (const name of ['correspondent-node', 'ha1', 'node1', 'node2']) {
    const events = await run.events(name);
    assert.equal(events.filter(({ event }) => event === 'stale-state-removed').length, 1, name);
    assert.equal(events.filter(({ event }) => event === 'counters').length, 2, name);
    assert.equal(await run.file(`${name}.stderr`), '', name);
  }
});

test('SIGUSR2: each daemon compares what the kernel holds with what it should hold', async () => {
  const files = { 'download.json': downloadConfig({}, { bytes: 200_000 }) };
  const names = ['node1', 'node2', 'ha1', 'correspondent-node'];
  const body = `
start_all
download /run/job/download.json
for name in ${names.join(' ')}; do kill -USR2 "\${pids[$name]}"; done
finish_all
start_all
ip -n node1 -6 rule add pref 1000 to 2001:db8:9::/64 lookup 77
ip -n client xfrm policy add dir out src 2001:db8:9::1 dst 2001:db8:9::2 proto 135
on node2 nft delete table ip6 handoff_member
for name in ${names.join(' ')}; do kill -USR2 "\${pids[$name]}"; done
finish_all
ip -n node1 -6 rule del pref 1000 to 2001:db8:9::/64 lookup 77`;
  await using run = await runMobilityTestbed({ body, files });
  assert.equal(run.status, 0, run.console);
  const told = async (name: string) => {
    const checks = (await run.events(name)).filter(({ event }) => event === 'kernel-checked');
    for (const { wanted } of checks) assert.ok(Number(wanted) > 0, `${name} wants something`);
    return checks.map(({ wrong, told: words }) => (wrong === 0 ? '' : `${wrong}: ${words}`));
  };
  assert.deepEqual(await told('ha1'), ['', '']);
  const [, rule] = await told('node1');
  assert.match(rule ?? '', /^1: not wanted: .*2001:db8:9::\/64/);
  const [before, table] = await told('node2');
  assert.deepEqual([before, table], ['', '1: missing: table ip6 handoff_member']);
  const [, policy] = await told('correspondent-node');
  assert.match(policy ?? '', /^1: not wanted: .*2001:db8:9::1/);
});
