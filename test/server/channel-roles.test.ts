import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import { Calls, type CallsOutput, RETRY_MS } from '../../server/channel/calls.ts';
import { HANDSHAKE_TIMEOUT_MS, Handshake } from '../../server/channel/handshake.ts';

const peer = ipv6('2001:db8:2::2');
const timeoutMs = 5000;

function caller() {
  const world = { wanted: true, urgent: false, now: 0 };
  const calls = new Calls({ timeoutMs, isWanted: () => world.wanted, isUrgent: () => world.urgent });
  const outputs = (): CallsOutput[] => {
    const found: CallsOutput[] = [];
    for (let output = calls.poll(); output !== undefined; output = calls.poll()) found.push(output);
    return found;
  };
  /** The next thing that the role does by itself, and after which time. */
  const waits = (): [number, CallsOutput[]] => {
    const deadline = calls.deadline() ?? Number.NaN;
    const waited = deadline - world.now;
    world.now = deadline;
    calls.handleTimeout(deadline);
    return [waited, outputs()];
  };
  return { world, calls, outputs, waits };
}

test('a peer that does not answer is called again at pauses that double up to the longest', () => {
  const { world, calls, outputs, waits } = caller();
  calls.handle({ kind: 'call', peer }, 0);
  assert.deepEqual(outputs(), [{ kind: 'connect', peer, call: 1 }]);
  let expected: number = RETRY_MS.first;
  for (let call = 1; call < 9; call++) {
    assert.deepEqual(waits(), [timeoutMs, [{ kind: 'hang-up', call }]]);
    calls.handle({ kind: 'closed', call }, world.now);
    assert.deepEqual(waits(), [expected, [{ kind: 'connect', peer, call: call + 1 }]]);
    expected = Math.min(2 * expected, RETRY_MS.longest);
  }
  world.wanted = false;
  calls.handle({ kind: 'closed', call: 9 }, world.now);
  assert.equal(calls.deadline(), undefined);
});

test('who has answered is not hung up on; a call that ends is followed by another at once where another key is to be tried', () => {
  const { world, calls, outputs } = caller();
  calls.handle({ kind: 'call', peer }, 0);
  calls.handle({ kind: 'answered', call: 1 }, 10);
  assert.equal(calls.deadline(), undefined);
  outputs();
  world.urgent = true;
  calls.handle({ kind: 'closed', call: 1 }, 20);
  assert.deepEqual(outputs(), [{ kind: 'connect', peer, call: 2 }]);
});

test('a pause is cut short where the peer shows itself, and ends nothing where it is called no more', () => {
  const { calls, outputs } = caller();
  calls.handle({ kind: 'hasten', peer }, 0);
  assert.deepEqual(outputs(), [], 'nobody waits');
  calls.handle({ kind: 'call', peer }, 0);
  calls.handle({ kind: 'closed', call: 1 }, 1);
  outputs();
  calls.handle({ kind: 'hasten', peer }, 2);
  assert.deepEqual(outputs(), [{ kind: 'connect', peer, call: 2 }]);
  calls.handle({ kind: 'closed', call: 2 }, 3);
  assert.equal(calls.deadline(), 3 + RETRY_MS.first);
  calls.handle({ kind: 'cancel', peer }, 4);
  assert.equal(calls.deadline(), undefined);
});

test('a handshake ends once: with what comes first, or when its time is over', () => {
  const shown = new Handshake(100);
  assert.equal(shown.deadline(), 100 + HANDSHAKE_TIMEOUT_MS);
  shown.handle({ kind: 'shown' });
  shown.handle({ kind: 'failed', reason: 'closed' });
  assert.deepEqual(
    [shown.poll(), shown.poll(), shown.deadline()],
    [{ kind: 'secure' }, undefined, undefined],
  );
  const late = new Handshake(0);
  late.handleTimeout(HANDSHAKE_TIMEOUT_MS - 1);
  assert.equal(late.poll(), undefined);
  late.handleTimeout(HANDSHAKE_TIMEOUT_MS);
  late.handle({ kind: 'shown' });
  assert.deepEqual(late.poll(), { kind: 'refused', reason: 'no handshake within 10000 ms' });
  assert.equal(late.poll(), undefined);
});
