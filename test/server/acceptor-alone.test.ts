import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import { Acceptor } from '../../server/handoff/acceptor.ts';
import type { AcceptorOutput } from '../../server/handoff/acceptor-types.ts';

const [client, contactAddress] = [ipv6('2001:db8:c::2'), ipv6('2001:db8:1::100')];
const none = new Uint8Array(0);
const timeoutMs = 60_000;

/** An acceptor that has Init and its socket; what it wants, as words. */
function initiated() {
  const plan = { handoff: 1, client, contactAddress, timeoutMs, leaseMs: 5000 };
  const acceptor = new Acceptor(plan, 0);
  const wants = (): readonly string[] => {
    const found: AcceptorOutput[] = [];
    for (let output = acceptor.poll(); output !== undefined; output = acceptor.poll()) found.push(output);
    return found.map((output) => (output.kind === 'send' ? output.frame.kind : output.kind));
  };
  const state = { sequence: 1, tcpState: none, applicationState: none };
  acceptor.handle(
    { kind: 'frame', frame: { kind: 'init', handoff: 1, client, contactAddress, ...state } },
    0,
  );
  acceptor.handle({ kind: 'restored' }, 0);
  assert.deepEqual(wants(), ['start-return-routability', 'restore-socket']);
  return { acceptor, wants };
}

const silent = { kind: 'failed', reason: 'the client does not answer: home-test', unanswered: true } as const;

test('a client that does not answer is asked again when the donor is gone: nobody else can serve it', () => {
  const { acceptor, wants } = initiated();
  acceptor.handle({ kind: 'peer-gone' }, 1000);
  for (const now of [15_000, 30_000]) {
    acceptor.handle(silent, now);
    assert.deepEqual(wants(), ['start-return-routability']);
  }
  acceptor.handle({ kind: 'return-routability-complete' }, 31_000);
  assert.deepEqual(wants(), ['bind']);
});

test('it is given up in the end, and at once while the donor lives', () => {
  const alone = initiated();
  alone.acceptor.handle({ kind: 'peer-gone' }, 1000);
  alone.acceptor.handleTimeout(timeoutMs);
  assert.deepEqual(alone.wants(), ['refuse', 'abandon']);
  const { acceptor, wants } = initiated();
  acceptor.handle(silent, 15_000);
  assert.deepEqual(wants(), ['refuse', 'abandon']);
});
