import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import { Acceptor, type AcceptorOutput } from '../../server/acceptor.ts';
import type { ChannelFrame, InitFrame } from '../../server/channel-frames.ts';
import { Donor, type DonorOutput } from '../../server/donor.ts';
import { handoffVariant, handoffVariants } from '../../server/variants.ts';

const client = ipv6('2001:db8:c::2');
const contactAddress = ipv6('2001:db8:1::100');
const handoff = 5;
const doneTimeoutMs = 1000;
const applicationState = Uint8Array.of(1, 2, 3);
const tcpState = Uint8Array.of(9, 8, 7);

function donor(variantName: string, waitMs = 0): Donor {
  const variant = handoffVariant(variantName);
  return new Donor({ handoff, client, contactAddress, variant, waitMs, doneTimeoutMs, applicationState });
}

function outputs<Output extends { kind: string }>(role: { poll(): Output | undefined }): Output[] {
  const all: Output[] = [];
  for (let output = role.poll(); output !== undefined; output = role.poll()) all.push(output);
  return all;
}

const describe = (output: DonorOutput | AcceptorOutput): string =>
  output.kind === 'send' ? `send ${output.frame.kind}` : output.kind;

const init: InitFrame = {
  kind: 'init',
  handoff,
  client,
  contactAddress,
  sequence: 41,
  tcpState,
  applicationState,
};
const prepare: ChannelFrame = { kind: 'prepare', handoff, client, contactAddress };

test('the donor orders its steps as each variant says', () => {
  const expected: Record<string, string[]> = {
    baseline: ['freeze-and-extract'],
    drain: ['watch-drain', '|', 'freeze-and-extract'],
    'advance-rr': ['send prepare', 'freeze-and-extract'],
    'drain+advance-rr': ['send prepare', 'watch-drain', '|', 'freeze-and-extract'],
  };
  for (const { name } of handoffVariants) {
    const role = donor(name);
    role.handle({ kind: 'last-send-returned' }, 0);
    const steps = outputs(role).map(describe);
    if (steps.includes('watch-drain')) {
      role.handle({ kind: 'drained' }, 10);
      steps.push('|', ...outputs(role).map(describe));
    }
    assert.deepEqual(steps, expected[name], name);
  }
});

test('the waiting time passes between the last send() and the freeze', () => {
  const role = donor('baseline', 250);
  role.handle({ kind: 'last-send-returned' }, 100);
  assert.deepEqual(outputs(role), []);
  assert.equal(role.deadline(), 350);
  role.handleTimeout(349);
  assert.deepEqual(outputs(role), []);
  role.handleTimeout(350);
  assert.deepEqual(outputs(role).map(describe), ['freeze-and-extract']);
});

test('Init carries sequence number, TCP state and application state; Done ends the handoff', () => {
  const role = initiated();
  role.handle({ kind: 'frame', frame: { kind: 'done', handoff, sequence: 42 } }, 20);
  assert.deepEqual(outputs(role), [{ kind: 'handed-off', sequence: 42 }]);
  assert.equal(role.deadline(), undefined);
});

test('the donor serves on, once, after Refuse, a lost channel or a Done that never comes', () => {
  const failures: ((role: Donor) => void)[] = [
    (role) => role.handle({ kind: 'frame', frame: { kind: 'refuse', handoff, reason: 'full' } }, 20),
    (role) => role.handle({ kind: 'channel-lost' }, 20),
    (role) => role.handleTimeout(10 + doneTimeoutMs),
  ];
  for (const fail of failures) {
    const role = initiated();
    fail(role);
    role.handle({ kind: 'frame', frame: { kind: 'done', handoff, sequence: 42 } }, 30);
    role.handle({ kind: 'channel-lost' }, 31);
    assert.deepEqual(outputs(role).map(describe), ['resume']);
  }
});

test('frames of another handoff do not concern the donor', () => {
  const role = initiated();
  role.handle({ kind: 'frame', frame: { kind: 'done', handoff: handoff + 1, sequence: 42 } }, 20);
  assert.deepEqual(outputs(role), []);
});

test('without Prepare the acceptor runs return routability after Init, and binds when it and the socket are there', () => {
  const role = new Acceptor({ handoff, client, contactAddress, timeoutMs: 1000 }, 0);
  role.handle({ kind: 'frame', frame: init }, 1);
  assert.deepEqual(outputs(role).map(describe), ['start-return-routability', 'restore-socket']);
  role.handle({ kind: 'restored' }, 2);
  assert.deepEqual(outputs(role), []);
  role.handle({ kind: 'return-routability-complete' }, 3);
  assert.deepEqual(outputs(role), [{ kind: 'bind', lastSequence: 41 }]);
  role.handle({ kind: 'binding-acknowledged', sequence: 42 }, 4);
  assert.deepEqual(outputs(role), [
    { kind: 'activate', applicationState },
    { kind: 'send', frame: { kind: 'done', handoff, sequence: 42 } },
  ]);
  assert.ok(role.finished);
});

test('with Prepare return routability runs first, and Init alone brings the Binding Update', () => {
  const role = new Acceptor({ handoff, client, contactAddress, timeoutMs: 1000 }, 0);
  role.handle({ kind: 'frame', frame: prepare }, 1);
  assert.deepEqual(outputs(role).map(describe), ['start-return-routability']);
  role.handle({ kind: 'return-routability-complete' }, 2);
  role.handle({ kind: 'frame', frame: init }, 3);
  role.handle({ kind: 'restored' }, 4);
  assert.deepEqual(outputs(role).map(describe), ['restore-socket', 'bind']);
});

test('the acceptor never activates after it has given up, and says why', () => {
  const role = new Acceptor({ handoff, client, contactAddress, timeoutMs: 1000 }, 0);
  role.handle({ kind: 'frame', frame: init }, 1);
  role.handleTimeout(1000);
  const steps = outputs(role);
  assert.deepEqual(steps.map(describe).slice(-2), ['send refuse', 'abandon']);
  role.handle({ kind: 'restored' }, 1001);
  role.handle({ kind: 'return-routability-complete' }, 1001);
  role.handle({ kind: 'binding-acknowledged', sequence: 42 }, 1002);
  assert.deepEqual(outputs(role), []);
});

test('a local failure is refused towards the donor', () => {
  const role = new Acceptor({ handoff, client, contactAddress, timeoutMs: 1000 }, 0);
  role.handle({ kind: 'frame', frame: init }, 1);
  role.handle({ kind: 'failed', reason: 'no memory' }, 2);
  assert.deepEqual(outputs(role).slice(-2), [
    { kind: 'send', frame: { kind: 'refuse', handoff, reason: 'no memory' } },
    { kind: 'abandon', reason: 'no memory' },
  ]);
});

function initiated(): Donor {
  const role = donor('drain');
  role.handle({ kind: 'last-send-returned' }, 0);
  role.handle({ kind: 'drained' }, 5);
  outputs(role);
  role.handle({ kind: 'extracted', tcpState, sequence: 41 }, 10);
  assert.deepEqual(outputs(role), [{ kind: 'send', frame: init }]);
  return role;
}
