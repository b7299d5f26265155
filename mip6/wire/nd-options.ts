import { IPV6_ADDRESS_OCTETS, type Ipv6Address, ipv6ToBytes, readAddress } from './address.ts';
import { DecodeError, notRepresentable } from './decode-error.ts';
import { concatOctets, readNumber, writeNumber, writeOctets } from './octets.ts';

/** Neighbour Discovery options which Mobile IPv6 changes or adds (RFC 6275 §7.2–§7.4). */
export type NdOption =
  | {
      readonly kind: 'prefix-information';
      /** bits, 0…128 */
      readonly prefixLength: number;
      readonly onLink: boolean;
      readonly autonomous: boolean;
      /** R: `prefix` is a router's whole address, not only its first `prefixLength` bits */
      readonly routerAddress: boolean;
      /** 0xffffffff: for ever */
      readonly validLifetimeSeconds: number;
      readonly preferredLifetimeSeconds: number;
      readonly prefix: Ipv6Address;
    }
  | { readonly kind: 'advertisement-interval'; readonly intervalMilliseconds: number }
  | {
      readonly kind: 'home-agent-information';
      readonly preference: number;
      /** 1…65535 */
      readonly lifetimeSeconds: number;
    }
  | {
      readonly kind: 'unknown';
      readonly type: number;
      /** 8n+6 octets behind type and length */
      readonly data: Uint8Array;
    };

/*
 * All options: type (1 octet), length of the whole option in units of 8 octets (1 octet), then by type:
 *
 *   3 Prefix Information (RFC 6275 §7.2), 32 octets
 *     2   1   Prefix Length
 *     3   1   flags from the top bit: L (on-link), A (autonomous), R (router address); the rest reserved
 *     4   4   Valid Lifetime, seconds
 *     8   4   Preferred Lifetime, seconds
 *     12  4   reserved
 *     16  16  Prefix
 *   7 Advertisement Interval (§7.3), 8 octets
 *     2   2   reserved
 *     4   4   the longest time between two unsolicited Router Advertisements, milliseconds
 *   8 Home Agent Information (§7.4), 8 octets
 *     2   2   reserved
 *     4   2   Home Agent Preference: larger is preferred
 *     6   2   Home Agent Lifetime, seconds, not 0
 */
const LAYOUT = {
  prefixLength: { name: 'Prefix Length', at: 2, octets: 1 },
  flags: { name: 'flags', at: 3, octets: 1 },
  validLifetime: { name: 'Valid Lifetime', at: 4, octets: 4 },
  preferredLifetime: { name: 'Preferred Lifetime', at: 8, octets: 4 },
  prefix: { name: 'Prefix', at: 16, octets: IPV6_ADDRESS_OCTETS },
  interval: { name: 'Advertisement Interval', at: 4, octets: 4 },
  preference: { name: 'Home Agent Preference', at: 4, octets: 2 },
  lifetime: { name: 'Home Agent Lifetime', at: 6, octets: 2 },
} as const;
const TYPE = { prefixInformation: 3, advertisementInterval: 7, homeAgentInformation: 8 } as const;
const OCTETS: Readonly<Record<number, number>> = {
  [TYPE.prefixInformation]: 32,
  [TYPE.advertisementInterval]: 8,
  [TYPE.homeAgentInformation]: 8,
};
const FLAG = { onLink: 0x80, autonomous: 0x40, routerAddress: 0x20 } as const;
const UNIT_OCTETS = 8;
const DATA_AT = 2;
const MAX_PREFIX_LENGTH = 128;

/** The options from octet `start` to the end of `bytes`; throws DecodeError. */
export function parseNdOptions(bytes: Uint8Array, start: number): NdOption[] {
  const options: NdOption[] = [];
  let at = start;
  while (at < bytes.length) {
    const octets = (bytes[at + 1] ?? 0) * UNIT_OCTETS;
    const expected = OCTETS[bytes[at]!] ?? octets;
    if (octets === 0 || octets !== expected || at + octets > bytes.length) {
      throw new DecodeError('illegal-length', 'Neighbour Discovery option', `${octets} octets`, at + 1);
    }
    options.push(parseOption(bytes, at, octets));
    at += octets;
  }
  return options;
}

/** The options' octets; throws DecodeError `not-representable`. */
export function emitNdOptions(options: readonly NdOption[]): Uint8Array {
  return concatOctets(...options.map(emitOption));
}

function parseOption(bytes: Uint8Array, at: number, octets: number): NdOption {
  const type = bytes[at]!;
  switch (type) {
    case TYPE.prefixInformation:
      return parsePrefixInformation(bytes, at);
    case TYPE.advertisementInterval:
      return { kind: 'advertisement-interval', intervalMilliseconds: readNumber(bytes, LAYOUT.interval, at) };
    case TYPE.homeAgentInformation: {
      const lifetimeSeconds = readNumber(bytes, LAYOUT.lifetime, at);
      if (lifetimeSeconds === 0)
        throw new DecodeError('illegal-value', LAYOUT.lifetime.name, 'is 0', at + LAYOUT.lifetime.at);
      return {
        kind: 'home-agent-information',
        preference: readNumber(bytes, LAYOUT.preference, at),
        lifetimeSeconds,
      };
    }
    default:
      return { kind: 'unknown', type, data: new Uint8Array(bytes.subarray(at + DATA_AT, at + octets)) };
  }
}

function parsePrefixInformation(bytes: Uint8Array, at: number): NdOption {
  const prefixLength = readNumber(bytes, LAYOUT.prefixLength, at);
  if (prefixLength > MAX_PREFIX_LENGTH) {
    throw new DecodeError(
      'illegal-value',
      LAYOUT.prefixLength.name,
      `is ${prefixLength}`,
      at + LAYOUT.prefixLength.at,
    );
  }
  const flags = readNumber(bytes, LAYOUT.flags, at);
  return {
    kind: 'prefix-information',
    prefixLength,
    onLink: (flags & FLAG.onLink) !== 0,
    autonomous: (flags & FLAG.autonomous) !== 0,
    routerAddress: (flags & FLAG.routerAddress) !== 0,
    validLifetimeSeconds: readNumber(bytes, LAYOUT.validLifetime, at),
    preferredLifetimeSeconds: readNumber(bytes, LAYOUT.preferredLifetime, at),
    prefix: readAddress(bytes, LAYOUT.prefix, at),
  };
}

function emitOption(option: NdOption): Uint8Array {
  switch (option.kind) {
    case 'prefix-information':
      return emitPrefixInformation(option);
    case 'advertisement-interval': {
      const octets = openOption(TYPE.advertisementInterval, 8);
      writeNumber(octets, LAYOUT.interval, option.intervalMilliseconds);
      return octets;
    }
    case 'home-agent-information': {
      const octets = openOption(TYPE.homeAgentInformation, 8);
      if (option.lifetimeSeconds === 0) throw notRepresentable(LAYOUT.lifetime.name, 'is 0');
      writeNumber(octets, LAYOUT.preference, option.preference);
      writeNumber(octets, LAYOUT.lifetime, option.lifetimeSeconds);
      return octets;
    }
    case 'unknown': {
      if (option.type in OCTETS)
        throw notRepresentable('Type', `${option.type} has an option type of its own`);
      const octets = openOption(option.type, DATA_AT + option.data.length);
      octets.set(option.data, DATA_AT);
      return octets;
    }
    default:
      return option satisfies never;
  }
}

function emitPrefixInformation(option: Extract<NdOption, { kind: 'prefix-information' }>): Uint8Array {
  if (option.prefixLength > MAX_PREFIX_LENGTH)
    throw notRepresentable('Prefix Length', `is ${option.prefixLength}`);
  const octets = openOption(TYPE.prefixInformation, 32);
  const flags =
    (option.onLink ? FLAG.onLink : 0) |
    (option.autonomous ? FLAG.autonomous : 0) |
    (option.routerAddress ? FLAG.routerAddress : 0);
  writeNumber(octets, LAYOUT.prefixLength, option.prefixLength);
  writeNumber(octets, LAYOUT.flags, flags);
  writeNumber(octets, LAYOUT.validLifetime, option.validLifetimeSeconds);
  writeNumber(octets, LAYOUT.preferredLifetime, option.preferredLifetimeSeconds);
  writeOctets(octets, LAYOUT.prefix, ipv6ToBytes(option.prefix));
  return octets;
}

function openOption(type: number, length: number): Uint8Array {
  if (length % UNIT_OCTETS !== 0) throw notRepresentable('Length', `${length} octets is not a multiple of 8`);
  const octets = new Uint8Array(length);
  writeNumber(octets, { name: 'Type', at: 0, octets: 1 }, type);
  writeNumber(octets, { name: 'Length', at: 1, octets: 1 }, length / UNIT_OCTETS);
  return octets;
}
