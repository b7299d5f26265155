import { type Ipv6Address, isMulticast, UNSPECIFIED } from '../../wire/address.ts';
import { emitMobilityHeader } from '../../wire/mobility-header.ts';
import type { Counters } from './counters.ts';
import type { Transmission } from './datagram.ts';
import { RateLimit } from './rate-limit.ts';
import type { Instant } from './role.ts';

/** Binding Errors a second: as many as Binding Updates may come. */
const DEFAULT_BINDING_ERRORS_PER_SECOND = 3;
const SECOND_MS = 1000;

/** A packet that is answered with a Binding Error. */
export interface Offender {
  /** the home address, next to a Home Address option */
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  /** the IPv6 source address, next to a Home Address option */
  readonly careOfAddress?: Ipv6Address;
}

/**
 * A node's Binding Errors (RFC 6275 §9.3.3): to the packet's IPv6 source address, never through the Binding Cache, not too often, and
 * not to an address that is none or many.
 */
export class BindingErrors {
  readonly #counters: Counters;
  readonly #rate: RateLimit;

  constructor(counters: Counters, perSecond = DEFAULT_BINDING_ERRORS_PER_SECOND) {
    this.#counters = counters;
    this.#rate = new RateLimit(perSecond, SECOND_MS);
  }

  /** The answer to `offender`, or why there is none. */
  answer(
    offender: Offender,
    status: number,
    now: Instant,
  ): Transmission | 'address-not-unicast' | 'binding-error-rate' {
    const { source: named, destination: source, careOfAddress } = offender;
    const destination = careOfAddress ?? named;
    if ([source, destination].some(isNotUnicast)) return 'address-not-unicast';
    if (this.#rate.nextAllowed(now) > now) return 'binding-error-rate';
    this.#rate.use(now);
    this.#counters.add(`binding-error.${status}`);
    const homeAddress = careOfAddress === undefined ? UNSPECIFIED : named;
    const message = { kind: 'binding-error', status, homeAddress, options: [] } as const;
    const addresses = { source, destination };
    return { kind: 'transmit', ...addresses, bytes: emitMobilityHeader(message, addresses) };
  }
}

function isNotUnicast(address: Ipv6Address): boolean {
  return address === UNSPECIFIED || isMulticast(address);
}
