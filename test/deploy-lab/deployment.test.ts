import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Configurations, homeAgent, plan, runDeployment } from '../support/deployment-lab.ts';

test('the client’s packet filter has the rule that lets optimised routes in: without it a download stands still', {
  timeout: 900_000,
}, async () => {
  using configurations = new Configurations();
  configurations.write('plan.json', plan);
  configurations.command(['keygen', 'group', 'plan.json', '--out', 'group']);
  configurations.copy('first');
  await using run = await runDeployment(
    `
      bring first
      start ${homeAgent}
      start client1
      launch node2; launch node3
      start node1
      told node2 READY; told node3 READY
      download one 400000`,
    configurations,
    (filter) => filter.replace(/^ *exthdr dst exists .*$/m, ''),
  );
  assert.equal(run.status, 0, run.console);
  assert.match(await run.text('one.jsonl'), /"event":"repetition-finished".*"ok":false/);
});
