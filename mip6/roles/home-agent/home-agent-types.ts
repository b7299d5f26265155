import type { Ipv6Address, Ipv6Prefix } from '../../wire/address.ts';
import type { MobilityDatagram, Transmission } from '../shared/datagram.ts';
import type { Instant } from '../shared/role.ts';

export interface HomeAgentConfig {
  /** the home agent's own address: Binding Updates to other addresses are not for it */
  readonly address: Ipv6Address;
  /** Home subnets; a home address outside is refused with status 132. */
  readonly prefixes: readonly Ipv6Prefix[];
  /** Home addresses served; others get status 133. Default: every address of `prefixes`. */
  readonly homeAddresses?: readonly Ipv6Address[];
  /** Home addresses refused with status 129. */
  readonly prohibited?: readonly Ipv6Address[];
  /** Longest lifetime granted in seconds; default 420. */
  readonly maximumLifetimeSeconds?: number;
  /** Put a Binding Refresh Advice of this many seconds into acknowledgements of longer lifetimes (§6.2.4); default: none. */
  readonly refreshAdviceSeconds?: number;
  /** Primary bindings kept at most (status 130 beyond); default 1024. */
  readonly capacity?: number;
  /** Ask for duplicate address detection on the home link before a first registration (§10.3.1); default false. */
  readonly duplicateAddressDetection?: boolean;
}

export type HomeAgentInput =
  | {
      readonly kind: 'datagram';
      readonly datagram: MobilityDatagram;
      /** The packet came through the IPsec association that belongs to its home address (§5.1). */
      readonly protectedByIpsec: boolean;
    }
  /** Answer to the output `probe-duplicate-address`. */
  | {
      readonly kind: 'duplicate-address-result';
      readonly homeAddress: Ipv6Address;
      readonly duplicate: boolean;
    }
  /** What a home agent that has ended, in whatever way, left in stable storage: it goes on from there. */
  | { readonly kind: 'stored-bindings'; readonly bindings: readonly PrimaryBinding[] }
  /** Forget every binding. */
  | { readonly kind: 'flush' };

/** A home registration in force (RFC 6275 §9.1, §10.1). */
export interface PrimaryBinding {
  readonly homeAddress: Ipv6Address;
  readonly careOfAddress: Ipv6Address;
  /** of the last valid Binding Update */
  readonly sequence: number;
  readonly expiresAt: Instant;
}

/** What interception and the tunnel should be for this home address. */
export interface HomeAgentBinding {
  readonly kind: 'binding';
  readonly action: 'set' | 'delete';
  readonly homeAgent: Ipv6Address;
  readonly homeAddress: Ipv6Address;
  /** for `delete`: the care-of address of the binding that ends */
  readonly careOfAddress: Ipv6Address;
  /** for `set` on an existing binding: where the tunnel ended until now */
  readonly previousCareOfAddress?: Ipv6Address;
  /** seconds; 0 for `delete` */
  readonly lifetimeSeconds: number;
  readonly sequence: number;
}

export type HomeAgentDiscardReason =
  | 'malformed'
  | 'not-for-home-agent'
  | 'unknown-message-type'
  | 'binding-error-rate'
  | 'address-not-unicast'
  | 'not-protected'
  | 'circular-reference'
  | 'missing-home-address-option'
  | 'nonce-indices-in-home-registration';

type HomeAgentEvent =
  | {
      readonly kind: 'discarded';
      readonly reason: HomeAgentDiscardReason;
      readonly source: Ipv6Address;
      readonly destination: Ipv6Address;
    }
  | {
      readonly kind: 'registration-rejected';
      /** RFC 6275 §6.1.8, 128 and above */
      readonly status: number;
      readonly homeAddress: Ipv6Address;
      readonly careOfAddress: Ipv6Address;
      readonly sequence: number;
    }
  | {
      readonly kind: 'registration-accepted';
      readonly change: 'created' | 'updated' | 'deleted';
      readonly homeAddress: Ipv6Address;
      readonly careOfAddress: Ipv6Address;
      readonly sequence: number;
      readonly lifetimeSeconds: number;
    }
  | {
      readonly kind: 'registration-restored';
      readonly homeAddress: Ipv6Address;
      readonly careOfAddress: Ipv6Address;
      readonly sequence: number;
      readonly lifetimeSeconds: number;
    }
  | {
      readonly kind: 'registration-expired';
      readonly homeAddress: Ipv6Address;
      readonly careOfAddress: Ipv6Address;
    };

export type HomeAgentOutput =
  | Transmission
  | HomeAgentBinding
  | { readonly kind: 'probe-duplicate-address'; readonly homeAddress: Ipv6Address }
  | { readonly kind: 'event'; readonly event: HomeAgentEvent };
