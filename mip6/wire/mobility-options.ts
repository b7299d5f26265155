import { ipv6ToBytes, readAddress } from './address.ts';
import { AUTHENTICATOR_OCTETS, MobilityOptionType } from './constants.ts';
import { DecodeError, notRepresentable } from './decode-error.ts';
import { readLifetime, writeLifetime } from './lifetime.ts';
import type { MobilityOption } from './messages.ts';
import { readNumber, readOctets, writeNumber, writeOctets } from './octets.ts';
import { type EncodedOption, emitOptionList, type RawOption, walkOptions } from './option-list.ts';

/*
 * Mobility options, RFC 6275 §6.2: type (1 octet), length of the data (1 octet), data. Offsets below count from
 * the option's type octet. Alignment is where that octet may stand, counted from the Mobility Header's start.
 *
 *   type  option                      data                                               alignment
 *   0     Pad1                        no length octet and no data: one octet of padding  –
 *   1     PadN                        N−2 octets, not looked at                          –
 *   2     Binding Refresh Advice      Refresh Interval, 16 bit, units of 4 seconds       2n
 *   3     Alternate Care-of Address   IPv6 address                                       8n+6
 *   4     Nonce Indices               Home and Care-of Nonce Index, 16 bit each          2n
 *   5     Binding Authorization Data  Authenticator, 96 bit; always the last option,     8n+2
 *                                     with nothing behind it (§9.5.1)
 *   else  unknown to us               kept as it is                                      –
 */
const OPTION_LAYOUT = {
  refreshInterval: { name: 'Refresh Interval', at: 2, octets: 2 },
  alternateCareOfAddress: { name: 'Alternate Care-of Address', at: 2, octets: 16 },
  homeNonceIndex: { name: 'Home Nonce Index', at: 2, octets: 2 },
  careOfNonceIndex: { name: 'Care-of Nonce Index', at: 4, octets: 2 },
  authenticator: { name: 'Authenticator', at: 2, octets: AUTHENTICATOR_OCTETS },
} as const;

const ALIGNMENT = {
  'binding-refresh-advice': { multiple: 2, plus: 0 },
  'alternate-care-of-address': { multiple: 8, plus: 6 },
  'nonce-indices': { multiple: 2, plus: 0 },
  'binding-authorization-data': { multiple: 8, plus: 2 },
  unknown: { multiple: 1, plus: 0 },
} as const satisfies Record<MobilityOption['kind'], EncodedOption['alignment']>;

const MAX_DATA_OCTETS = 255;

/**
 * The options from octet `start` of a Mobility Header to its end, padding left out, whatever alignment they have.
 * Throws DecodeError when one is cut short, has another length than its type demands, or when a
 * Binding Authorization Data option is not the very last thing.
 */
export function parseMobilityOptions(header: Uint8Array, start: number): MobilityOption[] {
  const options: MobilityOption[] = [];
  for (const raw of walkOptions(header, start, header.length, 'mobility option')) {
    options.push(parseOption(header, raw));
  }
  return options;
}

/**
 * The encoded options with the padding their alignments ask for, such that `start` plus the result's length is a
 * multiple of 8. Throws DecodeError `not-representable` for a value without wire form.
 */
export function emitMobilityOptions(options: readonly MobilityOption[], start: number): Uint8Array {
  for (const option of options.slice(0, -1)) {
    if (option.kind === 'binding-authorization-data') {
      throw notRepresentable('Binding Authorization Data', 'must be the last option');
    }
  }
  const encoded = options.map((option) => ({
    octets: emitOption(option),
    alignment: ALIGNMENT[option.kind],
  }));
  return emitOptionList(encoded, start);
}

function parseOption(header: Uint8Array, raw: RawOption): MobilityOption {
  const { type, at } = raw;
  switch (type) {
    case MobilityOptionType.bindingRefreshAdvice:
      requireDataLength(raw, 2, 'Binding Refresh Advice');
      return {
        kind: 'binding-refresh-advice',
        intervalSeconds: readLifetime(header, OPTION_LAYOUT.refreshInterval, at),
      };
    case MobilityOptionType.alternateCareOfAddress:
      requireDataLength(raw, 16, 'Alternate Care-of Address');
      return {
        kind: 'alternate-care-of-address',
        address: readAddress(header, OPTION_LAYOUT.alternateCareOfAddress, at),
      };
    case MobilityOptionType.nonceIndices:
      requireDataLength(raw, 4, 'Nonce Indices');
      return {
        kind: 'nonce-indices',
        homeNonceIndex: readNumber(header, OPTION_LAYOUT.homeNonceIndex, at),
        careOfNonceIndex: readNumber(header, OPTION_LAYOUT.careOfNonceIndex, at),
      };
    case MobilityOptionType.bindingAuthorizationData:
      requireDataLength(raw, AUTHENTICATOR_OCTETS, 'Binding Authorization Data');
      requireLast(header, raw);
      return {
        kind: 'binding-authorization-data',
        authenticator: readOctets(header, OPTION_LAYOUT.authenticator, at),
      };
    default:
      return { kind: 'unknown', type, data: new Uint8Array(raw.data) };
  }
}

function emitOption(option: MobilityOption): Uint8Array {
  switch (option.kind) {
    case 'binding-refresh-advice': {
      const octets = openOption(MobilityOptionType.bindingRefreshAdvice, 2);
      writeLifetime(octets, OPTION_LAYOUT.refreshInterval, option.intervalSeconds);
      return octets;
    }
    case 'alternate-care-of-address': {
      const octets = openOption(MobilityOptionType.alternateCareOfAddress, 16);
      writeOctets(octets, OPTION_LAYOUT.alternateCareOfAddress, ipv6ToBytes(option.address));
      return octets;
    }
    case 'nonce-indices': {
      const octets = openOption(MobilityOptionType.nonceIndices, 4);
      writeNumber(octets, OPTION_LAYOUT.homeNonceIndex, option.homeNonceIndex);
      writeNumber(octets, OPTION_LAYOUT.careOfNonceIndex, option.careOfNonceIndex);
      return octets;
    }
    case 'binding-authorization-data': {
      const octets = openOption(MobilityOptionType.bindingAuthorizationData, AUTHENTICATOR_OCTETS);
      writeOctets(octets, OPTION_LAYOUT.authenticator, option.authenticator);
      return octets;
    }
    case 'unknown':
      return emitUnknown(option.type, option.data);
    default:
      return option satisfies never;
  }
}

function emitUnknown(type: number, data: Uint8Array): Uint8Array {
  const known = Object.values(MobilityOptionType).some((value) => value === type);
  if (known || data.length > MAX_DATA_OCTETS) {
    throw notRepresentable('unknown mobility option', `type ${type} with ${data.length} octets of data`);
  }
  const octets = openOption(type, data.length);
  octets.set(data, 2);
  return octets;
}

function openOption(type: number, dataOctets: number): Uint8Array {
  const octets = new Uint8Array(2 + dataOctets);
  writeNumber(octets, { name: 'Option Type', at: 0, octets: 1 }, type);
  octets[1] = dataOctets;
  return octets;
}

function requireDataLength(raw: RawOption, octets: number, name: string): void {
  if (raw.data.length !== octets) {
    throw new DecodeError(
      'illegal-length',
      name,
      `Option Length is ${raw.data.length}, must be ${octets}`,
      raw.at + 1,
    );
  }
}

function requireLast(header: Uint8Array, raw: RawOption): void {
  if (raw.end !== header.length) {
    throw new DecodeError(
      'illegal-placement',
      'Binding Authorization Data',
      'is not the last option',
      raw.at,
    );
  }
}
