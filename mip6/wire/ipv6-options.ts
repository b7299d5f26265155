import { IPV6_ADDRESS_OCTETS, type Ipv6Address, ipv6FromBytes, ipv6ToBytes } from './address.ts';
import { Ipv6OptionType } from './constants.ts';
import { DecodeError, notRepresentable } from './decode-error.ts';
import { concatOctets } from './octets.ts';
import { type EncodedOption, emitOptionList, type RawOption, walkOptions } from './option-list.ts';

/** An option of a Hop-by-Hop or Destination Options header; padding is derived by the codec, as for mobility options. */
export type Ipv6Option =
  | { readonly kind: 'home-address'; readonly address: Ipv6Address }
  | { readonly kind: 'unknown'; readonly type: number; readonly data: Uint8Array };

/*
 * Home Address option, RFC 6275 §6.3: tells the receiver the home address of a sender that is away from home.
 *
 *   octet  width  field
 *   0      1      Option Type 0xC9: who does not know it drops the packet and answers (unless multicast) with an
 *                 ICMPv6 Parameter Problem; the data does not change on the way
 *   1      1      Option Length: 16
 *   2      16     Home Address
 *
 * Alignment 8n+6. At most one in a packet, in a Destination Options header behind any routing header and in front
 * of a fragment, AH or ESP header.
 */
const HOME_ADDRESS_LAYOUT = {
  address: { name: 'Home Address option', at: 2, octets: IPV6_ADDRESS_OCTETS },
} as const;
const HOME_ADDRESS_ALIGNMENT = { multiple: 8, plus: 6 } as const;
const NO_ALIGNMENT = { multiple: 1, plus: 0 } as const;

/** Octets of Next Header and Hdr Ext Len, in front of the options. */
export const IPV6_OPTIONS_AT = 2;
const MAX_DATA_OCTETS = 255;
const OPTION_NAME = 'IPv6 option';

/** The options of one Hop-by-Hop or Destination Options header between octets `start` and `end`; throws DecodeError. */
export function parseIpv6Options(bytes: Uint8Array, start: number, end: number): Ipv6Option[] {
  return Array.from(walkOptions(bytes, start, end, OPTION_NAME), parseOption);
}

/** The home address in the options header between octets `at` and `end`, undefined when it holds none; throws DecodeError. */
export function homeAddressIn(bytes: Uint8Array, at: number, end: number): Ipv6Address | undefined {
  for (const raw of walkOptions(bytes, at + IPV6_OPTIONS_AT, end, OPTION_NAME))
    if (raw.type === Ipv6OptionType.homeAddress) return homeAddressFrom(raw);
  return undefined;
}

/** The padded options as they follow an options header's first two octets; throws DecodeError `not-representable`. */
export function emitIpv6Options(options: readonly Ipv6Option[]): Uint8Array {
  return emitOptionList(options.map(encodeOption), IPV6_OPTIONS_AT);
}

function parseOption(raw: RawOption): Ipv6Option {
  if (raw.type !== Ipv6OptionType.homeAddress) {
    return { kind: 'unknown', type: raw.type, data: new Uint8Array(raw.data) };
  }
  return { kind: 'home-address', address: homeAddressFrom(raw) };
}

function homeAddressFrom({ data, at }: RawOption): Ipv6Address {
  const { name, octets } = HOME_ADDRESS_LAYOUT.address;
  if (data.length !== octets) {
    const detail = `Option Length is ${data.length}, must be ${octets}`;
    throw new DecodeError('illegal-length', name, detail, at + 1);
  }
  return ipv6FromBytes(data);
}

function encodeOption(option: Ipv6Option): EncodedOption {
  if (option.kind === 'home-address') {
    const octets = tagged(Ipv6OptionType.homeAddress, ipv6ToBytes(option.address));
    return { octets, alignment: HOME_ADDRESS_ALIGNMENT };
  }
  const { type, data } = option;
  const known = Object.values(Ipv6OptionType).some((value) => value === type);
  if (known || !(Number.isInteger(type) && type >= 0 && type <= 255) || data.length > MAX_DATA_OCTETS) {
    throw notRepresentable('IPv6 option', `type ${type} with ${data.length} octets of data`);
  }
  return { octets: tagged(type, data), alignment: NO_ALIGNMENT };
}

function tagged(type: number, data: Uint8Array): Uint8Array {
  return concatOctets(Uint8Array.of(type, data.length), data);
}
