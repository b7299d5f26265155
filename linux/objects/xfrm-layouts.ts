import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { formatPrefix, UNSPECIFIED } from '../../mip6/wire/address.ts';
import { emitStruct, layout, parseStruct } from '../netlink/layout.ts';
import { AF_INET6 } from './route-family.ts';
import { ICMPV6, MOBILITY_HEADER, type XfrmMode, type XfrmProtocol, type XfrmSelector } from './types.ts';

/** Structures of `linux/xfrm.h`; only the fields that are used. */
export const SELECTOR = layout('xfrm_selector', 56, {
  destination: [0, 'ipv6'],
  source: [16, 'ipv6'],
  destinationPort: [32, 'be16'],
  destinationPortMask: [34, 'be16'],
  sourcePort: [36, 'be16'],
  sourcePortMask: [38, 'be16'],
  family: [40, 'u16'],
  destinationLength: [42, 'u8'],
  sourceLength: [43, 'u8'],
  protocol: [44, 'u8'],
});
const LIFETIME = layout('xfrm_lifetime_cfg', 64, {
  softBytes: [0, 'u64'],
  hardBytes: [8, 'u64'],
  softPackets: [16, 'u64'],
  hardPackets: [24, 'u64'],
});
export const STATE = layout('xfrm_usersa_info', 224, {
  destination: [56, 'ipv6'],
  spi: [72, 'be32'],
  protocol: [76, 'u8'],
  source: [80, 'ipv6'],
  requestId: [208, 'u32'],
  family: [212, 'u16'],
  mode: [214, 'u8'],
  replayWindow: [215, 'u8'],
  flags: [216, 'u8'],
});
const STATE_ID = layout('xfrm_usersa_id', 24, {
  destination: [0, 'ipv6'],
  spi: [16, 'be32'],
  family: [20, 'u16'],
  protocol: [22, 'u8'],
});
export const POLICY = layout('xfrm_userpolicy_info', 168, {
  priority: [152, 'u32'],
  index: [156, 'u32'],
  direction: [160, 'u8'],
  action: [161, 'u8'],
});
export const POLICY_ID = layout('xfrm_userpolicy_id', 64, { index: [56, 'u32'], direction: [60, 'u8'] });
export const POLICY_TYPE = layout('xfrm_userpolicy_type', 6, { type: [0, 'u8'] });
export const TEMPLATE = layout('xfrm_user_tmpl', 64, {
  destination: [0, 'ipv6'],
  spi: [16, 'be32'],
  protocol: [20, 'u8'],
  family: [24, 'u16'],
  source: [28, 'ipv6'],
  requestId: [44, 'u32'],
  mode: [48, 'u8'],
  share: [49, 'u8'],
  optional: [50, 'u8'],
  authenticationAlgorithms: [52, 'u32'],
  encryptionAlgorithms: [56, 'u32'],
  compressionAlgorithms: [60, 'u32'],
});
export const REPLAY = layout('xfrm_replay_state', 12, {
  outbound: [0, 'u32'],
  inbound: [4, 'u32'],
  bitmap: [8, 'u32'],
});

/** Offsets of the structures inside xfrm_usersa_info and xfrm_userpolicy_info. */
export const STATE_LIFETIME_AT = 96;
export const POLICY_LIFETIME_AT = 56;

/** Attribute types (`enum xfrm_attr_type_t`). */
export const ATTRIBUTE = {
  authentication: 1,
  encryption: 2,
  templates: 5,
  replay: 10,
  source: 13,
  careOfAddress: 14,
  policyType: 16,
} as const;

export const PROTOCOL_NUMBERS: Readonly<Record<XfrmProtocol, number>> = {
  'routing-header-2': 43,
  esp: 50,
  'home-address-option': 60,
};
export const MODE_NUMBERS: Readonly<Record<XfrmMode, number>> = {
  transport: 0,
  tunnel: 1,
  'route-optimization': 2,
};

/** The key of `table` whose value is `number`. */
export function nameOf<K extends string>(table: Readonly<Record<K, number>>, number: number): K | undefined {
  return (Object.keys(table) as K[]).find((name) => table[name] === number);
}

/** A lifetime without end: all-ones limits of octets and packets, no limits of seconds. */
export function endlessLifetime(): Uint8Array {
  const endless = 2n ** 64n - 1n;
  return emitStruct(LIFETIME, {
    softBytes: endless,
    hardBytes: endless,
    softPackets: endless,
    hardPackets: endless,
  });
}

/** The selector's octets. A Mobility Header or ICMPv6 type stands where a source port would (`ip xfrm`'s own encoding). */
export function emitSelector({ source, destination, protocol, type }: XfrmSelector): Uint8Array {
  return emitStruct(SELECTOR, {
    destination: destination.address,
    source: source.address,
    family: AF_INET6,
    destinationLength: destination.length,
    sourceLength: source.length,
    protocol: protocol ?? 0,
    ...(type === undefined ? {} : { sourcePort: type, sourcePortMask: 0xffff }),
  });
}

/** The selector at the start of `octets`. */
export function parseSelector(octets: Uint8Array): XfrmSelector {
  const raw = parseStruct(SELECTOR, octets);
  const typed = raw.sourcePortMask !== 0 && (raw.protocol === MOBILITY_HEADER || raw.protocol === ICMPV6);
  return {
    source: { address: raw.source, length: raw.sourceLength },
    destination: { address: raw.destination, length: raw.destinationLength },
    ...(raw.protocol === 0 ? {} : { protocol: raw.protocol }),
    ...(typed ? { type: raw.sourcePort } : {}),
  };
}

/** ::/0 to ::/0. */
export const ANY_SELECTOR: XfrmSelector = {
  source: { address: UNSPECIFIED, length: 0 },
  destination: { address: UNSPECIFIED, length: 0 },
};

/** The words `ip xfrm` takes for a selector. */
export function describeSelector({ source, destination, protocol, type }: XfrmSelector): string {
  const ends = `src ${formatPrefix(source)} dst ${formatPrefix(destination)}`;
  return `${ends}${protocol === undefined ? '' : ` proto ${protocol}`}${type === undefined ? '' : ` type ${type}`}`;
}

/** `ip xfrm`'s word for a protocol. */
export function protocolWord(protocol: XfrmProtocol): string {
  return { esp: 'esp', 'home-address-option': 'hao', 'routing-header-2': 'route2' }[protocol];
}

/** `ip xfrm`'s word for a mode. */
export function modeWord(mode: XfrmMode): string {
  return mode === 'route-optimization' ? 'ro' : mode;
}

/** The octets that name a state to delete or get. */
export function emitStateId(destination: Ipv6Address, protocol: XfrmProtocol, spi: number): Uint8Array {
  return emitStruct(STATE_ID, { destination, spi, family: AF_INET6, protocol: PROTOCOL_NUMBERS[protocol] });
}
