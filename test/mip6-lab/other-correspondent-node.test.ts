import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runFig12Cell } from '../support/fig12-lab.ts';
import { guestFiles } from '../support/guest-files.ts';

test('handoffs complete through a correspondent node that is not ours, in the time that they take with ours', async (t) => {
  const files = await guestFiles('mip6.py', 'correspondent_node.py');
  const command =
    '/usr/bin/python3 /run/job/correspondent_node.py --node {node} --config {config} --events {events} --ready {ready}';
  // Two readings of RFC 6275 §6.2.7: which address the authenticator of a deletion covers. The other one's is dropped.
  const cases = [
    { variant: 'drain', expected: 6 * 40 + 3 * 20, deletion: 'home', dropped: 0 },
    { variant: 'drain+advance-rr', expected: 4 * 40 + 20, deletion: 'care-of', dropped: 1 },
  ];
  for (const { variant, expected, deletion, dropped } of cases) {
    await t.test(`${variant}, deletions over the ${deletion} address`, async () => {
      const replace = { 'correspondent-node': `${command} --deletion ${deletion}` };
      await using run = await runFig12Cell({ replace, files, variant });
      assert.equal(run.status, 0, run.console);
      assert.deepEqual(
        run.samples.filter(({ outcome }) => outcome !== 'succeeded').map(({ reason }) => reason),
        [],
      );
      const gap = run.samples.find(({ measure }) => measure === 'handoff-gap')?.value ?? Number.NaN;
      assert.ok(Math.abs(gap - expected) < 1, `${gap} ms`);
      const events = (await readFile(join(run.folder, 'events.jsonl'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const of = (node: string, event: string) =>
        events.filter((one) => one.node === node && one.event === event);
      // Every octet arrived, and it was the other implementation that moved and removed the binding.
      const [finished] = of('client', 'repetition-finished');
      assert.deepEqual([finished.ok, finished.bytes], [true, 1_000_000]);
      assert.equal(finished.sha256, finished.expected);
      assert.deepEqual(
        of('correspondent-node', 'bound').map((one) => one.careOfAddress),
        ['2001:db8:1::2', '2001:db8:2::2'],
      );
      assert.equal(of('correspondent-node', 'forged').length, dropped);
      assert.equal(of('correspondent-node', 'deleted').length, 1);
      assert.equal(of('node2', 'binding-deleted').length, 1);
      assert.equal(await readFile(join(run.folder, 'events/correspondent-node.stderr'), 'utf8'), '');
    });
  }
});

test('without any correspondent node the transfer fails to optimise and says so, and nothing is averaged', async () => {
  await using run = await runFig12Cell({ without: ['correspondent-node'] });
  assert.ok(run.status <= 1, run.console);
  assert.ok(run.samples.length > 0);
  assert.deepEqual(
    run.samples.filter(({ outcome }) => outcome === 'succeeded'),
    [],
  );
});
