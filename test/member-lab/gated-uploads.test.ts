import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { documentPart } from '../../applications/document.ts';
import { runSurvival, told } from '../support/survival-lab.ts';
import { TakeoverCapture } from '../support/takeover-capture.ts';
import { contactAddress } from '../support/takeover-lab.ts';

const octets = 1_000_000;
/** Text, which a file of the lab can be. */
const document = Buffer.from(documentPart(0, octets)).toString('base64').slice(0, octets);
const expected = createHash('sha256').update(document).digest('hex');

/** An upload in the middle of which its member is killed, or nobody is: what the client is answered, and who says that it has come. */
async function upload(death: string) {
  const run = await runSurvival({
    application: { kind: 'upload', checkpointBytes: 65_536, input: 'gated' },
    files: { document },
    body: `
      sleep 1
      on client1 bash -c 'exec 3<>/dev/tcp/${contactAddress}/8080; sleep 1; { echo PUT ${octets}; cat /run/job/document; } >&3; timeout 60 head -n 1 <&3' >/run/job/answer &
      client=$!
      sleep 1.5
      mark death
      ${death}
      wait $client
      sleep 1`,
  });
  return run;
}

test('kill -9 of the member that takes an upload: it goes on, and the application at the other one has all of it', {
  timeout: 400_000,
}, async () => {
  await using run = await upload('crash node1');
  assert.equal(run.status, 0, run.console);
  assert.equal((await readFile(join(run.folder, 'answer'), 'utf8')).trim(), expected);
  const [taken] = await told(run, ['node2', 'node3'], 'upload-taken');
  assert.deepEqual([taken?.octets, taken?.sha256], [octets, expected]);
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('death')!);
  assert.deepEqual(seen.resets(contactAddress), []);
});
