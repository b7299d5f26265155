import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOvertaken } from '../../mip6/roles/mobile-node/numbering.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { answerOfEvent, numberingOf } from '../../server/bindings/client-bindings.ts';
import { contestedSequence, inheritingSequence, reclaimingSequence } from '../../server/sequence-margin.ts';

const lastSequence = 0xfffe;
const correspondent = ipv6('2001:db8:c::2');

test('each request has its numbers: the first of an acceptor is the one that its donor contests, and both ask with it alone', () => {
  const first = 0xffff;
  assert.deepEqual(numberingOf({ kind: 'bind', lastSequence, insists: true }), {
    kind: 'fixed',
    number: first,
  });
  assert.deepEqual(numberingOf({ kind: 'bind', lastSequence, insists: false }), { kind: 'contested', first });
  const contest = { kind: 'contest', sequence: contestedSequence(lastSequence) } as const;
  assert.deepEqual(numberingOf(contest), { kind: 'fixed', number: first });
  assert.deepEqual(numberingOf({ kind: 'reclaim', sequence: 1022 }), { kind: 'yielding', first: 1022 });
  assert.deepEqual(numberingOf({ kind: 'renew' }), { kind: 'yielding' });
  assert.deepEqual(numberingOf({ kind: 'bind-again', lastSequence, inherits: false }), { kind: 'yielding' });
  assert.deepEqual(numberingOf({ kind: 'bind-again', lastSequence, inherits: true }), {
    kind: 'yielding',
    first: inheritingSequence(lastSequence),
  });
});

test('every request gives way to a number beyond its own', () => {
  const requests = [
    { kind: 'bind', lastSequence: 41, insists: true },
    { kind: 'bind', lastSequence: 41, insists: false },
    { kind: 'bind-again', lastSequence: 41, inherits: true },
    { kind: 'bind-again', lastSequence: 41, inherits: false },
    { kind: 'renew' },
    { kind: 'contest', sequence: 42 },
    { kind: 'reclaim', sequence: 1065 },
  ] as const;
  for (const request of requests)
    assert.equal(isOvertaken(numberingOf(request), 5000, 4000), true, request.kind);
});

test('the numbers of who takes over are above those of the dead donor’s retransmissions, and these above its acceptor’s', () => {
  const above = (sequence: number, other: number): number => (sequence - other) & 0xffff;
  assert.equal(above(contestedSequence(lastSequence), lastSequence), 1);
  // RFC 6275 §11.8: retransmissions are at most one a second at first, and twice as far apart each time.
  assert.ok(above(reclaimingSequence(lastSequence), contestedSequence(lastSequence)) > 1000);
  assert.ok(above(inheritingSequence(lastSequence), reclaimingSequence(lastSequence)) > 1000);
  assert.ok(above(inheritingSequence(lastSequence), lastSequence) < 0x8000, 'newer for the client (§9.5.1)');
});

test('an answer of status 135 tells the number that the client knows', () => {
  const event = {
    kind: 'binding-rejected',
    correspondent,
    status: 135,
    sequence: 42,
    retrying: false,
  } as const;
  assert.deepEqual(answerOfEvent(event), {
    kind: 'superseded',
    client: correspondent,
    accepted: 42,
    reason: 'the client rejects the binding: status 135',
  });
  assert.equal(answerOfEvent({ ...event, retrying: true }), undefined);
  assert.equal(answerOfEvent({ ...event, status: 130 })?.kind, 'refused');
});
