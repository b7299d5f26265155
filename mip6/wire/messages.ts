import type { Ipv6Address } from './address.ts';
import type { MobilityOption } from './mobility-options.ts';

interface WithOptions {
  readonly options: readonly MobilityOption[];
}

export interface BindingRefreshRequest extends WithOptions {
  readonly kind: 'binding-refresh-request';
}
export interface HomeTestInit extends WithOptions {
  readonly kind: 'home-test-init';
  /** 8 octets */
  readonly homeInitCookie: Uint8Array;
}
export interface CareOfTestInit extends WithOptions {
  readonly kind: 'care-of-test-init';
  /** 8 octets */
  readonly careOfInitCookie: Uint8Array;
}
export interface HomeTest extends WithOptions {
  readonly kind: 'home-test';
  readonly homeNonceIndex: number;
  /** 8 octets */
  readonly homeInitCookie: Uint8Array;
  /** 8 octets */
  readonly homeKeygenToken: Uint8Array;
}
export interface CareOfTest extends WithOptions {
  readonly kind: 'care-of-test';
  readonly careOfNonceIndex: number;
  /** 8 octets */
  readonly careOfInitCookie: Uint8Array;
  /** 8 octets */
  readonly careOfKeygenToken: Uint8Array;
}
export interface BindingUpdate extends WithOptions {
  readonly kind: 'binding-update';
  /** 0…65535, compared modulo 2¹⁶ */
  readonly sequence: number;
  readonly acknowledge: boolean;
  readonly homeRegistration: boolean;
  readonly linkLocalCompatibility: boolean;
  readonly keyManagement: boolean;
  /** seconds, a multiple of 4; 0 deletes the binding */
  readonly lifetimeSeconds: number;
}
export interface BindingAcknowledgement extends WithOptions {
  readonly kind: 'binding-acknowledgement';
  /** RFC 6275 §6.1.8: below 128 accepted, 128 and above rejected */
  readonly status: number;
  readonly keyManagement: boolean;
  readonly sequence: number;
  /** seconds, a multiple of 4 */
  readonly lifetimeSeconds: number;
}
export interface BindingError extends WithOptions {
  readonly kind: 'binding-error';
  readonly status: number;
  readonly homeAddress: Ipv6Address;
}
/** A message type this implementation does not know: kept whole so that it survives a round trip. */
export interface UnknownMobilityMessage {
  readonly kind: 'unknown';
  readonly mhType: number;
  /** everything behind the six fixed octets of the Mobility Header */
  readonly data: Uint8Array;
}

export type MobilityMessage =
  | BindingRefreshRequest
  | HomeTestInit
  | CareOfTestInit
  | HomeTest
  | CareOfTest
  | BindingUpdate
  | BindingAcknowledgement
  | BindingError
  | UnknownMobilityMessage;
