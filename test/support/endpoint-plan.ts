import { ipv6 } from '../../mip6/wire/address.ts';
import { GroupAddresses } from '../../server/admission/group-addresses.ts';

export const contactAddress = ipv6('2001:db8:1::100');
export const servicePort = 80;

/** What a member's endpoint of handoffs is told, where a test is about something else: nobody is looked after, claims and variants are taken. */
export const endpointPlan = {
  ...{ contactAddress, servicePort, doneTimeoutMs: 1000, leaseMs: 300 },
  group: new GroupAddresses([[contactAddress, 'contact address']]),
  attentionTo: () => undefined,
  takesClaims: () => true,
  takesVariants: () => true,
} as const;
