import fc from 'fast-check';
import { type Ipv6Address, ipv6FromBytes } from '../../mip6/wire/address.ts';
import type { ExtensionHeader } from '../../mip6/wire/extension-header.ts';
import type { Ipv6Option } from '../../mip6/wire/ipv6-options.ts';
import type { MobilityMessage } from '../../mip6/wire/messages.ts';
import type { MobilityOption } from '../../mip6/wire/mobility-options.ts';

// Every value that has a wire form, for fast-check.

/** An object of the codec's shape: with a prototype, as the parsers make them. */
export function record<T>(
  model: { [Key in keyof T]: fc.Arbitrary<T[Key]> },
): fc.Arbitrary<fc.RecordValue<T, keyof T>> {
  return fc.record<T>(model, { noNullPrototype: true });
}

const octet = fc.integer({ min: 0, max: 0xff });
const number16 = fc.integer({ min: 0, max: 0xffff });
const lifetimeSeconds = number16.map((units) => 4 * units);
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** Any IPv6 address, with long runs of zeros often enough. */
export const address: fc.Arbitrary<Ipv6Address> = fc
  .array(fc.oneof(fc.constant(0), octet), { minLength: 16, maxLength: 16 })
  .map((bytes) => ipv6FromBytes(Uint8Array.from(bytes)));

const plainOption: fc.Arbitrary<MobilityOption> = fc.oneof(
  record({ kind: fc.constant('binding-refresh-advice' as const), intervalSeconds: lifetimeSeconds }),
  record({ kind: fc.constant('alternate-care-of-address' as const), address }),
  record({
    kind: fc.constant('nonce-indices' as const),
    homeNonceIndex: number16,
    careOfNonceIndex: number16,
  }),
  record({
    kind: fc.constant('unknown' as const),
    // Far above the numbers that are given so far: an option that is added is not one of these.
    type: fc.integer({ min: 128, max: 255 }),
    data: fc.uint8Array({ maxLength: 40 }),
  }),
);

const authorizationData: fc.Arbitrary<MobilityOption> = record({
  kind: fc.constant('binding-authorization-data' as const),
  authenticator: octets(12),
});

/** Mobility options without Binding Authorization Data. */
export const plainOptions: fc.Arbitrary<MobilityOption[]> = fc.array(plainOption, { maxLength: 6 });

/** Mobility options, Binding Authorization Data last or absent. */
export const mobilityOptions: fc.Arbitrary<MobilityOption[]> = fc
  .tuple(plainOptions, fc.option(authorizationData, { nil: undefined }))
  .map(([plain, last]) => (last === undefined ? plain : [...plain, last]));

const options = mobilityOptions;

/** Messages that return routability can authorise. */
export const authorizedMessage = fc.oneof(
  record({
    kind: fc.constant('binding-update' as const),
    sequence: number16,
    acknowledge: fc.boolean(),
    homeRegistration: fc.boolean(),
    linkLocalCompatibility: fc.boolean(),
    keyManagement: fc.boolean(),
    lifetimeSeconds,
    options,
  }),
  record({
    kind: fc.constant('binding-acknowledgement' as const),
    status: octet,
    keyManagement: fc.boolean(),
    sequence: number16,
    lifetimeSeconds,
    options,
  }),
);

/** Any message of RFC 6275 §6.1, and any unknown one. */
export const mobilityMessage: fc.Arbitrary<MobilityMessage> = fc.oneof(
  authorizedMessage,
  record({ kind: fc.constant('binding-refresh-request' as const), options }),
  record({ kind: fc.constant('home-test-init' as const), homeInitCookie: octets(8), options }),
  record({ kind: fc.constant('care-of-test-init' as const), careOfInitCookie: octets(8), options }),
  record({
    kind: fc.constant('home-test' as const),
    homeNonceIndex: number16,
    homeInitCookie: octets(8),
    homeKeygenToken: octets(8),
    options,
  }),
  record({
    kind: fc.constant('care-of-test' as const),
    careOfNonceIndex: number16,
    careOfInitCookie: octets(8),
    careOfKeygenToken: octets(8),
    options,
  }),
  record({ kind: fc.constant('binding-error' as const), status: octet, homeAddress: address, options }),
  record({
    kind: fc.constant('unknown' as const),
    mhType: fc.integer({ min: 8, max: 255 }),
    data: fc.integer({ min: 0, max: 9 }).chain((units) => octets(2 + 8 * units)),
  }),
);

const ipv6Option: fc.Arbitrary<Ipv6Option> = fc.oneof(
  record({ kind: fc.constant('home-address' as const), address }),
  record({
    kind: fc.constant('unknown' as const),
    type: fc.integer({ min: 2, max: 255 }).filter((type) => type !== 0xc9),
    data: fc.uint8Array({ maxLength: 30 }),
  }),
);
const ipv6Options = fc.array(ipv6Option, { maxLength: 4 });

/** Extension headers in any order a packet may have them, at most one fragment header and that one at offset 0. */
export const extensionHeaders: fc.Arbitrary<ExtensionHeader[]> = fc
  .tuple(
    fc.option(record({ kind: fc.constant('hop-by-hop-options' as const), options: ipv6Options }), {
      nil: undefined,
    }),
    fc.array(
      fc.oneof(
        record({ kind: fc.constant('destination-options' as const), options: ipv6Options }),
        record({
          kind: fc.constant('type2-routing' as const),
          homeAddress: address,
          segmentsLeft: fc.constantFrom(0 as const, 1 as const),
        }),
        record({
          kind: fc.constant('routing' as const),
          routingType: octet.filter((type) => type !== 2),
          segmentsLeft: octet,
          data: fc.integer({ min: 0, max: 5 }).chain((units) => octets(4 + 8 * units)),
        }),
        record({
          kind: fc.constant('fragment' as const),
          offset: fc.constant(0),
          moreFragments: fc.boolean(),
          identification: fc.integer({ min: 0, max: 0xffffffff }),
        }),
      ),
      { maxLength: 4 },
    ),
  )
  .map(([first, rest]) => (first === undefined ? rest : [first, ...rest]));
