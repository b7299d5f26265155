import type { Ipv6Address } from '../../wire/address.ts';
import type { MobilityDatagram, Transmission } from '../shared/datagram.ts';
import type { RandomBytes } from '../shared/role.ts';

export interface CorrespondentNodeConfig {
  readonly random: RandomBytes;
  /** Bindings kept at most, deleted ones whose nonces are still valid included; default 1024. */
  readonly capacity?: number;
  /** Longest lifetime granted in seconds; default and upper limit MAX_RR_BINDING_LIFETIME (420). */
  readonly maximumLifetimeSeconds?: number;
  /** Send a Binding Refresh Request this long before a binding expires (§9.5.5); default: never. */
  readonly refreshRequestLeadSeconds?: number;
  /** Binding Errors sent at most in any second (§9.3.3); default 3. */
  readonly bindingErrorsPerSecond?: number;
}

export type CorrespondentNodeInput =
  | { readonly kind: 'datagram'; readonly datagram: MobilityDatagram }
  /** The kernel dropped a packet with a Home Address option for which no binding exists (§9.3.1). */
  | {
      readonly kind: 'unknown-home-address-option';
      readonly homeAddress: Ipv6Address;
      readonly careOfAddress: Ipv6Address;
      readonly correspondent: Ipv6Address;
    }
  /** Forget every binding; nonces are invalidated so that no old Binding Update can be replayed (§5.2.8). */
  | { readonly kind: 'flush' };

/** What the kernel's route optimisation should be for this (correspondent, home address). */
export interface CorrespondentBinding {
  readonly kind: 'binding';
  readonly action: 'set' | 'delete';
  /** our own address, to which the Binding Update was sent */
  readonly correspondent: Ipv6Address;
  readonly homeAddress: Ipv6Address;
  /** for `delete`: the care-of address of the binding that ends */
  readonly careOfAddress: Ipv6Address;
  /** seconds; 0 for `delete` */
  readonly lifetimeSeconds: number;
  readonly sequence: number;
}

export type CorrespondentDiscardReason =
  | 'malformed'
  | 'not-for-correspondent'
  | 'unknown-message-type'
  | 'home-address-option-in-test-init'
  | 'address-not-unicast'
  | 'missing-nonce-indices'
  | 'nonce-indices-in-home-registration'
  | 'missing-authorization-data'
  | 'wrong-authenticator'
  | 'own-address'
  | 'circular-reference'
  | 'binding-error-rate'
  /** a packet was dropped before its binding was there, which it is now */
  | 'bound-by-now';

type CorrespondentEvent =
  | {
      readonly kind: 'discarded';
      readonly reason: CorrespondentDiscardReason;
      readonly source: Ipv6Address;
      readonly destination: Ipv6Address;
    }
  | {
      readonly kind: 'binding-rejected';
      /** RFC 6275 §6.1.8, 128 and above */
      readonly status: number;
      readonly homeAddress: Ipv6Address;
      readonly careOfAddress: Ipv6Address;
      readonly sequence: number;
    }
  | {
      readonly kind: 'binding-accepted';
      readonly change: 'created' | 'updated' | 'deleted';
      readonly homeAddress: Ipv6Address;
      readonly careOfAddress: Ipv6Address;
      readonly sequence: number;
      readonly lifetimeSeconds: number;
    }
  | {
      readonly kind: 'binding-expired';
      readonly homeAddress: Ipv6Address;
      readonly careOfAddress: Ipv6Address;
    };

export type CorrespondentNodeOutput =
  | Transmission
  | CorrespondentBinding
  | { readonly kind: 'event'; readonly event: CorrespondentEvent };
