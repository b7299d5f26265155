import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aged, tested, usable } from '../../mip6/roles/mobile-node/address-test.ts';
import { acknowledgementOf } from '../../mip6/roles/shared/binding-acknowledgements.ts';
import { MAX_TOKEN_LIFETIME } from '../../mip6/wire/constants.ts';
import { parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { CARE_OF_1, CORRESPONDENT, HOME_ADDRESS } from '../support/mip6-addresses.ts';

const token = { token: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), nonceIndex: 7 };
const lifetimeMs = MAX_TOKEN_LIFETIME * 1000;

test('a token that another node has got is as old as it says, here and for the next one', () => {
  const now = 1_000_000;
  const test = tested({ ...token, ageMs: 60_000 }, now);
  assert.deepEqual(aged(test, now + 5000), { ...token, ageMs: 65_000 });
  assert.equal(usable(test, now + lifetimeMs - 60_001), test);
  assert.equal(usable(test, now + lifetimeMs - 60_000), undefined);
});

test('an acknowledgement asks for no key management of the mobile node (RFC 6275 §6.1.8: K is a home agent’s)', () => {
  const request = { receiver: CORRESPONDENT, homeAddress: HOME_ADDRESS, headerAddress: CARE_OF_1 };
  const { bytes } = acknowledgementOf(request as Parameters<typeof acknowledgementOf>[0], {
    ...{ status: 0, sequence: 5, lifetimeSeconds: 420 },
  });
  const { message } = parseMobilityHeader(bytes);
  assert.ok(message.kind === 'binding-acknowledgement');
  assert.equal(message.keyManagement, false);
});
