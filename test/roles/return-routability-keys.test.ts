import assert from 'node:assert/strict';
import { test } from 'node:test';
import { careOfKeygenToken, homeKeygenToken } from '../../mip6/roles/correspondent-node/keygen-tokens.ts';
import { bindingManagementKey } from '../../mip6/roles/shared/binding-management-key.ts';
import { CARE_OF_2, HOME_ADDRESS } from '../support/mip6-addresses.ts';

const KCN = Uint8Array.from({ length: 20 }, (_, index) => index);
const NONCE = Uint8Array.from({ length: 8 }, (_, index) => 0xa0 + index);

// Expected values: Python's hmac, hashlib and ipaddress on RFC 6275 §5.2.5's formulas.
test('keygen tokens and Kbm agree with an independent computation', () => {
  const home = homeKeygenToken(KCN, HOME_ADDRESS, NONCE);
  const careOf = careOfKeygenToken(KCN, CARE_OF_2, NONCE);
  assert.equal(hex(home), 'a0e8498e964263cb');
  assert.equal(hex(careOf), 'a9156388dd4c73cf');
  assert.equal(hex(bindingManagementKey(home, careOf)), 'e2f8314805333dd3a780b4e33981e9748d963425');
  assert.equal(hex(bindingManagementKey(home)), '1335de3bbdcb6868257f8153e205af093225ae1f');
});

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}
