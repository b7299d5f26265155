import type { Ipv6Address } from '../../wire/address.ts';
import type { MobilityDatagram, Transmission } from '../shared/datagram.ts';
import type { RandomBytes } from '../shared/role.ts';
import type { AgedToken } from './address-test.ts';
import type { Numbering } from './numbering.ts';

/** Whose an arrival is: `awaited` it answers a message; `settled` it may, one that needs no answer any more; undefined: not this node's. */
export type Recognition = 'awaited' | 'settled' | undefined;

export interface MobileNodeConfig {
  /** One instance serves one home address (the contact address) and many correspondents. */
  readonly homeAddress: Ipv6Address;
  readonly random: RandomBytes;
  /** Retransmissions of a test or of a correspondent's update before giving up; default 8. Home registration never gives up. */
  readonly retransmissionLimit?: number;
  /** Share of a lifetime after which a binding is refreshed; default 0.9. */
  readonly refreshAt?: number;
  /** How long a correspondent without Mobile IPv6 is left alone; default 420, as long as a binding lives. */
  readonly unsupportedSeconds?: number;
}

/** What a donor hands over about one correspondent so that the acceptor's updates are in sequence. Plain JSON. */
export interface ExportedBinding {
  readonly correspondent: Ipv6Address;
  readonly homeAddress: Ipv6Address;
  /** last sequence number sent in a Binding Update; absent: none was sent yet */
  readonly sequence?: number;
}

/** A binding that a correspondent has acknowledged. */
export interface AcknowledgedBinding {
  readonly correspondent: Ipv6Address;
  /** of the last Binding Update sent */
  readonly sequence: number;
  /** what is left of it */
  readonly lifetimeMs: number;
}

export type MobileNodeInput =
  | { readonly kind: 'datagram'; readonly datagram: MobilityDatagram }
  /** Register, or move, the home binding (§11.7.1). */
  | {
      readonly kind: 'register-home';
      readonly homeAgent: Ipv6Address;
      readonly careOfAddress: Ipv6Address;
      readonly lifetimeSeconds: number;
      /** of this Binding Update; default: the last one plus 1, or a random one. Raised when it is not newer than the last one. */
      readonly sequence?: number;
    }
  | { readonly kind: 'deregister-home' }
  /** Drop the home binding's state without a message: another member has taken the home address over. */
  | { readonly kind: 'forget-home' }
  /** Get both keygen tokens. Tokens younger than MAX_TOKEN_LIFETIME are used again unless `fresh`. */
  | {
      readonly kind: 'start-return-routability';
      readonly correspondent: Ipv6Address;
      readonly careOfAddress: Ipv6Address;
      readonly fresh?: boolean;
      /** Tokens are asked for anew, and those that are there stay good until others come; default false. */
      readonly renewed?: boolean;
      /**
       * It is or was bound to this home address, by whichever node: a refusal of before says nothing any more, and it is asked all the
       * same. Default false.
       */
      readonly bound?: boolean;
      /** Another node of this home address has got it from the correspondent, so long ago: good for this one's updates, too (RFC 6275 §5.2.6). */
      readonly home?: AgedToken;
    }
  /** Send a Binding Update for the care-of address of the last `start-return-routability`; tests that are missing or too old are done first. */
  | {
      readonly kind: 'bind';
      readonly correspondent: Ipv6Address;
      readonly lifetimeSeconds: number;
      readonly acknowledge: boolean;
      /** default `own` */
      readonly numbering?: Numbering;
      /** Renew the binding before it expires; default false. */
      readonly refresh?: boolean;
      /** When phase `active` is put out; default `on-acknowledgement`, without `acknowledge` always `on-update`. */
      readonly activate?: 'on-acknowledgement' | 'on-update';
      /** Binding Updates that go out at once, each by `numbering`, so that one may be lost; default 1. */
      readonly copies?: number;
    }
  /**
   * Another node of this home address has bound the correspondent to this care-of address, which has been tested here: the binding is in
   * force at once. Unless the correspondent says before that it knows none, a Binding Update of this node's own follows a round trip later.
   */
  | {
      readonly kind: 'adopt';
      readonly correspondent: Ipv6Address;
      readonly careOfAddress: Ipv6Address;
      readonly lifetimeSeconds: number;
      /** the last number that the other node used */
      readonly sequence: number;
    }
  /** Get a home keygen token, if there is none that is good for a while, and nothing else. */
  | { readonly kind: 'test-home'; readonly correspondent: Ipv6Address }
  /**
   * Bind the correspondent to another node of this home address, which it has been tested at: the Binding Updates name that node's care-of
   * address as the alternate one (§6.2.5), and this node optimises nothing from then on. Nobody waits for their acknowledgements here. Without
   * a home keygen token (`holdsHomeToken`) nothing is sent.
   */
  | {
      readonly kind: 'bind-for';
      readonly correspondent: Ipv6Address;
      readonly careOfAddress: Ipv6Address;
      /** 8 octets */
      readonly careOfKeygenToken: Uint8Array;
      readonly careOfNonceIndex: number;
      readonly lifetimeSeconds: number;
      readonly copies: number;
    }
  /** Delete the correspondent's binding (lifetime 0, Kbm from the home keygen token alone). */
  | {
      readonly kind: 'unbind';
      readonly correspondent: Ipv6Address;
      readonly acknowledge: boolean;
      /** default `own`; `fixed` deletes what another node with this home address has bound under that number */
      readonly numbering?: Numbering;
      /** to send from; default: that of the last `start-return-routability` */
      readonly careOfAddress?: Ipv6Address;
    }
  /**
   * Another node with this home address may bind the correspondent at any time: the number of the first Binding Update is fixed now, and no renewal
   * goes beyond the number of another's.
   */
  | { readonly kind: 'defend'; readonly correspondent: Ipv6Address }
  /** No Binding Update to the correspondent has this number, or one before it, from now on. */
  | { readonly kind: 'burn'; readonly correspondent: Ipv6Address; readonly sequence: number }
  /**
   * Send no Binding Update until `bind` or `resume`: none to renew the binding, and no retransmission. `optimises: false`: nor data by
   * route optimisation.
   */
  | { readonly kind: 'suspend'; readonly correspondent: Ipv6Address; readonly optimises?: boolean }
  | { readonly kind: 'resume'; readonly correspondent: Ipv6Address }
  /** Drop everything about a correspondent without a message: the donor after a handoff. */
  | { readonly kind: 'forget'; readonly correspondent: Ipv6Address }
  | { readonly kind: 'import'; readonly binding: ExportedBinding }
  /** An ICMPv6 Parameter Problem has come: perhaps the correspondent has no Mobile IPv6 (§11.3.5). */
  | ({ readonly kind: 'parameter-problem' } & ReceivedParameterProblem);

export interface MobileNodeTransmission extends Transmission {
  /** `home-tunnel`: through the home agent (or the contact node's tunnel); `direct`: from the care-of address. */
  readonly via: 'home-tunnel' | 'direct';
}

/**
 * What the kernel's route optimisation towards a correspondent should be:
 * `pending` Home Address option on Binding Updates only; `active` on all packets; `none` nothing.
 */
export interface MobileNodeBinding {
  readonly kind: 'binding';
  readonly phase: 'pending' | 'active' | 'none';
  readonly correspondent: Ipv6Address;
  readonly homeAddress: Ipv6Address;
  readonly careOfAddress: Ipv6Address;
}

/** The same for the home agent: `pending` before the first Binding Update, `active` once it is accepted. */
export interface MobileNodeHomeBinding {
  readonly kind: 'home-binding';
  readonly phase: 'pending' | 'active' | 'none';
  readonly homeAgent: Ipv6Address;
  readonly homeAddress: Ipv6Address;
  readonly careOfAddress: Ipv6Address;
}

export type MobileNodeOutput =
  | MobileNodeTransmission
  | MobileNodeBinding
  | MobileNodeHomeBinding
  | { readonly kind: 'event'; readonly event: MobileNodeEvent };

export type MobileNodeDiscardReason =
  | 'malformed'
  | 'not-for-mobile-node'
  | 'unknown-message-type'
  | 'address-not-unicast'
  | 'binding-error-rate'
  | 'unmatched-home-test'
  | 'unmatched-care-of-test'
  | 'duplicate-test'
  | 'routing-header-in-test'
  | 'acknowledgement-without-update'
  | 'acknowledgement-sequence-mismatch'
  | 'missing-authorization-data'
  | 'wrong-authenticator'
  | 'unmatched-parameter-problem'
  | 'parameter-problem-while-bound'
  | 'option-unrecognized-by-correspondent'
  | 'refresh-request-without-binding'
  | 'binding-error-without-binding';

interface OfCorrespondent {
  readonly correspondent: Ipv6Address;
}

export type MobileNodeEvent =
  | (OfCorrespondent & {
      readonly kind: 'return-routability-complete';
      readonly careOfAddress: Ipv6Address;
      /** milliseconds since the token arrived; above 0 when it is used again */
      readonly homeTokenAgeMs: number;
      readonly careOfTokenAgeMs: number;
    })
  /** Test or update unanswered after the last retransmission, or refused by a correspondent without Mobile IPv6. */
  | (OfCorrespondent & {
      readonly kind: 'gave-up';
      readonly step: UnansweredStep;
    })
  | (OfCorrespondent & {
      readonly kind: 'binding-acknowledged';
      /** below 128 */
      readonly status: number;
      readonly careOfAddress: Ipv6Address;
      readonly sequence: number;
      /** seconds, as granted */
      readonly lifetimeSeconds: number;
    })
  | (OfCorrespondent & {
      readonly kind: 'binding-rejected';
      /** 128 and above */
      readonly status: number;
      readonly sequence: number;
      /** status 135…138: the mobile node goes on by itself */
      readonly retrying: boolean;
    })
  /** `unbind` was acknowledged, or sent without asking for it. */
  | (OfCorrespondent & { readonly kind: 'binding-deleted'; readonly sequence: number })
  | (OfCorrespondent & { readonly kind: 'binding-expired' })
  | (OfCorrespondent & { readonly kind: 'refresh-requested' })
  /** The correspondent has no Mobile IPv6: nothing is sent to it for `unsupportedSeconds`; what was asked for is given up. */
  | (OfCorrespondent & { readonly kind: 'mobility-unsupported' })
  /** 1: unknown binding for Home Address option; 2: unrecognised message type (§6.1.9). */
  | (OfCorrespondent & { readonly kind: 'binding-error'; readonly status: number })
  /** A Home Test for a cookie never sent here: the contact node relays it to the member it belongs to. */
  | (OfCorrespondent & {
      readonly kind: 'unmatched-home-test';
      /** 8 octets */
      readonly homeInitCookie: Uint8Array;
      /** the whole Mobility Header, unchanged */
      readonly bytes: Uint8Array;
      readonly source: Ipv6Address;
      readonly destination: Ipv6Address;
    })
  | {
      readonly kind: 'home-registered';
      readonly homeAgent: Ipv6Address;
      readonly careOfAddress: Ipv6Address;
      /** below 128 */
      readonly status: number;
      readonly sequence: number;
      /** seconds, as granted */
      readonly lifetimeSeconds: number;
    }
  | {
      readonly kind: 'home-registration-rejected';
      readonly homeAgent: Ipv6Address;
      /** 128 and above */
      readonly status: number;
      readonly sequence: number;
      readonly retrying: boolean;
    }
  | { readonly kind: 'home-deregistered'; readonly homeAgent: Ipv6Address; readonly sequence: number }
  | { readonly kind: 'home-registration-expired'; readonly homeAgent: Ipv6Address }
  | {
      readonly kind: 'discarded';
      readonly reason: MobileNodeDiscardReason;
      readonly source: Ipv6Address;
      readonly destination: Ipv6Address;
    };

/** What a mobile node may wait for in vain. */
export type UnansweredStep = 'home-test' | 'care-of-test' | 'binding-update';

export interface ReceivedParameterProblem {
  /** who sent it */
  readonly source: Ipv6Address;
  /** the whole ICMPv6 message */
  readonly bytes: Uint8Array;
}
