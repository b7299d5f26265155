import { ipv6 } from '../../mip6/wire/address.ts';
import type { MobilityMessage } from '../../mip6/wire/messages.ts';

/** The script's addresses: those of the testbed of Fig. 9. */
export const client = ipv6('2001:db8:c::2');
export const contactAddress = ipv6('2001:db8:1::100');
export const homeAgent1 = ipv6('2001:db8:1::1');
export const careOf1 = ipv6('2001:db8:1::2');
export const careOf2 = ipv6('2001:db8:2::2');

const homeInitCookie = Buffer.from('homecook');
const careOfInitCookie = Buffer.from('carecook');
const token = Buffer.from('12345678');

export const homeTestInit: MobilityMessage = { kind: 'home-test-init', homeInitCookie, options: [] };
export const careOfTestInit: MobilityMessage = { kind: 'care-of-test-init', careOfInitCookie, options: [] };
export const homeTest: MobilityMessage = {
  kind: 'home-test',
  homeNonceIndex: 3,
  homeInitCookie,
  homeKeygenToken: token,
  options: [],
};
export const careOfTest: MobilityMessage = {
  kind: 'care-of-test',
  careOfNonceIndex: 4,
  careOfInitCookie,
  careOfKeygenToken: token,
  options: [],
};

export function bindingUpdate(lifetimeSeconds: number, sequence = 42): MobilityMessage {
  return {
    kind: 'binding-update',
    sequence,
    acknowledge: true,
    homeRegistration: false,
    linkLocalCompatibility: false,
    keyManagement: false,
    lifetimeSeconds,
    options: [
      { kind: 'nonce-indices', homeNonceIndex: 3, careOfNonceIndex: 4 },
      { kind: 'binding-authorization-data', authenticator: new Uint8Array(12).fill(7) },
    ],
  };
}

export function acknowledgement(status: number, sequence = 42): MobilityMessage {
  return {
    kind: 'binding-acknowledgement',
    status,
    keyManagement: false,
    sequence,
    lifetimeSeconds: 420,
    options: [],
  };
}
