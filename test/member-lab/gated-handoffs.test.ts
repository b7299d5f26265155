import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { documentPart } from '../../applications/document.ts';
import { runSurvival, told } from '../support/survival-lab.ts';
import { TakeoverCapture } from '../support/takeover-capture.ts';
import { addressOf, contactAddress, type TakeoverRun } from '../support/takeover-lab.ts';

const octets = 1_000_000;
/** Text, which a file of the lab can be. */
const document = Buffer.from(documentPart(0, octets)).toString('base64').slice(0, octets);
const expected = createHash('sha256').update(document).digest('hex');

/** A gated upload that begins two seconds behind `begin`, and what happens to it: `order MEMBER OTHER` has the one hand its clients to the other. */
async function upload(happens: string, leaves = false): Promise<TakeoverRun> {
  const program = 'ordered-uploads';
  return runSurvival({
    programs: { [program]: fileURLToPath(new URL(`guest/${program}.ts`, import.meta.url)) },
    files: { document },
    configure: ({ name, program: daemon }) => {
      if (daemon !== 'member') return {};
      const orders = `/run/job/orders-${name}`;
      const file = `/run/lab/nodes/${program}.cjs`;
      return {
        application: { kind: 'module', file, options: { orders }, orders },
        // Without, who ends is as one that dies.
        ...(leaves ? { membership: { acceptorPolicy: 'least-clients', leaveMs: 20_000 } } : {}),
      };
    },
    body: `
      order() { echo "$2" >/run/job/orders-"$1"; }
      sleep 1
      on client1 bash -c 'exec 3<>/dev/tcp/${contactAddress}/8080; sleep 1; { echo PUT ${octets}; cat /run/job/document; } >&3; timeout 100 head -n 1 <&3' >/run/job/answer 2>&1 &
      client=$!
      sleep 1
      mark death
      ${happens}
      wait $client
      sleep 1`,
  });
}

/** The client has been answered with the digest of what it sent, and no reset; gives the members that have moved it, in order, and who went on when one died. */
async function wholeBy(run: TakeoverRun): Promise<{ readonly moved: string; readonly survives: string }> {
  assert.equal(run.status, 0, run.console);
  assert.equal((await readFile(join(run.folder, 'answer'), 'utf8')).trim(), expected);
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('death')!);
  assert.deepEqual(seen.resets(contactAddress), []);
  const members = ['node1', 'node2', 'node3'];
  const failed = await told(run, members, 'ordered-handoff-failed', 'client-lost');
  assert.deepEqual(failed, []);
  const ordered = await told(run, members, 'handoff-ordered');
  const survived = await told(run, members, 'client-survives');
  return {
    moved: ordered.map(({ acceptor }) => nameOf(acceptor)).join(),
    survives: survived.map(({ holder }) => nameOf(holder)).join(),
  };
}

function nameOf(address: unknown): string {
  return ['node1', 'node2', 'node3'].find((name) => addressOf(name) === address) ?? String(address);
}

const lab = { timeout: 400_000 };

test('a gated upload is handed to its backup, and goes on when that is killed', lab, async () => {
  await using run = await upload(`sleep 1; order node1 ${addressOf('node2')}; sleep 1.5; crash node2`);
  assert.deepEqual(await wholeBy(run), { moved: 'node2', survives: 'node2' });
});

test(
  'a gated upload is handed to a member that knew nothing of it, and its contact node is killed with what it held',
  lab,
  async () => {
    await using run = await upload(
      `sleep 1; order node1 ${addressOf('node3')}; sleep 1.5; crash node1; sleep 4`,
    );
    assert.deepEqual(await wholeBy(run), { moved: '', survives: '' });
    const taken = await told(run, ['node2', 'node3'], 'upload-taken');
    assert.deepEqual(
      taken.map(({ node }) => node),
      ['node3'],
    );
  },
);

test('two handoffs in a row, and the acceptor of the second is killed', lab, async () => {
  await using run = await upload(
    `sleep 0.7; order node1 ${addressOf('node2')}; sleep 0.8; order node2 ${addressOf('node3')}; sleep 1.2; crash node3`,
  );
  assert.deepEqual(await wholeBy(run), { moved: 'node2,node3', survives: 'node3' });
});

test('a member that leaves hands a gated upload on, and the new contact node is killed', lab, async () => {
  await using run = await upload('sleep 1; finish node1; sleep 1; crash node2', true);
  await wholeBy(run);
  const leaving = await told(run, ['node1'], 'handed-off');
  assert.equal(leaving.length, 1);
});

test('a contact node leaves that holds a gated upload, and who has taken it is killed', lab, async () => {
  await using run = await upload('sleep 1; finish node1; sleep 1.8; crash node3', true);
  assert.deepEqual(await wholeBy(run), { moved: '', survives: 'node3' });
});
