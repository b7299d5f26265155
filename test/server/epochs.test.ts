import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { isNewerSequence } from '../../mip6/roles/shared/sequence.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { judge } from '../../server/contact/claims.ts';
import { ContactGroup, type GroupOutput } from '../../server/contact/contact-group.ts';
import {
  ESP_NUMBERS_PER_EPOCH,
  epochAbove,
  espFloor,
  isNearlySpent,
  LARGEST_TRUST_GROUP,
  LAST_EPOCH,
  updateFloor,
} from '../../server/contact/epochs.ts';
import { contactData, groupTiming } from '../support/group-world.ts';

const place = fc.nat({ max: LARGEST_TRUST_GROUP - 1 });

test('a member’s next term is the first above all known ones that is nobody else’s', () => {
  fc.assert(
    fc.property(fc.nat({ max: LAST_EPOCH }), place, place, (highest, one, other) => {
      const epoch = epochAbove(highest, one);
      if (epoch === undefined) return assert.ok(highest > LAST_EPOCH - LARGEST_TRUST_GROUP);
      assert.ok(epoch > highest && epoch <= highest + LARGEST_TRUST_GROUP && epoch <= LAST_EPOCH);
      if (one !== other) assert.notEqual(epoch, epochAbove(highest, other));
      assert.ok(espFloor(epoch) >= espFloor(highest) + ESP_NUMBERS_PER_EPOCH);
      assert.ok(espFloor(epoch) + ESP_NUMBERS_PER_EPOCH <= 2 ** 32);
      assert.ok(isNewerSequence(updateFloor(epoch), updateFloor(highest)));
    }),
  );
  assert.equal(epochAbove(undefined, 3), 3);
  assert.equal(epochAbove(LAST_EPOCH, 0), undefined);
});

test('of two members that judge each other’s claims, one gives way in the end, and never both at once', () => {
  const stage = fc.constantFrom('claiming' as const, 'serving' as const, 'leaving' as const);
  const claim = fc.record({ epoch: fc.nat({ max: 40 }), stage });
  const gives = (judgement: string) => judgement === 'yield' || judgement === 'withdraw';
  fc.assert(
    fc.property(claim, claim, (one, other) => {
      const [here, there] = [judge(one, other), judge(other, one)];
      assert.ok(!(gives(here) && gives(there)));
      const settled = one.stage !== 'claiming' && other.stage !== 'claiming' && one.epoch !== other.epoch;
      if (settled) assert.equal(one.epoch < other.epoch ? here : there, 'yield');
    }),
  );
});

test('a contact node whose numbers run out registers under its next term, and serves on', () => {
  const [self, other] = [ipv6('2001:db8:1:1::2'), ipv6('2001:db8:1:2::2')];
  const plan = { contactAddress: ipv6('2001:db8:1::100'), self, order: [self, other], timing: groupTiming };
  const group = new ContactGroup(plan, 0);
  const registers = (): readonly number[] => {
    const all: GroupOutput[] = [];
    for (let output = group.poll(); output !== undefined; output = group.poll()) all.push(output);
    return all.flatMap((output) => (output.kind === 'register' ? [output.numbers.outbound] : []));
  };
  group.handle({ kind: 'found', data: contactData }, 0);
  group.handle({ kind: 'registered', epoch: 0 }, 1);
  assert.deepEqual(registers(), [0]);
  const inbound = { bindingAcknowledgements: 5, tunnelIn: 6 };
  assert.equal(isNearlySpent(0, 12_288), false);
  group.handle({ kind: 'numbers', outbound: 12_288, inbound }, 2);
  assert.deepEqual(registers(), []);
  group.handle({ kind: 'numbers', outbound: 12_289, inbound }, 3);
  assert.deepEqual(registers(), [16 * ESP_NUMBERS_PER_EPOCH]);
  assert.deepEqual(group.claim, { epoch: 16, stage: 'serving' });
});

test('a plan that cannot work is refused', () => {
  const member = (number: number) => ipv6(`2001:db8:1:${number}::2`);
  const order = Array.from({ length: 17 }, (_, number) => member(number + 1));
  const plan = {
    contactAddress: ipv6('2001:db8:1::100'),
    self: member(1),
    order: [member(1)],
    timing: groupTiming,
  };
  for (const wrong of [
    { ...plan, self: member(2) },
    { ...plan, order },
    { ...plan, timing: { ...groupTiming, suspectMs: 2 * groupTiming.heartbeatMs } },
  ])
    assert.throws(() => new ContactGroup(wrong, 0), ProtocolError);
});
