import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LoggedEvent } from '../support/member-lab.ts';
import { TakeoverCapture } from '../support/takeover-capture.ts';
import { addressOf, contactAddress, finishedWell, groupTimes, runTakeover } from '../support/takeover-lab.ts';

const members = ['node1', 'node2', 'node3'] as const;
const [node1, node2, node3] = members.map(addressOf) as [string, string, string];
const key = (id: string, use: string) => ({
  id,
  key: createHash('sha256').update(`${use} ${id}`).digest('hex'),
});
const group = { a: key('a', 'group'), b: key('b', 'group'), c: key('c', 'group') };
const trust = { a: key('a', 'trust'), b: key('b', 'trust'), c: key('c', 'trust') };
/** Both secrets, the present ones in front. */
function keys(...ids: readonly (keyof typeof group)[]): {
  readonly channelKey: object;
  readonly trustKey: object;
} {
  return { channelKey: ids.map((id) => group[id]), trustKey: ids.map((id) => trust[id]) };
}
/** bash that writes these keys into members' configurations and has them read. */
function rekey(names: readonly string[], ids: readonly (keyof typeof group)[]): string {
  const { channelKey, trustKey } = keys(...ids);
  const edit = `s/"channelKey":\\[[^]]*\\]/"channelKey":${JSON.stringify(channelKey)}/; s/"trustKey":\\[[^]]*\\]/"trustKey":${JSON.stringify(trustKey)}/`;
  return names
    .map((name) => `sed -i '${edit}' /run/job/${name}.json; kill -HUP "\${pids[${name}]}"; sleep 0.3`)
    .join('\n');
}

test('keys are replaced under a download and its handoff; who has not got the new ones is shut out', {
  timeout: 300_000,
}, async () => {
  await using run = await runTakeover({
    // node3 may not hold the associations, and has no trust key.
    configure: ({ name, program }) => {
      if (program !== 'member') return {};
      const { channelKey, trustKey } = keys('a');
      const trusted = name === 'node3' ? { trustKey: undefined } : { trustKey };
      return { channelKey, ...trusted, group: { trusted: [node1, node2], ...groupTimes } };
    },
    body: `
      sleep 1
      mark rotation
      download during client1 1500000
      ${rekey(members, ['b', 'a'])}
      ${rekey(members, ['b'])}
      finished
      download after client2 300000; finished
      mark mistakes
      sed 's/"channelKey":\\[/&"nonsense",/' /run/job/node1.json >/run/job/wrong.json
      mv /run/job/node1.json /run/job/right.json; mv /run/job/wrong.json /run/job/node1.json
      kill -HUP "\${pids[node1]}"; sleep 0.3
      sed 's/"doneTimeoutMs":60000/"doneTimeoutMs":50000/' /run/job/right.json >/run/job/node1.json
      kill -HUP "\${pids[node1]}"; sleep 0.3
      mark shut-out
      ${rekey(['node1', 'node2'], ['c', 'b'])}
      ${rekey(['node1', 'node2'], ['c'])}
      sleep 2
      mark without-node3
      download last client3 300000; finished
      finish node1
      sleep 3
      mark end`,
  });
  assert.equal(run.status, 0, run.console);
  assert.deepEqual(await finishedWell(run, ['during', 'after', 'last']), []);
  const all = (await Promise.all(members.map((name) => run.events(name)))).flat();
  const between = (from: string, to: string, event: string): readonly LoggedEvent[] =>
    all.filter(
      (one) =>
        one.event === event && BigInt(one.t) >= run.marks.get(from)! && BigInt(one.t) < run.marks.get(to)!,
    );
  // Each member takes the keys twice; each of three channels is closed by the first end that has removed the old key, and made again.
  assert.equal(between('rotation', 'mistakes', 'keys-taken').length, 6);
  const removed = between('rotation', 'mistakes', 'channel-key-removed').length;
  assert.ok(removed >= 3, `${removed} channels closed`);
  assert.equal(between('rotation', 'mistakes', 'peer-restored').length, 6);
  for (const event of ['channel-refused', 'channel-fault', 'peer-gone', 'handoff-failed', 'contact-claimed'])
    assert.deepEqual(between('rotation', 'shut-out', event), []);

  // A file with a mistake changes nothing; what only a new start can change is named.
  const [refused] = between('mistakes', 'shut-out', 'reload-refused');
  assert.match(String(refused?.reason), /channelKey/);
  assert.deepEqual(
    between('mistakes', 'shut-out', 'reload-ignored').map(({ fields }) => fields),
    ['doneTimeoutMs'],
  );

  // node3 has the old keys alone: both others close its channel, and take it no more.
  const shut = between('shut-out', 'without-node3', 'channel-key-removed');
  const at = (node: string) => shut.filter((one) => one.node === node).map(({ peer }) => peer);
  assert.ok(at('node1').includes(node3) && at('node2').includes(node3), JSON.stringify(shut));
  assert.ok(between('shut-out', 'end', 'channel-refused').some(({ address }) => address === node3));
  const later = between('without-node3', 'end', 'peer-restored').concat(
    between('without-node3', 'end', 'peer-up'),
  );
  assert.deepEqual(later, []);
  // The others go on without it, and have the association data for each other.
  const claims = between('rotation', 'end', 'contact-claimed').map(({ node }) => node);
  assert.deepEqual(claims, ['node2']);
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('rotation')!);
  assert.deepEqual(seen.malformed, []);
  assert.deepEqual(seen.resets(contactAddress), []);
});
