import { IPV6_ADDRESS_OCTETS, type Ipv6Address, UNSPECIFIED } from '../../mip6/wire/address.ts';
import { Ipv6OptionType, NextHeader, TYPE2_ROUTING_HEADER } from '../../mip6/wire/constants.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import type { AddressBook } from './address-book.ts';

/*
 * Offsets of what is read, in octets.
 * IPv6 header (RFC 8200 §3): version in the top 4 bits, payload length 2, next header 1, source and destination 16 each.
 * Options and routing headers (§4.2, §4.4): next header 1, length in 8-octet units without the first 1.
 * Type 2 routing header (RFC 6275 §6.4.1): … type 1, segments left 1, reserved 4, home address 16.
 * Fragment header (RFC 8200 §4.5): next header 1, reserved 1, offset (13 bits), 2 bits, M (1 bit), identification 4.
 * Option: type 1, length 1, data; Pad1 is one octet of zero. Home Address option: type 201, length 16 (RFC 6275 §6.3).
 */
const ipv6 = { payloadLength: 4, nextHeader: 6, source: 8, destination: 24, octets: 40 } as const;
const extension = { nextHeader: 0, length: 1, options: 2, unit: 8 } as const;
const routing = { type: 2, segmentsLeft: 3, homeAddress: 8, octets: 24 } as const;
const fragment = { offsetAndMore: 2, octets: 8, unused: 0b110 } as const;
const option = { type: 0, length: 1, data: 2 } as const;
/** more headers than any sane packet has: a bound, not a rule */
const maximumHeaders = 16;

/** Steps over a packet's IPv6 and extension headers up to the first upper-layer header. */
export class HeaderWalk {
  readonly tunnels: AddressPair[] = [];
  source: Ipv6Address = UNSPECIFIED;
  destination: Ipv6Address = UNSPECIFIED;
  homeAddress: Ipv6Address | undefined;
  routedTo: Ipv6Address | undefined;
  /** next header value of what stands at `at` */
  next: number = NextHeader.ipv6;
  at = 0;
  /** where the innermost IPv6 packet ends on the wire; may lie behind the captured octets */
  end: number;
  readonly #bytes: Uint8Array;
  readonly #addresses: AddressBook;

  constructor(bytes: Uint8Array, originalLength: number, addresses: AddressBook) {
    this.#bytes = bytes;
    this.#addresses = addresses;
    this.end = originalLength;
  }

  /** Throws DecodeError where a header is short or contradicts itself. */
  run(): void {
    this.#ipv6();
    for (let headers = 0; headers < maximumHeaders; headers++) {
      switch (this.next) {
        case NextHeader.ipv6:
          this.tunnels.push({ source: this.source, destination: this.destination });
          this.#ipv6();
          break;
        case NextHeader.hopByHopOptions:
          this.#extension();
          break;
        case NextHeader.destinationOptions:
          this.#destinationOptions();
          break;
        case NextHeader.routing:
          this.#routing();
          break;
        case NextHeader.fragment:
          if (!this.#wholeFragment()) return;
          break;
        default:
          return;
      }
    }
    throw new DecodeError('illegal-length', 'extension headers', `more than ${maximumHeaders}`, this.at);
  }

  #ipv6(): void {
    const { at } = this;
    this.#need(ipv6.octets, 'IPv6 header');
    const bytes = this.#bytes;
    const version = bytes[at]! >> 4;
    if (version !== 6) throw new DecodeError('illegal-value', 'IPv6 version', String(version), at);
    const end = at + ipv6.octets + u16(bytes, at + ipv6.payloadLength);
    if (end > this.end)
      throw new DecodeError('illegal-length', 'IPv6 payload length', `${end - this.end} too long`, at);
    this.end = end;
    this.next = bytes[at + ipv6.nextHeader]!;
    this.source = this.#addresses.read(bytes, at + ipv6.source);
    this.destination = this.#addresses.read(bytes, at + ipv6.destination);
    this.homeAddress = undefined;
    this.routedTo = undefined;
    this.at = at + ipv6.octets;
  }

  /** Steps over an extension header with a length of its own; gives its end. */
  #extension(): number {
    const { at } = this;
    this.#need(extension.unit, 'extension header');
    const octets = (this.#bytes[at + extension.length]! + 1) * extension.unit;
    this.#need(octets, 'extension header');
    this.next = this.#bytes[at + extension.nextHeader]!;
    this.at = at + octets;
    return this.at;
  }

  #destinationOptions(): void {
    const bytes = this.#bytes;
    let at = this.at + extension.options;
    const end = this.#extension();
    while (at < end) {
      const type = bytes[at + option.type]!;
      if (type === Ipv6OptionType.pad1) {
        at += 1;
        continue;
      }
      const length = at + option.length < end ? bytes[at + option.length]! : end;
      const next = at + option.data + length;
      if (next > end)
        throw new DecodeError('illegal-length', 'destination option', 'runs out of its header', at);
      if (type === Ipv6OptionType.homeAddress) this.#homeAddress(at, length);
      at = next;
    }
  }

  #homeAddress(at: number, length: number): void {
    if (length !== IPV6_ADDRESS_OCTETS) {
      throw new DecodeError('illegal-length', 'Home Address option', `${length} octets`, at);
    }
    this.homeAddress = this.#addresses.read(this.#bytes, at + option.data);
  }

  #routing(): void {
    const start = this.at;
    const end = this.#extension();
    if (this.#bytes[start + routing.type] !== TYPE2_ROUTING_HEADER) return;
    if (end - start !== routing.octets) {
      throw new DecodeError('illegal-length', 'type 2 routing header', `${end - start} octets`, start);
    }
    // With no segment left the address has already taken its place in the IPv6 header.
    if (this.#bytes[start + routing.segmentsLeft] === 0) return;
    this.routedTo = this.#addresses.read(this.#bytes, start + routing.homeAddress);
  }

  /** Steps over the header of a packet that was never cut; false, and no step, for a real fragment. */
  #wholeFragment(): boolean {
    this.#need(fragment.octets, 'fragment header');
    if ((u16(this.#bytes, this.at + fragment.offsetAndMore) & ~fragment.unused) !== 0) return false;
    this.next = this.#bytes[this.at]!;
    this.at += fragment.octets;
    return true;
  }

  #need(octets: number, field: string): void {
    const end = this.at + octets;
    if (end > this.end)
      throw new DecodeError('truncated', field, `${end - this.end} octets past its packet`, this.at);
    if (end > this.#bytes.length)
      throw new DecodeError('truncated', field, 'cut by the snap length', this.at);
  }
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export interface AddressPair {
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
}
