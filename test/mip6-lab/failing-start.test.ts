import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { downloadHandoff } from '../../runner/procedures/download-handoff.ts';
import { fig12Cell, runMobilityTestbed } from '../support/mobility-testbed.ts';

interface Config {
  readonly channelPort: number;
  readonly careOfAddress: string;
  readonly contactAddress: string;
}

const config = downloadHandoff(fig12Cell({ csMs: [10], ssMs: [10] }))
  .daemons.flat()
  .find(({ name }) => name === 'node1')?.config as Config;
const faulty = { kind: 'module', file: '/run/lab/nodes/faulty-application.cjs' };

/** What is wrong, and what the message names. */
const starts: Readonly<Record<string, readonly [changes: object, names: RegExp]>> = {
  'no such module': [{ application: { ...faulty, file: '/run/lab/nodes/no-such.cjs' } }, /no-such/],
  'a module that makes no application': [
    { application: { ...faulty, file: '/run/lab/nodes/member-id.cjs' } },
    /makes no application/,
  ],
  'start() throws': [{ application: { ...faulty, options: { when: 'start' } } }, /a mistake in start\(\)/],
  'the port of the channel is taken': [{ channelPort: 4444 }, /EADDRINUSE/],
  'the port of the service is taken': [{ servicePort: 4444 }, /EADDRINUSE/],
  'a care-of address of another machine': [
    { careOfAddress: '2001:db8:77::7' },
    /EADDRNOTAVAIL|2001:db8:77::7/,
  ],
};
const names = Object.keys(starts);

test('a start that fails says why, and leaves no trace in the kernel', { timeout: 300_000 }, async () => {
  const body = `
kernel_state before
mkdir -p member-id; echo 'exports.default = 1;' >/tmp/none.cjs
on node1 $NODE -e "require('net').createServer().listen(4444, '::', () => require('fs').writeFileSync('/run/job/taken', ''))" & taker=$!
for ((i = 0; i < 1000; i++)); do [ -e /run/job/taken ] && break; sleep 0.01; done
for ((n = 0; n < ${names.length}; n++)); do
  on node1 timeout 60 $NODE /run/lab/nodes/member.cjs --node node1 --config /run/job/bad-$n.json --events /run/job/bad-$n.jsonl 2>/run/job/bad-$n.stderr || echo $? >/run/job/bad-$n.status
  kernel_state after-$n
done
kill $taker`;
  const files = Object.fromEntries(
    names.map((name, n) => {
      const [changes] = starts[name]!;
      const changed = { ...config, application: faulty, ...changes };
      if ('contactNode' in config && 'careOfAddress' in changes)
        Object.assign(changed, { contactNode: changed.careOfAddress });
      return [`bad-${n}.json`, JSON.stringify(changed)];
    }),
  );
  const guest = (name: string): string =>
    fileURLToPath(new URL(`../member-lab/guest/${name}.ts`, import.meta.url));
  await using run = await runMobilityTestbed({
    body: body.replace(/^mkdir.*$/m, ''),
    files,
    programs: { 'faulty-application': guest('faulty-application'), 'member-id': guest('own-connection') },
  });
  assert.equal(run.status, 0, run.console);
  const state = (when: string): Promise<string> => readFile(join(run.folder, when, 'node1'), 'utf8');
  for (const [n, name] of names.entries()) {
    const stderr = await run.file(`bad-${n}.stderr`);
    assert.match(stderr, starts[name]![1], name);
    const status = await run.file(`bad-${n}.status`).catch(() => '0');
    assert.ok(['1', '2', '3'].includes(status.trim()), `${name}: status ${status}`);
    assert.equal(await state(`after-${n}`), await state('before'), name);
  }
});

test('a correspondent node that cannot serve one of its hosts leaves nothing in the others', {
  timeout: 300_000,
}, async () => {
  const body = `
kernel_state before
timeout 60 $NODE /run/lab/nodes/correspondent-node.cjs --config /run/job/hosts.json 2>/run/job/hosts.stderr || echo $? >/run/job/hosts.status
kernel_state after`;
  const files = { 'hosts.json': JSON.stringify({ namespaces: ['node1', 'nowhere'] }) };
  await using run = await runMobilityTestbed({ body, files });
  assert.equal(run.status, 0, run.console);
  assert.match(await run.file('hosts.stderr'), /nowhere/);
  assert.equal((await run.file('hosts.status')).trim(), '1');
  const state = (when: string): Promise<string> => readFile(join(run.folder, when, 'node1'), 'utf8');
  assert.equal(await state('after'), await state('before'));
});
