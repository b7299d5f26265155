import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { takeoverOrder } from '../../server/contact/trust-group.ts';
import {
  AcceptorChoice,
  acceptorPolicies,
  acceptorPolicy,
  type Candidate,
} from '../../server/membership/acceptor-choice.ts';
import { Membership } from '../../server/membership/membership.ts';

const member = (number: number) => ipv6(`2001:db8:1:${number}::2`);
const candidate = (number: number, clients = 0, latencyMs?: number): Candidate =>
  latencyMs === undefined
    ? { member: member(number), clients }
    : { member: member(number), clients, latencyMs };

function chosen(policy: string, ...rounds: readonly (readonly Candidate[])[]) {
  const choice = new AcceptorChoice(acceptorPolicy(policy));
  return rounds.map((candidates) => choice.choose(candidates)?.member);
}

test('round robin takes each in turn, over comings and goings', () => {
  const all = [candidate(3), candidate(1), candidate(2)];
  assert.deepEqual(chosen('round-robin', all, all, [candidate(1), candidate(3)], all, [], all), [
    member(1),
    member(2),
    member(3),
    member(1),
    undefined,
    member(2),
  ]);
});

test('least clients and nearest take the least, ties in the order of addresses or clients', () => {
  assert.deepEqual(chosen('least-clients', [candidate(3, 1), candidate(2, 1), candidate(1, 4)]), [member(2)]);
  assert.deepEqual(chosen('nearest', [candidate(1), candidate(2, 0, 40), candidate(3, 9, 20)]), [member(3)]);
  assert.deepEqual(chosen('nearest', [candidate(1, 3), candidate(2, 1)]), [member(2)]);
  assert.throws(() => acceptorPolicy('random'), ProtocolError);
});

test('every policy chooses one of the candidates, whatever their order, and a policy of one’s own may be put in', () => {
  const some = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(
      fc.constantFrom(...acceptorPolicies),
      some,
      fc.nat({ max: 3 }),
      (policy, numbers, clients) => {
        const candidates = numbers.map((number) => candidate(number, (number * clients) % 4));
        const here = new AcceptorChoice(policy).choose(candidates);
        assert.ok(here !== undefined && candidates.includes(here));
        assert.equal(new AcceptorChoice(policy).choose(candidates.toReversed())?.member, here.member);
      },
    ),
  );
  const last = { name: 'last', description: 'mine', choose: (all: readonly Candidate[]) => all.at(-1)! };
  assert.equal(new AcceptorChoice(last).choose([candidate(2), candidate(1)])?.member, member(2));
});

test('the list follows joins, restarts and leaves', () => {
  const list = new Membership();
  list.joined(member(1));
  list.joined(member(2));
  assert.deepEqual(list.candidates(), []);
  list.told(member(1), { status: 'serving', clients: 4 });
  list.told(member(2), { status: 'serving', clients: 0 });
  list.assigned(member(1));
  assert.deepEqual(list.candidates(), [candidate(1, 5), candidate(2)]);
  list.told(member(1), { status: 'serving', clients: 5 });
  assert.deepEqual(
    list.candidates((of) => (of === member(2) ? 20 : undefined)),
    [candidate(1, 5), candidate(2, 0, 20)],
  );
  list.joined(member(1));
  assert.deepEqual(list.candidates(), [candidate(2)], 'another process serves nobody yet');
  list.told(member(1), { status: 'serving', clients: 0 });
  list.told(member(2), { status: 'leaving', clients: 3 });
  assert.deepEqual(list.candidates(), [candidate(1)]);
  list.left(member(1));
  list.left(member(1));
  assert.deepEqual(list.members, [member(2)]);
});

test('a policy of one’s own that chooses none of its candidates is told so', () => {
  const stray = { name: 'stray', description: '', choose: () => candidate(9) };
  assert.throws(
    () => new AcceptorChoice(stray).choose([candidate(1)]),
    /'stray' chose .*none of its candidates/,
  );
});

test('the contact nodes back each other up; with one address all trusted members do; nobody else', () => {
  const contact = (number: number) => ({
    contactAddress: ipv6(`2001:db8:1::10${number}`),
    contactNode: member(number),
  });
  const contacts = [contact(1), contact(2), contact(3)];
  const second = contacts[1]!.contactAddress;
  assert.deepEqual(takeoverOrder({ trusted: [member(1), member(2), member(3)], contacts }, second), [
    member(2),
    member(3),
    member(1),
  ]);
  assert.deepEqual(takeoverOrder({ trusted: [member(1), member(2), member(4)], contacts }, second), [
    member(2),
    member(1),
  ]);
  assert.deepEqual(
    takeoverOrder({ trusted: [member(4), member(1)], contacts: [contact(1)] }, contact(1).contactAddress),
    [member(1), member(4)],
  );
  assert.throws(() => takeoverOrder({ trusted: [member(1)], contacts }, second), /not trusted/);
  assert.throws(() => takeoverOrder({ trusted: [member(1)], contacts }, member(9)), /no contact address/);
});
