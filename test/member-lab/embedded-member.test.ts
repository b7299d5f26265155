import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { clientScript } from '../support/client-script.ts';
import { runMembers } from '../support/member-lab.ts';

const { node1, contactAddress } = FIG9_ADDRESSES;

/** Sends lines one by one and demands the right number for each. */
const counter = [
  'set -eu',
  `exec 3<>/dev/tcp/${contactAddress}/8080`,
  'for i in $(seq 8); do echo line >&3; read -r -t 60 answer <&3; [ "$answer" = "$i" ]; done',
  'exec 3>&-',
].join('\n');

test('a process of one’s own is a member: it serves, hands off and takes clients beside one that is nothing else, and cleans up', {
  timeout: 200_000,
}, async () => {
  const { plan, programs } = clientScript(counter);
  const guest = (name: string): string => fileURLToPath(new URL(`./guest/${name}.ts`, import.meta.url));
  const counting = {
    kind: 'module',
    file: '/run/lab/nodes/counting-server.cjs',
    options: { nextMember: node1 },
  };
  const { status, console, events } = await runMembers({
    variant: 'drain',
    changes: { node2: { application: counting } },
    programs: {
      ...programs,
      'embedded-member': guest('embedded-member'),
      'counting-server': fileURLToPath(new URL('../../examples/counting-server.ts', import.meta.url)),
    },
    plan: (whole) => {
      const made = plan(whole);
      const daemons = made.daemons.map((stage) =>
        stage.map((one) => (one.name === 'node1' ? { ...one, program: 'embedded-member' } : one)),
      );
      return { ...made, daemons };
    },
  });
  assert.equal(status, 0, console);
  assert.doesNotMatch(console, /a second member in one process/);
  const of = (node: string, event: string) =>
    events.filter((line) => line.node === node && line.event === event);
  assert.equal(of('node1', 'handed-off').length, 1, 'lines 1 to 3 are answered in the embedding process');
  assert.equal(of('node2', 'handed-off').length, 1, 'and 7 and 8 again');
  assert.equal(of('node1', 'counters').length, 1, 'what it had in the kernel is gone');
});
