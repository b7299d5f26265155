import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Acceptor } from '../../server/handoff/acceptor.ts';
import type { AcceptorOutput } from '../../server/handoff/acceptor-types.ts';
import { handoffVariant } from '../../server/variants/variants.ts';

const none = new Uint8Array(0);
const timeoutMs = 60_000;

/** An acceptor that has Init and its socket; what it wants, as words. */
function initiated() {
  const plan = { handoff: 1, timeoutMs, leaseMs: 5000, claims: false };
  const acceptor = new Acceptor<Uint8Array>(plan, 0);
  const wants = (): readonly string[] => {
    const found: AcceptorOutput<Uint8Array>[] = [];
    for (let output = acceptor.poll(); output !== undefined; output = acceptor.poll()) found.push(output);
    return found.map((output) => (output.kind === 'send' ? output.frame.kind : output.kind));
  };
  const connections = [{ state: none, octets: 0, applicationState: none }];
  acceptor.handle({ kind: 'init', variant: handoffVariant('drain'), sequence: 1, connections }, 0);
  acceptor.handle({ kind: 'restored' }, 0);
  assert.deepEqual(wants(), ['start-return-routability', 'restore-sockets']);
  return { acceptor, wants };
}

const silent = { kind: 'unanswered', reason: 'the client does not answer: home-test' } as const;

test('a client that does not answer is asked again when the donor is gone: nobody else can serve it', () => {
  const { acceptor, wants } = initiated();
  acceptor.handle({ kind: 'peer-gone' }, 1000);
  for (const now of [15_000, 30_000]) {
    acceptor.handle(silent, now);
    assert.deepEqual(wants(), ['start-return-routability']);
  }
  acceptor.handle({ kind: 'routable' }, 31_000);
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
