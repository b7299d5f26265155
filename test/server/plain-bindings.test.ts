import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import type { ForwardingFrame } from '../../server/plain/forwarding-frames.ts';
import { PlainBindings } from '../../server/plain/plain-bindings.ts';

const self = ipv6('2001:db8:2::2');
const contactNode = ipv6('2001:db8:1::2');
const contactAddress = ipv6('2001:db8:1::100');
const client = ipv6('2001:db8:c::2');
const connections = [{ clientPort: 40_000, servicePort: 80 }];
/** ms: see ANSWER_TIMEOUT_MS */
const GIVEN_UP = 30_000;

function member(isContactNode = false, inOffice = true) {
  const sent: ForwardingFrame[] = [];
  const forgotten: string[] = [];
  const here = [...connections];
  const role = new PlainBindings({
    careOfAddress: self,
    contactAddress,
    contactNode: () => (isContactNode ? self : contactNode),
    inOffice: () => inOffice,
    send: (_, frame) => sent.push(frame) > 0,
    answer: () => ({ kind: 'accepted' }),
    expectedOf: () => connections,
    openOf: () => [...here],
    onForget: (one) => void forgotten.push(one),
  });
  const take = (now: number): void =>
    role.handle({ kind: 'ask', client, request: { kind: 'bind', lastSequence: 6, insists: true } }, now);
  const forwarded = { kind: 'forwarded', contactAddress, client, sequence: 7 } as const;
  return { role, sent, forgotten, here, take, forwarded };
}

test('a question without an answer is given up when its time is over, and not a moment before', () => {
  const { role, take } = member();
  take(1000);
  assert.equal(role.deadline(), 1000 + GIVEN_UP);
  role.handleTimeout(1000 + GIVEN_UP - 1);
  assert.equal(role.poll(), undefined);
  role.handleTimeout(1000 + GIVEN_UP);
  assert.equal(role.poll()?.kind, 'unanswered');
  assert.equal(role.deadline(), undefined);
});

test('the same question again goes out again and keeps its time', () => {
  const { role, sent } = member();
  const contest = { kind: 'ask', client, request: { kind: 'contest', sequence: 7 } } as const;
  role.handle(contest, 0);
  role.handle(contest, 20_000);
  assert.equal(sent.length, 2);
  assert.equal(role.deadline(), GIVEN_UP);
});

test('an answer is what the client’s own would be, and ends the question', () => {
  const { role, take, forwarded } = member();
  take(0);
  role.handle({ kind: 'answered', frame: { ...forwarded, outcome: 'accepted', reason: '' } }, 10);
  assert.deepEqual(role.poll(), { kind: 'bound', client, sequence: 7 });
  assert.equal(role.lastSequence(client), 7);
  assert.equal(role.deadline(), undefined);
  role.handle({ kind: 'answered', frame: { ...forwarded, outcome: 'accepted', reason: '' } }, 11);
  assert.equal(role.poll(), undefined, 'said twice');
});

test('a contact node answers itself', () => {
  const { role, sent, take } = member(true);
  take(0);
  assert.deepEqual([role.poll()?.kind, sent.length], ['bound', 0]);
});

test('a member that has claimed the address in vain gives the question up as one without an answer', () => {
  const { role, sent, take } = member(true, false);
  take(0);
  assert.deepEqual([role.poll(), sent.length, role.deadline()], [undefined, 0, GIVEN_UP]);
  role.handleTimeout(GIVEN_UP);
  assert.equal(role.poll()?.kind, 'unanswered');
});

test('a client that has left is forgotten, its number too, unless something of it is asked still', () => {
  const { role, forgotten, here, take, forwarded } = member();
  here.length = 0;
  take(0);
  role.handle({ kind: 'forget', client }, 1);
  assert.deepEqual(forgotten, [], 'another connection of it is on its way here');
  role.handle({ kind: 'answered', frame: { ...forwarded, outcome: 'accepted', reason: '' } }, 2);
  role.handle({ kind: 'forget', client }, 3);
  assert.deepEqual([forgotten, role.lastSequence(client)], [[client], undefined]);
});

test('connections that stay keep their number when others of the client are handed off: the next handoff’s must be above it', () => {
  const { role, here, take, forwarded } = member();
  take(0);
  role.handle({ kind: 'answered', frame: { ...forwarded, outcome: 'accepted', reason: '' } }, 1);
  role.handle({ kind: 'handed-off', client }, 2);
  role.handle({ kind: 'forget', client }, 3);
  assert.equal(role.lastSequence(client), 7);
  here.length = 0;
  role.handle({ kind: 'forget', client }, 4);
  assert.equal(role.lastSequence(client), undefined);
});

test('a renewal asks for all connections that are here, again and again, but for those that are asked for otherwise', () => {
  const { role, sent, here, take, forwarded } = member();
  take(0);
  role.handle({ kind: 'answered', frame: { ...forwarded, outcome: 'accepted', reason: '' } }, 1);
  const renew = { kind: 'ask', client, request: { kind: 'renew' } } as const;
  const asked = () =>
    sent.map((frame) => [frame.kind, 'connections' in frame ? frame.connections : []]).slice(1);
  role.handle(renew, 2);
  role.handle(renew, 3);
  assert.deepEqual(asked(), [
    ['forward', connections],
    ['forward', connections],
  ]);
  const coming = { clientPort: 40_001, servicePort: 80 };
  here.push(coming);
  role.handle({ kind: 'ask', client, request: { kind: 'contest', sequence: 9 } }, 4);
  here.push({ clientPort: 40_002, servicePort: 80 });
  role.handle(renew, 5);
  assert.deepEqual(asked().at(-1), ['forward', [here[2]]]);
});
