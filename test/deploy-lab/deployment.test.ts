import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addressOf,
  Configurations,
  homeAgent,
  members,
  plan,
  runDeployment,
} from '../support/deployment-lab.ts';

const [node1, node2, node3] = members.map(addressOf) as [string, string, string];

interface Status {
  readonly trouble?: string;
  readonly status: {
    readonly state: string;
    readonly contacts: readonly {
      readonly contactNode: string;
      readonly term: number;
      readonly registered?: boolean;
      readonly hasBackup: boolean;
      readonly handoffs: { readonly ended: Readonly<Record<string, number>> };
    }[];
    readonly members: readonly {
      readonly address: string;
      readonly channel: string;
      readonly keys?: string;
      readonly trusted?: boolean;
    }[];
    readonly keys: { readonly group: string; readonly trust: string };
  };
}

test('three hosts from one plan: a client served and handed over, keys replaced, the address handed over, new associations', {
  timeout: 900_000,
}, async () => {
  using configurations = new Configurations();
  configurations.write('plan.json', plan);
  configurations.command(['keygen', 'group', 'plan.json', '--out', 'group']);
  const files = [homeAgent, ...members].map((host) => `group/${host}.json`);
  configurations.command(['check', ...files]);
  configurations.copy('first');
  for (const key of ['channelKey', 'trustKey']) configurations.command(['keygen', 'rotate', key, ...files]);
  configurations.command(['check', ...files]);
  configurations.copy('both');
  for (const key of ['channelKey', 'trustKey']) configurations.command(['keygen', 'finish', key, ...files]);
  configurations.copy('second');
  configurations.command(['keygen', 'rotate', 'associations', ...files]);
  configurations.command(['check', ...files]);
  configurations.copy('associations');

  await using run = await runDeployment(
    `
      bring first
      start ${homeAgent}
      start client1
      # A member is ready when all others are there: hosts start without waiting for each other.
      launch node2; launch node3
      start node1
      told node2 READY; told node3 READY
      status node1 >/run/job/for-people
      download one 400000
      status node1 --json >/run/job/served
      ask node1 /metrics >/run/job/metrics
      ask node1 /health >/run/job/health
      status ${homeAgent} >/run/job/home-agent
      status client1 >/run/job/client

      bring both
      for host in ${members.join(' ')}; do reload $host; done
      status node1 --json >/run/job/both
      bring second
      for host in ${members.join(' ')}; do reload $host; done
      sleep 2
      status node1 --json >/run/job/second
      download two 400000

      stop node1
      status node2 --json >/run/job/successor
      start node1
      status node1 --json >/run/job/back
      download three 400000

      # What the backups hold of the old associations must be gone before the home agent has new ones.
      stop node3; stop node2; stop node1
      stop ${homeAgent}
      bring associations
      start ${homeAgent}
      launch node2; launch node3
      start node1
      told node2 READY; told node3 READY
      download four 400000
      status node1 --json >/run/job/renewed`,
    configurations,
  );
  const logs = async () => `${run.console}\n${await run.text('node1.log')}\n${await run.text('node2.log')}`;
  assert.equal(run.status, 0, await logs());
  const status = async (name: string): Promise<Status> => JSON.parse(await run.text(name));
  const downloads = await Promise.all(
    ['one', 'two', 'three', 'four'].map((name) => run.text(`${name}.jsonl`)),
  );
  for (const [place, text] of downloads.entries())
    assert.match(
      text,
      /"event":"repetition-finished".*"ok":true/,
      `download ${place + 1}: ${text}\n${await logs()}`,
    );

  // Served, and handed over: the contact node has given the client away, and is well.
  const served = await status('served');
  assert.equal(served.trouble, undefined);
  const [contact] = served.status.contacts;
  assert.deepEqual([contact?.contactNode, contact?.registered, contact?.hasBackup], [node1, true, true]);
  assert.equal(contact?.handoffs.ended.given, 1);
  assert.deepEqual(
    served.status.members.map(({ address, channel, keys, trusted }) => [address, channel, keys, trusted]),
    [
      [node2, 'standing', 'k1 and t1', true],
      [node3, 'standing', 'k1', false],
    ],
  );
  const people = await run.text('for-people');
  assert.match(people, new RegExp(`^member ${node1}: serving$`, 'm'));
  assert.match(people, new RegExp(`contact node +${node1}, term \\d+, this member, registered$`, 'm'));
  assert.match(await run.text('health'), /^serves$/m);
  const metrics = await run.text('metrics');
  assert.match(metrics, /^handoff_lab_up 1$/m);
  assert.match(metrics, /^handoff_lab_handoffs_total\{contact="[^"]+",end="given"\} 1$/m);
  assert.match(metrics, /^handoff_lab_members\{channel="standing"\} 2$/m);
  assert.match(await run.text('home-agent'), new RegExp(`at ${node1}, for \\d+ s`));
  assert.match(await run.text('client'), /correspondent-node: serving\n {2}[01] bindings?/);

  // Both keys stand before the old ones are taken away, and then the channels are under the new ones.
  assert.deepEqual((await status('both')).status.keys, { group: 'k2 k1', trust: 't2 t1' });
  const second = await status('second');
  assert.deepEqual(second.status.keys, { group: 'k2', trust: 't2' });
  assert.deepEqual(
    second.status.members.map(({ keys }) => keys),
    ['k2 and t2', 'k2'],
  );
  for (const host of members) {
    const told = (await run.text(`${host}.notified`))
      .split('\n')
      .filter((line) => line.startsWith('RELOADING=1'));
    assert.equal(told.length, 2, host);
  }

  // Who leaves hands the address over: nobody is without it, and the term is a later one.
  const successor = await status('successor');
  const [taken] = successor.status.contacts;
  assert.deepEqual([taken?.contactNode, taken?.registered], [node2, true]);
  assert.ok(taken!.term > contact!.term);
  assert.match(await run.text('node1.notified'), /^STOPPING=1/m);
  const [followed] = (await status('back')).status.contacts;
  assert.deepEqual(
    [followed?.contactNode, followed?.registered, followed?.term],
    [node2, undefined, taken?.term],
  );

  const [renewed] = (await status('renewed')).status.contacts;
  assert.deepEqual([renewed?.contactNode, renewed?.registered], [node1, true], await logs());

  // Nobody was more than its unit lets it be, and nothing was missing for that.
  for (const host of [homeAgent, ...members]) {
    const log = await run.text(`${host}.log`);
    assert.doesNotMatch(log, /"event":"(?:crashed|cleanup-failed|send-failed)"|EPERM|EACCES/, host);
    // The units ask for no details.
    assert.doesNotMatch(log, /"event":"(?:init-sent|init-received|discarded|binding-acknowledged)"/, host);
  }
});

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
