import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { clientScript } from '../support/client-script.ts';
import { long } from '../support/long.ts';
import { type LoggedEvent, runMembers } from '../support/member-lab.ts';

const { node1, node2, contactAddress } = FIG9_ADDRESSES;
/** What every member of the lab has: the folder of programs. */
const root = '/run/lab/nodes';
const large = 'member.cjs';
const documents = [large, 'correspondent-node.cjs', 'home-agent.cjs'] as const;
/** Less than half of each document, so that every one is handed off in its middle. */
const AFTER_BYTES = 30_000;
const servicePort = 8080;

const application = (acceptor: string, variant: string): object => ({
  application: { kind: 'web', root, handoff: { afterBytes: AFTER_BYTES, acceptor, variant } },
});

const preamble = [
  'set -eu',
  `base='http://[${contactAddress}]:${servicePort}'`,
  `root=${root}`,
  'sum() { sha256sum <"$1" | cut -d" " -f1; }',
  // Whoever tests a sum tests that there is something to sum up.
  'same() { [ -s "$1" ] && [ "$(sum "$1")" = "$(sum "$2")" ] || { echo "$1 differs from $2" >&2; exit 1; }; }',
  'curls() { curl -s -S -w "%{num_connects} %{http_code}\\n" "$@" >/tmp/answers; }',
  'answered() { [ "$(cat /tmp/answers)" = "$1" ] || { echo "answers: $(cat /tmp/answers)" >&2; exit 1; }; }',
].join('\n');

/** Runs a client of stock tools against the two members, which hand it to each other; all went well. */
async function serve(variant: string, script: readonly string[]): Promise<readonly LoggedEvent[]> {
  const { status, console, events } = await runMembers({
    variant,
    changes: { node1: application(node2, variant), node2: application(node1, variant) },
    ...clientScript([preamble, ...script].join('\n')),
  });
  assert.equal(status, 0, console + JSON.stringify(events.filter(({ event }) => event === 'crashed')));
  const bad = ['handoff-failed', 'client-lost', 'handoff-abandoned', 'request-failed'];
  assert.deepEqual(
    events.filter(({ event }) => bad.includes(event)),
    [],
  );
  const sequences = events.filter(({ event }) => event === 'binding-accepted').map((e) => Number(e.sequence));
  assert.equal(new Set(sequences).size, sequences.length, 'a sequence number was used twice');
  return events;
}

function handoffs(events: readonly LoggedEvent[]): Record<string, number> {
  const by = (node: string): number =>
    events.filter((e) => e.node === node && e.event === 'handed-off').length;
  return { node1: by('node1'), node2: by('node2') };
}

// The pipelined requests below are of `drain`, the ranges of `drain+advance-rr`.
for (const variant of long ? ['drain', 'drain+advance-rr', 'baseline'] : ['baseline']) {
  test(`curl fetches documents over ${variant} handoffs back and forth on one connection`, {
    timeout: 300_000,
  }, async () => {
    const events = await serve(variant, [
      `curls --fail ${documents.map((name) => `"$base/${name}" -o /tmp/${name}`).join(' ')}`,
      `answered '1 200\n0 200\n0 200'`,
      ...documents.map((name) => `same /tmp/${name} $root/${name}`),
    ]);
    const { node1: there = 0, node2: back = 0 } = handoffs(events);
    // In the middle of each document at least one; the members take turns.
    assert.ok(there + back >= documents.length, `${there} and ${back} handoffs`);
    assert.ok(there - back === 0 || there - back === 1, `${there} and ${back} handoffs`);
  });
}

test('ranges, HEAD and missing documents keep the connection, with handoffs in the middle of ranges', {
  timeout: 300_000,
}, async () => {
  const events = await serve('drain+advance-rr', [
    [
      `curls -r 50000-149999 "$base/${large}" -o /tmp/inner`,
      `-I "$base/${large}" -o /tmp/head`,
      `"$base/none" -o /tmp/none`,
      `-r 60000- "$base/${large}" -o /tmp/end`,
      `-r 999999999- "$base/${large}" -o /tmp/beyond`,
      `-r -70000 "$base/${large}" -o /tmp/last`,
    ].join(" --next -s -S -w '%{num_connects} %{http_code}\\n' "),
    `answered '1 206\n0 200\n0 404\n0 206\n0 416\n0 206'`,
    `tail -c +50001 $root/${large} | head -c 100000 >/tmp/inner.expected`,
    `tail -c +60001 $root/${large} >/tmp/end.expected`,
    `tail -c 70000 $root/${large} >/tmp/last.expected`,
    'for part in inner end last; do same /tmp/$part /tmp/$part.expected; done',
    `grep -qi "^content-length: $(stat -L -c %s $root/${large})" /tmp/head`,
  ]);
  const { node1: there = 0, node2: back = 0 } = handoffs(events);
  assert.ok(there >= 2 && back >= 1, `${there} and ${back} handoffs`);
});

/** Reads responses up to the end of the stream, prints each one's status and its body's SHA-256. */
const splitResponses = `
const { createHash } = require('node:crypto');
let rest = require('node:fs').readFileSync('/tmp/pipelined');
while (rest.length > 0) {
  const end = rest.indexOf('\\r\\n\\r\\n');
  const head = rest.subarray(0, end).toString('latin1');
  const length = Number(/content-length: (\\d+)/i.exec(head)[1]);
  const body = rest.subarray(end + 4, end + 4 + length);
  if (body.length < length) throw new Error('cut short');
  console.log(head.split(' ')[1], createHash('sha256').update(body).digest('hex'));
  rest = rest.subarray(end + 4 + length);
}`;

test('pipelined requests wait in the state that moves along: every response comes, in order', {
  timeout: 300_000,
}, async () => {
  const names = [...documents, 'none', large];
  const requests = names.map((name, index) =>
    [
      `GET /${name} HTTP/1.1`,
      'Host: server',
      ...(index === names.length - 1 ? ['Connection: close'] : []),
      '\\r\\n',
    ].join('\\r\\n'),
  );
  const events = await serve('drain', [
    `exec 3<>/dev/tcp/${contactAddress}/${servicePort}`,
    `printf '${requests.join('')}' >&3`,
    'cat <&3 >/tmp/pipelined',
    `/run/lab/node -e "$(cat <<'END'${splitResponses}\nEND\n)" >/tmp/found`,
    '{',
    ...names.map((name) => (name === 'none' ? 'echo 404 $(sum /dev/null)' : `echo 200 $(sum $root/${name})`)),
    '} >/tmp/expected',
    'same /tmp/found /tmp/expected',
  ]);
  const { node1: there = 0, node2: back = 0 } = handoffs(events);
  assert.ok(there + back >= 4, `${there} and ${back} handoffs`);
});
