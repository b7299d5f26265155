import { type Ipv6Address, ipv6ToBytes, readAddress } from './address.ts';
import { AUTHENTICATOR_OCTETS } from './constants.ts';
import { DecodeError, notRepresentable } from './decode-error.ts';
import { readLifetime, writeLifetime } from './lifetime.ts';
import { readNumber, readOctets, writeNumber, writeOctets } from './octets.ts';
import { type EncodedOption, emitOptionList, type RawOption, walkOptions } from './option-list.ts';

/** Mobility options (RFC 6275 §6.2). Padding is not kept: the codec derives it from each option's alignment. `unknown`: kept as it is. */
export type MobilityOption =
  | {
      readonly kind: 'binding-refresh-advice';
      /** seconds, a multiple of 4 */
      readonly intervalSeconds: number;
    }
  | { readonly kind: 'alternate-care-of-address'; readonly address: Ipv6Address }
  | { readonly kind: 'nonce-indices'; readonly homeNonceIndex: number; readonly careOfNonceIndex: number }
  | {
      readonly kind: 'binding-authorization-data';
      /** 12 octets: First(96, HMAC_SHA1(Kbm, …)) */
      readonly authenticator: Uint8Array;
    }
  | { readonly kind: 'unknown'; readonly type: number; readonly data: Uint8Array };

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

/** One option: its number, where it may stand, how long its data is, and how it is read and written. */
interface OptionCodec<Option> {
  readonly type: number;
  readonly name: string;
  readonly alignment: EncodedOption['alignment'];
  readonly dataOctets: number;
  /** nothing may stand behind it */
  readonly isLast?: true;
  /** `at`: the option's type octet */
  parse(header: Uint8Array, at: number): Option;
  write(octets: Uint8Array, option: Option): void;
}

type KnownOption = Exclude<MobilityOption, { kind: 'unknown' }>;

const INTERVAL = { name: 'Refresh Interval', at: 2, octets: 2 } as const;
const ADDRESS = { name: 'Alternate Care-of Address', at: 2, octets: 16 } as const;
const HOME_INDEX = { name: 'Home Nonce Index', at: 2, octets: 2 } as const;
const CARE_OF_INDEX = { name: 'Care-of Nonce Index', at: 4, octets: 2 } as const;
const AUTHENTICATOR = { name: 'Authenticator', at: 2, octets: AUTHENTICATOR_OCTETS } as const;

/** Every option that is known, by the `kind` of its value: to add one, add its shape above and its row here. */
const OPTIONS: { readonly [Option in KnownOption as Option['kind']]: OptionCodec<Option> } = {
  'binding-refresh-advice': {
    type: 2,
    name: 'Binding Refresh Advice',
    alignment: { multiple: 2, plus: 0 },
    dataOctets: 2,
    parse: (header, at) => ({
      kind: 'binding-refresh-advice',
      intervalSeconds: readLifetime(header, INTERVAL, at),
    }),
    write: (octets, { intervalSeconds }) => writeLifetime(octets, INTERVAL, intervalSeconds),
  },
  'alternate-care-of-address': {
    type: 3,
    name: 'Alternate Care-of Address',
    alignment: { multiple: 8, plus: 6 },
    dataOctets: 16,
    parse: (header, at) => ({ kind: 'alternate-care-of-address', address: readAddress(header, ADDRESS, at) }),
    write: (octets, { address }) => writeOctets(octets, ADDRESS, ipv6ToBytes(address)),
  },
  'nonce-indices': {
    type: 4,
    name: 'Nonce Indices',
    alignment: { multiple: 2, plus: 0 },
    dataOctets: 4,
    parse: (header, at) => ({
      kind: 'nonce-indices',
      homeNonceIndex: readNumber(header, HOME_INDEX, at),
      careOfNonceIndex: readNumber(header, CARE_OF_INDEX, at),
    }),
    write: (octets, { homeNonceIndex, careOfNonceIndex }) => {
      writeNumber(octets, HOME_INDEX, homeNonceIndex);
      writeNumber(octets, CARE_OF_INDEX, careOfNonceIndex);
    },
  },
  'binding-authorization-data': {
    type: 5,
    name: 'Binding Authorization Data',
    alignment: { multiple: 8, plus: 2 },
    dataOctets: AUTHENTICATOR_OCTETS,
    isLast: true,
    parse: (header, at) => ({
      kind: 'binding-authorization-data',
      authenticator: readOctets(header, AUTHENTICATOR, at),
    }),
    write: (octets, { authenticator }) => writeOctets(octets, AUTHENTICATOR, authenticator),
  },
};
const OPTION_BY_TYPE: ReadonlyMap<number, OptionCodec<KnownOption>> = new Map(
  Object.values(OPTIONS).map((codec) => [codec.type, codec as unknown as OptionCodec<KnownOption>]),
);
const PADDING: readonly number[] = [0, 1];
const UNALIGNED = { multiple: 1, plus: 0 } as const;
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
    if (option.kind !== 'unknown' && OPTIONS[option.kind].isLast === true)
      throw notRepresentable(OPTIONS[option.kind].name, 'must be the last option');
  }
  const encoded = options.map(emitOption);
  return emitOptionList(encoded, start);
}

function parseOption(header: Uint8Array, raw: RawOption): MobilityOption {
  const codec = OPTION_BY_TYPE.get(raw.type);
  if (codec === undefined) return { kind: 'unknown', type: raw.type, data: new Uint8Array(raw.data) };
  requireDataLength(raw, codec);
  if (codec.isLast === true) requireLast(header, raw, codec);
  return codec.parse(header, raw.at);
}

function emitOption(option: MobilityOption): EncodedOption {
  if (option.kind === 'unknown')
    return { octets: emitUnknown(option.type, option.data), alignment: UNALIGNED };
  const codec = OPTIONS[option.kind] as OptionCodec<KnownOption>;
  const octets = openOption(codec.type, codec.dataOctets);
  codec.write(octets, option);
  return { octets, alignment: codec.alignment };
}

function emitUnknown(type: number, data: Uint8Array): Uint8Array {
  const known = PADDING.includes(type) || OPTION_BY_TYPE.has(type);
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

type Place = Pick<OptionCodec<KnownOption>, 'name' | 'dataOctets'>;

function requireDataLength(raw: RawOption, { name, dataOctets: octets }: Place): void {
  if (raw.data.length !== octets) {
    throw new DecodeError(
      'illegal-length',
      name,
      `Option Length is ${raw.data.length}, must be ${octets}`,
      raw.at + 1,
    );
  }
}

function requireLast(header: Uint8Array, raw: RawOption, { name }: Place): void {
  if (raw.end !== header.length) {
    throw new DecodeError('illegal-placement', name, 'is not the last option', raw.at);
  }
}
