// Numbers of RFC 6275 that its roles here need, under the section that defines them. Times are in seconds, as printed there.

// §12 Protocol constants
/** seconds */
export const INITIAL_BINDACK_TIMEOUT = 1;
/** seconds */
export const MAX_BINDACK_TIMEOUT = 32;
/** seconds */
export const MAX_NONCE_LIFETIME = 240;
/** seconds */
export const MAX_TOKEN_LIFETIME = 210;
/** seconds */
export const MAX_RR_BINDING_LIFETIME = 420;
/** Binding Updates a second */
export const MAX_UPDATE_RATE = 3;

// §13 Protocol configuration variables: the defaults
/** seconds */
export const InitialBindackTimeoutFirstReg = 1.5;

// §5.2 Return routability: widths in octets
/** §5.2.1: Kcn */
export const KCN_OCTETS = 20;
/** §5.2.5: Kbm is a SHA-1 digest */
export const KBM_OCTETS = 20;
/** §6.1.3, §6.1.4: home and care-of init cookies */
export const COOKIE_OCTETS = 8;
/** §5.2.3: home and care-of keygen tokens */
export const KEYGEN_TOKEN_OCTETS = 8;
/** §6.2.7: First(96, …) */
export const AUTHENTICATOR_OCTETS = 12;

/** IPv6 Next Header values this protocol meets (IANA protocol numbers). */
export const NextHeader = {
  hopByHopOptions: 0,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  esp: 50,
  authentication: 51,
  icmpv6: 58,
  none: 59,
  destinationOptions: 60,
  mobilityHeader: 135,
} as const;

/** §6.1.2–§6.1.9: the MH Type field. */
export const MhType = {
  bindingRefreshRequest: 0,
  homeTestInit: 1,
  careOfTestInit: 2,
  homeTest: 3,
  careOfTest: 4,
  bindingUpdate: 5,
  bindingAcknowledgement: 6,
  bindingError: 7,
} as const;

/** §6.1.8: the Status field of a Binding Acknowledgement. */
export const BindingStatus = {
  accepted: 0,
  acceptedPrefixDiscoveryNecessary: 1,
  reasonUnspecified: 128,
  administrativelyProhibited: 129,
  insufficientResources: 130,
  homeRegistrationNotSupported: 131,
  notHomeSubnet: 132,
  notHomeAgentForThisMobileNode: 133,
  duplicateAddressDetectionFailed: 134,
  sequenceNumberOutOfWindow: 135,
  expiredHomeNonceIndex: 136,
  expiredCareOfNonceIndex: 137,
  expiredNonces: 138,
  registrationTypeChangeDisallowed: 139,
  invalidCareOfAddress: 174,
} as const;

/** §6.1.8: whether a Binding Acknowledgement with this status accepts the Binding Update. */
export function isAcceptedStatus(status: number): boolean {
  return status < BindingStatus.reasonUnspecified;
}

/** §6.1.9: the Status field of a Binding Error. */
export const BindingErrorStatus = {
  unknownBindingForHomeAddressOption: 1,
  unrecognizedMhType: 2,
} as const;

/** Options of Hop-by-Hop and Destination Options headers (RFC 8200 §4.2, RFC 6275 §6.3). */
export const Ipv6OptionType = {
  pad1: 0x00,
  padN: 0x01,
  homeAddress: 0xc9,
} as const;

/** §6.4: the type 2 routing header. */
export const TYPE2_ROUTING_HEADER = 2;
