import fc from 'fast-check';
import type { Icmpv6MobilityMessage } from '../../mip6/wire/icmpv6-mobility.ts';
import type { NdOption } from '../../mip6/wire/nd-options.ts';
import { address, record } from './wire-arbitraries.ts';

const identifier = fc.nat(0xffff);
const number32 = fc.nat(0xffffffff);

const ndOption: fc.Arbitrary<NdOption> = fc.oneof(
  record({
    kind: fc.constant('prefix-information' as const),
    prefixLength: fc.nat(128),
    onLink: fc.boolean(),
    autonomous: fc.boolean(),
    routerAddress: fc.boolean(),
    validLifetimeSeconds: number32,
    preferredLifetimeSeconds: number32,
    prefix: address,
  }),
  record({ kind: fc.constant('advertisement-interval' as const), intervalMilliseconds: number32 }),
  record({
    kind: fc.constant('home-agent-information' as const),
    preference: fc.nat(0xffff),
    lifetimeSeconds: fc.integer({ min: 1, max: 0xffff }),
  }),
  record({
    kind: fc.constant('unknown' as const),
    type: fc.integer({ min: 9, max: 255 }),
    data: fc.nat(5).chain((units) => fc.uint8Array({ minLength: 6 + 8 * units, maxLength: 6 + 8 * units })),
  }),
);

/** Any ICMPv6 message of RFC 6275 §6.5–§6.8, and others as opaque ones. */
export const icmpv6Message: fc.Arbitrary<Icmpv6MobilityMessage> = fc.oneof(
  record({ kind: fc.constant('home-agent-address-discovery-request' as const), identifier }),
  record({
    kind: fc.constant('home-agent-address-discovery-reply' as const),
    identifier,
    homeAgents: fc.array(address, { maxLength: 5 }),
  }),
  record({ kind: fc.constant('mobile-prefix-solicitation' as const), identifier }),
  record({
    kind: fc.constant('mobile-prefix-advertisement' as const),
    identifier,
    managed: fc.boolean(),
    other: fc.boolean(),
    options: fc.array(ndOption, { maxLength: 5 }),
  }),
  record({
    kind: fc.constant('unknown' as const),
    type: fc.nat(255).filter((type) => type < 144 || type > 147),
    code: fc.nat(255),
    body: fc.uint8Array({ maxLength: 40 }),
  }),
);
