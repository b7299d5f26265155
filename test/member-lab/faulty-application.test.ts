import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MOST_ERRORS } from '../../nodes/member/application-guard.ts';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { clientScript } from '../support/client-script.ts';
import { runMembers } from '../support/member-lab.ts';

const { contactAddress } = FIG9_ADDRESSES;
const application = { kind: 'module', file: '/run/lab/nodes/faulty-application.cjs' };

test('an error in one connection’s code ends that one; an application that always fails is stopped, its clients get resets', {
  timeout: 300_000,
}, async () => {
  const open = (descriptor: number): string => `exec ${descriptor}<>/dev/tcp/${contactAddress}/8080`;
  // A connection that is reset ends a read at once, one that falls silent after 20 s.
  const script = [
    'set -u',
    'ask() { echo "$2" >&"$1"; if read -r -t 20 -u "$1" answer; then echo "$3: $answer"; elif [ $? -gt 128 ]; then echo "$3: silence"; else echo "$3: ended"; fi; }',
    open(3),
    open(4),
    'ask 3 good first; sleep 2; ask 4 throw second; ask 3 better first; exec 4>&-',
    `${open(4)}; ask 4 reject third; ask 3 best first; exec 4>&-`,
    `${open(4)}; ask 4 leave fourth; echo later >&4; (trap '' PIPE; sleep 1; echo again >&4) 2>&1 | grep -o "Broken pipe\\|reset by peer" | sed "s/^/fourth: /"; exec 4>&-`,
    `for i in $(seq ${MOST_ERRORS - 2}); do ${open(5)}; echo throw >&5; read -r -t 20 -u 5; exec 5>&-; done 2>/dev/null`,
    'ask 3 "still there" first 2>&1 | grep -o "first.*"',
    `{ ${open(6)}; ask 6 hello last; } 2>&1 | grep -o "last.*\\|reset by peer"`,
  ].join('\n');
  const { plan, programs } = clientScript(script);
  const guest = fileURLToPath(new URL('./guest/faulty-application.ts', import.meta.url));
  const { console, events } = await runMembers({
    variant: 'drain',
    changes: { node1: { application }, node2: { application } },
    programs: { ...programs, 'faulty-application': guest },
    plan,
  });
  const told = events.filter(({ node }) => node === 'node1');
  const errors = told.filter(({ event }) => event === 'application-error');
  assert.match(console, /first: good\s+second: ended\s+first: better\s+third: ended\s+first: best/);
  assert.match(console, /fourth: ended\s+fourth: (Broken pipe|reset by peer)/, 'what comes behind the end');
  assert.doesNotMatch(console, /silence/);
  assert.doesNotMatch(console, /still there|hello/, 'the application is stopped');
  assert.equal(errors.length, MOST_ERRORS);
  for (const { client, reason, application: name } of errors) {
    assert.match(String(reason), /RangeError: a mistake (in an event|later)\n\s+at /);
    assert.deepEqual([name, typeof client], [application.file, 'string']);
  }
  assert.equal(told.filter(({ event }) => event === 'application-stopped').length, 1);
  // The member goes on, and ends in good order when it is told to.
  assert.deepEqual(
    told.filter(({ event }) => /crashed|cleanup-failed/.test(event)),
    [],
  );
  assert.equal(told.find(({ event }) => event === 'stopped')?.status, 0);
});
