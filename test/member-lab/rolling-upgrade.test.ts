import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LoggedEvent } from '../support/member-lab.ts';
import { TakeoverCapture } from '../support/takeover-capture.ts';
import { addressOf, contactAddress, finishedWell, runTakeover } from '../support/takeover-lab.ts';

const old = fileURLToPath(new URL('guest/old-member.ts', import.meta.url));
/** Whom a client goes to when it has 100 kB: node1 and node2 hand over to each other. */
const acceptor: Readonly<Record<string, string>> = { node1: 'node2', node2: 'node1' };

test('members of the release before versions and of this one serve together while one after the other is replaced', {
  timeout: 400_000,
}, async () => {
  await using run = await runTakeover({
    programs: { 'old-member': old },
    programOf: { node1: 'old-member', node2: 'old-member', node3: 'old-member' },
    configure: ({ name, program, config }) => {
      if (program !== 'member') return {};
      const { application } = config as { application: { options: object } };
      const options = {
        ...application.options,
        acceptor: addressOf(acceptor[name] ?? 'node1'),
        keepAliveMs: 60_000,
      };
      // What they had in common before there was a trust key.
      return { trustKey: 'group-key', application: { ...application, options } };
    },
    // Downloads begin at the contact node: node1; node2 from the first replacement on; node1 from the second.
    body: `
      upgraded() { mark "$1-ends"; finish "$1"; program_of[$1]=$2; start "$1"; ready 1; sleep 3; mark "$1-$2"; }
      download old-to-old client1 300000; finished
      upgraded node1 member
      download old-to-new client2 300000; finished
      upgraded node2 old-member
      download new-to-old client3 300000; finished
      upgraded node2 member
      upgraded node3 member
      download new-to-new client1 300000; finished
      mark end`,
  });
  assert.equal(run.status, 0, run.console);
  const downloads = ['old-to-old', 'old-to-new', 'new-to-old', 'new-to-new'];
  assert.deepEqual(await finishedWell(run, downloads), []);
  const events = new Map(
    await Promise.all(
      ['node1', 'node2', 'node3'].map(async (name) => [name, await run.events(name)] as const),
    ),
  );
  const all = [...events.values()].flat();
  // Every client was handed off, in all four combinations; nobody's channel was ended by what it could not read.
  assert.equal(all.filter(({ event }) => event === 'handed-off').length, downloads.length);
  const odd = [
    'channel-fault',
    'frame-unknown',
    'frame-not-understood',
    'frame-untrusted',
    'channel-refused',
    'crashed',
  ];
  assert.deepEqual(
    all.filter(({ event }) => odd.includes(event)),
    [],
  );
  // The contact address went from an old member to an old one, from an old one to a new one, and on.
  const claims = ({ event, t }: LoggedEvent): boolean =>
    event === 'contact-claimed' && BigInt(t) < run.marks.get('end')!;
  assert.deepEqual(
    all
      .filter(claims)
      .map(({ node, epoch }) => `${node} ${epoch}`)
      .sort(),
    ['node1 0', 'node1 16', 'node2 1'],
  );
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('node1-ends')!);
  assert.deepEqual(seen.malformed, []);
  assert.deepEqual(seen.resets(contactAddress), []);
});
