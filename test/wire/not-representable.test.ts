import { describe, it } from 'node:test';
import { ipv6, UNSPECIFIED } from '../../mip6/wire/address.ts';
import type { BindingUpdate, MobilityMessage } from '../../mip6/wire/messages.ts';
import { emitMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import type { MobilityOption } from '../../mip6/wire/mobility-options.ts';
import { throwsDecodeError } from '../support/decode-error.ts';

const alternate: MobilityOption = { kind: 'alternate-care-of-address', address: ipv6('2001:db8:2::2') };

describe('values without a wire form', () => {
  const unencodable: readonly [string, MobilityMessage][] = [
    ['a sequence of 17 bits', update([], { sequence: 0x1_0000 })],
    ['a negative sequence', update([], { sequence: -1 })],
    ['a lifetime of 6 seconds', update([], { lifetimeSeconds: 6 })],
    ['a lifetime of half a second', update([], { lifetimeSeconds: 0.5 })],
    ['a lifetime above 65535 units', update([], { lifetimeSeconds: 262_144 })],
    ['a refresh interval of 5 seconds', update([{ kind: 'binding-refresh-advice', intervalSeconds: 5 }])],
    ['a cookie of 7 octets', { kind: 'home-test-init', homeInitCookie: new Uint8Array(7), options: [] }],
    ['a status of 9 bits', { kind: 'binding-error', status: 256, homeAddress: UNSPECIFIED, options: [] }],
    [
      'an authenticator of 20 octets',
      update([{ kind: 'binding-authorization-data', authenticator: new Uint8Array(20) }]),
    ],
    ['an unknown option with a known type', update([{ kind: 'unknown', type: 4, data: new Uint8Array(4) }])],
    ['an unknown option that is padding', update([{ kind: 'unknown', type: 1, data: new Uint8Array() }])],
    ['an unknown option of 256 octets', update([{ kind: 'unknown', type: 99, data: new Uint8Array(256) }])],
    ['an unknown option of type 256', update([{ kind: 'unknown', type: 256, data: new Uint8Array() }])],
    ['an unknown message with a known type', { kind: 'unknown', mhType: 5, data: new Uint8Array(2) }],
    ['an unknown message not a multiple of 8 long', { kind: 'unknown', mhType: 50, data: new Uint8Array(3) }],
    ['an unknown message above 2048 octets', { kind: 'unknown', mhType: 50, data: new Uint8Array(2050) }],
    ['options above 2048 octets', update(new Array<MobilityOption>(150).fill(alternate))],
  ];
  for (const [name, message] of unencodable) {
    it(name, () => throwsDecodeError(() => emitMobilityHeader(message), { code: 'not-representable' }));
  }
});

function update(options: readonly MobilityOption[], change: Partial<BindingUpdate> = {}): BindingUpdate {
  return {
    kind: 'binding-update',
    sequence: 0,
    acknowledge: false,
    homeRegistration: false,
    linkLocalCompatibility: false,
    keyManagement: false,
    lifetimeSeconds: 0,
    options,
    ...change,
  };
}
