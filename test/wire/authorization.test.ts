import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ipv6, ipv6ToBytes } from '../../mip6/wire/address.ts';
import {
  bindingAuthorizationData,
  emitAuthenticated,
  verifyAuthenticated,
  verifyBindingAuthorizationData,
} from '../../mip6/wire/binding-authorization-data.ts';
import type { BindingUpdate } from '../../mip6/wire/messages.ts';
import { emitMobilityHeader, parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { throwsDecodeError } from '../support/decode-error.ts';
import { verifyMobilityHeaderChecksum } from '../support/mobility-checksum.ts';
import { address, authorizedMessage, plainOptions } from '../support/wire-arbitraries.ts';

const HOME = ipv6('2001:db8:1::100');
const CARE_OF = ipv6('2001:db8:2::2');
const CORRESPONDENT = ipv6('2001:db8:c::2');
const KBM = new Uint8Array(20).fill(0x5a);
const UPDATE: BindingUpdate = {
  kind: 'binding-update',
  sequence: 8,
  acknowledge: true,
  homeRegistration: false,
  linkLocalCompatibility: false,
  keyManagement: false,
  lifetimeSeconds: 420,
  options: [{ kind: 'nonce-indices', homeNonceIndex: 5, careOfNonceIndex: 6 }],
};
const kbm = fc.uint8Array({ minLength: 20, maxLength: 20 });
const message = fc
  .tuple(authorizedMessage, plainOptions)
  .map(([fixed, options]) => ({ ...fixed, options }) as typeof fixed);

describe('a message authorised by Kbm', () => {
  it('carries the authenticator RFC 6275 §6.2.7 prescribes, as the last twelve octets', () => {
    const octets = emitAuthenticated(UPDATE, KBM, CARE_OF, CORRESPONDENT);
    const mobilityData = Buffer.concat([
      ipv6ToBytes(CARE_OF),
      ipv6ToBytes(CORRESPONDENT),
      octets.subarray(0, -12),
    ]);
    const expected = createHmac('sha1', KBM).update(mobilityData).digest().subarray(0, 12);
    assert.ok(expected.equals(octets.subarray(-12)));
  });

  it('verifies with the same Kbm and addresses, whatever its checksum', () => {
    fc.assert(
      fc.property(message, kbm, address, address, address, (value, key, careOf, correspondent, source) => {
        const bare = emitAuthenticated(value, key, careOf, correspondent);
        const filled = emitAuthenticated(value, key, careOf, correspondent, {
          source,
          destination: correspondent,
        });
        assert.ok(verifyAuthenticated(bare, key, careOf, correspondent));
        assert.ok(verifyAuthenticated(filled, key, careOf, correspondent));
        assert.ok(verifyMobilityHeaderChecksum(filled, source, correspondent));
        assert.deepStrictEqual(parseMobilityHeader(bare).message.kind, value.kind);
      }),
    );
  });

  it('fails with any bit changed but those of the checksum and those nobody may use', () => {
    const octets = emitAuthenticated(UPDATE, KBM, CARE_OF, CORRESPONDENT);
    let accepted = 0;
    for (let bit = 0; bit < 8 * octets.length; bit++) {
      const forged = new Uint8Array(octets);
      forged[bit >> 3]! ^= 0x80 >> (bit & 7);
      if (refused(() => verifyAuthenticated(forged, KBM, CARE_OF, CORRESPONDENT))) continue;
      assert.ok(bit >= 32 && bit < 48, `bit ${bit} is not protected`);
      accepted++;
    }
    assert.equal(accepted, 16);
  });

  it('fails with another Kbm, care-of address or correspondent', () => {
    const octets = emitAuthenticated(UPDATE, KBM, CARE_OF, CORRESPONDENT);
    assert.equal(verifyAuthenticated(octets, new Uint8Array(20), CARE_OF, CORRESPONDENT), false);
    assert.equal(verifyAuthenticated(octets, KBM, HOME, CORRESPONDENT), false);
    assert.equal(verifyAuthenticated(octets, KBM, CARE_OF, HOME), false);
  });

  it('fails without the option and for messages that cannot carry it', () => {
    assert.equal(verifyAuthenticated(emitMobilityHeader(UPDATE), KBM, CARE_OF, CORRESPONDENT), false);
    const authenticator = { kind: 'binding-authorization-data', authenticator: new Uint8Array(12) } as const;
    const request = emitMobilityHeader({ kind: 'binding-refresh-request', options: [authenticator] });
    assert.equal(verifyAuthenticated(request, KBM, CARE_OF, CORRESPONDENT), false);
    throwsDecodeError(
      () =>
        bindingAuthorizationData({
          kbm: KBM,
          careOfAddress: CARE_OF,
          correspondent: CORRESPONDENT,
          message: request,
        }),
      { code: 'illegal-placement' },
    );
  });

  it('does not change the octets it is given', () => {
    const octets = emitAuthenticated(UPDATE, KBM, CARE_OF, CORRESPONDENT, {
      source: HOME,
      destination: CORRESPONDENT,
    });
    const before = new Uint8Array(octets);
    const input = { kbm: KBM, careOfAddress: CARE_OF, correspondent: CORRESPONDENT, message: octets };
    assert.ok(verifyBindingAuthorizationData(input));
    assert.deepStrictEqual(octets, before);
  });

  it('has octets behind it left out', () => {
    const octets = emitAuthenticated(UPDATE, KBM, CARE_OF, CORRESPONDENT);
    const followed = Buffer.concat([octets, Buffer.alloc(5, 0xff)]);
    assert.ok(verifyAuthenticated(followed, KBM, CARE_OF, CORRESPONDENT));
  });

  it('needs a Kbm of 20 octets and no option of its own yet', () => {
    throwsDecodeError(() => emitAuthenticated(UPDATE, new Uint8Array(19), CARE_OF, CORRESPONDENT), {
      field: 'Kbm',
    });
    const authenticator = { kind: 'binding-authorization-data', authenticator: new Uint8Array(12) } as const;
    const twice = { ...UPDATE, options: [authenticator] };
    throwsDecodeError(() => emitAuthenticated(twice, KBM, CARE_OF, CORRESPONDENT), {
      code: 'not-representable',
    });
  });
});

// False or a DecodeError: either way the message is dropped.
function refused(verify: () => boolean): boolean {
  try {
    return !verify();
  } catch (error) {
    assert.equal((error as Error).name, 'DecodeError');
    return true;
  }
}
