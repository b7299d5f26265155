import type { Ipv6Address, Ipv6Prefix } from '../../mip6/wire/address.ts';

/** An address of this host on `device`, prefix length 128. */
export interface AddressObject {
  readonly kind: 'address';
  readonly address: Ipv6Address;
  readonly device: string;
  /** IFA_F_HOMEADDRESS: source selection and the kernel's Mobile IPv6 code treat it as a home address (RFC 6275 §11.3.1) */
  readonly homeAddress?: boolean;
  /** skip duplicate address detection: usable at once */
  readonly skipDuplicateDetection?: boolean;
}

/** An IPv6-in-IPv6 tunnel device (RFC 2473) without encapsulation limit option, up, with no link-local address. */
export interface TunnelObject {
  readonly kind: 'tunnel';
  /** device name, at most 15 octets */
  readonly name: string;
  readonly local: Ipv6Address;
  readonly remote: Ipv6Address;
}

export interface RouteObject {
  readonly kind: 'route';
  readonly destination: Ipv6Prefix;
  readonly device?: string;
  readonly via?: Ipv6Address;
  /** routing table number; 254 (main) when absent */
  readonly table?: number;
  /** initial congestion window of connections that use the route, in segments */
  readonly initialCongestionWindow?: number;
}

/** A policy routing rule: packets that match all given fields are looked up in `table`. */
export interface RuleObject {
  readonly kind: 'rule';
  /** lower is asked first */
  readonly preference: number;
  readonly from?: Ipv6Prefix;
  readonly to?: Ipv6Prefix;
  readonly incomingDevice?: string;
  /** transport protocol number, 6 = TCP */
  readonly protocol?: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly mark?: number;
  readonly table: number;
}

/**
 * The kernel's own rule `lookup local` stands at `preference` in place of 0, so that rules below `preference`
 * can divert packets addressed to this host. Removing the object puts the rule back to 0.
 */
export interface LocalRuleObject {
  readonly kind: 'local-rule';
  readonly preference: number;
}

/** IP protocol numbers that selectors and templates of Mobile IPv6 use. */
export const MOBILITY_HEADER = 135;
export const ICMPV6 = 58;

/** Which packets a state or policy applies to. Absent: any. */
export interface XfrmSelector {
  readonly source: Ipv6Prefix;
  readonly destination: Ipv6Prefix;
  /** IP protocol number */
  readonly protocol?: number;
  /** Mobility Header type, or ICMPv6 type, for those two protocols */
  readonly type?: number;
}

export type XfrmProtocol = 'esp' | 'home-address-option' | 'routing-header-2';
export type XfrmMode = 'transport' | 'tunnel' | 'route-optimization';

/** Replay counters of a security association: last sequence number sent, highest received. */
export interface ReplayCounters {
  readonly outbound: number;
  readonly inbound: number;
  /** of the 32 numbers up to `inbound`, bit 0 being that one, those received; absent: all, so that none of them is accepted */
  readonly bitmap?: number;
}

/** What route optimisation puts into (or takes out of) packets between two addresses (RFC 6275 §6.3, §6.4). */
export interface MobilityStateObject {
  readonly kind: 'mobility-state';
  readonly protocol: 'home-address-option' | 'routing-header-2';
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  /** `::` together with `wildcard` */
  readonly careOfAddress: Ipv6Address;
  /** accepts what any peer sends: the input side's only state */
  readonly wildcard?: boolean;
  readonly selector: XfrmSelector;
}

/** An ESP security association, AES-CBC (RFC 3602) with HMAC-SHA1-96 (RFC 2404). */
export interface EspStateObject {
  readonly kind: 'esp-state';
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  readonly mode: 'transport' | 'tunnel';
  readonly spi: number;
  readonly requestId: number;
  /** 16, 24 or 32 octets */
  readonly encryptionKey: Uint8Array;
  /** 20 octets */
  readonly authenticationKey: Uint8Array;
  readonly selector?: XfrmSelector;
  /** counters to start from when the state is added; never compared afterwards */
  readonly replay?: ReplayCounters;
}

export interface XfrmTemplate {
  readonly protocol: XfrmProtocol;
  readonly mode: XfrmMode;
  /** `::` when absent: the packet's own addresses */
  readonly source?: Ipv6Address;
  readonly destination?: Ipv6Address;
  /** 0, any, when absent */
  readonly requestId?: number;
  /** `use`: apply when there is a state; `required`: drop without */
  readonly level: 'required' | 'use';
}

/** A policy; without templates the packets it selects pass untouched. */
export interface XfrmPolicyObject {
  readonly kind: 'xfrm-policy';
  readonly direction: 'in' | 'out' | 'fwd';
  /** route optimisation lives in `sub`, ESP in `main`: both apply to one packet */
  readonly list: 'main' | 'sub';
  readonly selector: XfrmSelector;
  /** lower wins */
  readonly priority: number;
  readonly templates: readonly XfrmTemplate[];
}

/** Everything the data plane consists of. Applied and compared by a Reconciler, made by the recipes. */
export type KernelObject =
  | AddressObject
  | TunnelObject
  | RouteObject
  | RuleObject
  | LocalRuleObject
  | MobilityStateObject
  | EspStateObject
  | XfrmPolicyObject;
