import type { FileOctets } from './file-octets.ts';

/** What the link header of a captured packet tells. */
export interface LinkFrame {
  /** the kernel's interface index; 0 where the link type does not tell */
  readonly interfaceIndex: number;
  /** as the capturing host saw it */
  readonly direction: 'in' | 'out' | 'unknown';
  /** EtherType; `malformedLink` where the record is shorter than its link header */
  readonly protocol: number;
  readonly headerOctets: number;
}

export const etherTypes = { ipv6: 0x86dd } as const;
export const malformedLink = -1;

/*
 * Link headers (https://www.tcpdump.org/linktypes.html), all big-endian:
 * 1 EN10MB      destination 6, source 6, EtherType 2
 * 101 RAW       nothing: the packet starts with its IP header
 * 113 LINUX_SLL packet type 2, ARPHRD 2, address length 2, address 8, protocol 2
 * 276 SLL2      protocol 2, reserved 2, interface index 4, ARPHRD 2, packet type 1, address length 1, address 8
 */
const linkTypes = { ethernet: 1, raw: 101, cooked: 113, cooked2: 276 } as const;
const ethernet = { etherType: 12, octets: 14 } as const;
const cooked = { packetType: 0, protocol: 14, octets: 16 } as const;
const cooked2 = { protocol: 0, interfaceIndex: 4, packetType: 10, octets: 20 } as const;
/** the cooked headers' packet type of a packet that the host sends; every other value is a received one */
const outgoing = 4;
const ipv6Version = 6;

export function isKnownLinkType(linkType: number): boolean {
  return (Object.values(linkTypes) as number[]).includes(linkType);
}

/** Reads the link header at the front of `file`, of whose record `captured` octets are there. */
export function readLinkFrame(linkType: number, file: FileOctets, captured: number): LinkFrame {
  switch (linkType) {
    case linkTypes.cooked2:
      return captured < cooked2.octets ? broken(captured) : readCooked2(file);
    case linkTypes.cooked:
      return captured < cooked.octets ? broken(captured) : readCooked(file);
    case linkTypes.ethernet:
      return captured < ethernet.octets
        ? broken(captured)
        : unplaced(file.u16(ethernet.etherType, false), ethernet.octets);
    default:
      return captured < 1
        ? broken(captured)
        : unplaced(file.u8(0) >> 4 === ipv6Version ? etherTypes.ipv6 : 0, 0);
  }
}

function readCooked2(file: FileOctets): LinkFrame {
  return {
    interfaceIndex: file.u32(cooked2.interfaceIndex, false),
    direction: file.u8(cooked2.packetType) === outgoing ? 'out' : 'in',
    protocol: file.u16(cooked2.protocol, false),
    headerOctets: cooked2.octets,
  };
}

function readCooked(file: FileOctets): LinkFrame {
  return {
    interfaceIndex: 0,
    direction: file.u16(cooked.packetType, false) === outgoing ? 'out' : 'in',
    protocol: file.u16(cooked.protocol, false),
    headerOctets: cooked.octets,
  };
}

function unplaced(protocol: number, headerOctets: number): LinkFrame {
  return { interfaceIndex: 0, direction: 'unknown', protocol, headerOctets };
}

function broken(captured: number): LinkFrame {
  return { interfaceIndex: 0, direction: 'unknown', protocol: malformedLink, headerOctets: captured };
}
