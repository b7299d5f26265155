import { readFileSync } from 'node:fs';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { MobilityMessage } from '../../mip6/wire/messages.ts';

/** One Mobility Header built by scapy, and what it was built from. */
export interface GoldenMessage {
  readonly name: string;
  readonly message: MobilityMessage;
  /** our emitter lays this message out in the same octets */
  readonly emits: boolean;
  /** a whole IPv6 packet around the Mobility Header */
  readonly packet: Uint8Array;
  readonly mobilityHeader: Uint8Array;
  /** the checksum's end points */
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  readonly homeAddressOption: Ipv6Address | null;
  readonly routingHeader2: Ipv6Address | null;
  readonly authorization?: {
    readonly kbm: Uint8Array;
    readonly careOfAddress: Ipv6Address;
    readonly correspondent: Ipv6Address;
  };
}

/** One IPv6 packet built by scapy, and what a walk over its headers must find. */
export interface GoldenPacket {
  readonly name: string;
  readonly packet: Uint8Array;
  readonly nextHeader: number;
  readonly extensionHeaders: readonly string[];
}

export interface Golden {
  readonly encoder: string;
  readonly messages: readonly GoldenMessage[];
  readonly packets: readonly GoldenPacket[];
}

const FILE = new URL('../wire/golden/golden.json', import.meta.url);
const HEX_FIELDS = new Set(['packet', 'mobilityHeader']);

/** The committed fixtures of test/wire/golden, octet strings decoded. */
export function loadGolden(): Golden {
  return JSON.parse(readFileSync(FILE, 'utf8'), (key, value: unknown) => {
    if (HEX_FIELDS.has(key) && typeof value === 'string') return fromHex(value);
    if (typeof value === 'object' && value !== null && 'hex' in value) return fromHex(String(value.hex));
    return value;
  }) as Golden;
}

/** Octets from hexadecimal text. */
export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
}

/** Hexadecimal text of octets. */
export function toHex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}
