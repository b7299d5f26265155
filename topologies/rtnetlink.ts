import { layout } from '../linux/netlink/layout.ts';
import { ACK, emitMessage, type NetlinkRequest } from '../linux/netlink/message.ts';
import { type Ipv6Address, ipv6ToBytes } from '../mip6/wire/address.ts';

/*
 * What of Linux' uapi headers a network is built by and told in: rtnetlink.h, if_link.h, if_addr.h, neighbour.h, pkt_sched.h, pkt_cls.h.
 */

export const AF_INET6 = 10;

/** Message types, and those by which the kernel is asked for a dump of the same. */
export const NEW = { link: 16, address: 20, route: 24, neighbour: 28, qdisc: 36, filter: 44 } as const;
export const GET = { link: 18, address: 22, route: 26, neighbour: 30, qdisc: 38, filter: 46 } as const;

export const LINK = layout('ifinfomsg', 16, {
  family: [0, 'u8'],
  index: [4, 's32'],
  flags: [8, 'u32'],
  change: [12, 'u32'],
});
export const LINK_FLAGS = { UP: 0x1, NOARP: 0x80, MULTICAST: 0x1000 } as const;
export const LINK_ATTRIBUTE = {
  ...{ address: 1, name: 3, mtu: 4, qdisc: 6, info: 18, families: 26, namespace: 28 },
} as const;
export const LINK_INFO = { kind: 1, data: 2, vethPeer: 1 } as const;
/** of a link's families, of IPv6's */
export const ADDRESS_GENERATION = 8;

export const ADDRESS = layout('ifaddrmsg', 8, {
  family: [0, 'u8'],
  prefixLength: [1, 'u8'],
  flags: [2, 'u8'],
  index: [4, 'u32'],
});
export const ADDRESS_ATTRIBUTE = { address: 1, local: 2 } as const;
export const ADDRESS_FLAG = { noDuplicateDetection: 0x02, tentative: 0x40 } as const;

export const NEIGHBOUR = layout('ndmsg', 12, { family: [0, 'u8'], index: [4, 's32'], state: [8, 'u16'] });
export const NEIGHBOUR_ATTRIBUTE = { destination: 1, hardware: 2 } as const;
export const PERMANENT = 0x80;

export const ROUTE = layout('rtmsg', 12, {
  family: [0, 'u8'],
  destinationLength: [1, 'u8'],
  table: [4, 'u8'],
  protocol: [5, 'u8'],
  type: [7, 'u8'],
});
export const ROUTE_ATTRIBUTE = { destination: 1, outgoing: 4, gateway: 5, metrics: 8 } as const;
export const ROUTE_OF = { mainTable: 254, boot: 3, unicast: 1 } as const;
export const QUICK_ACK = 15;

/** Of queueing disciplines and of filters. */
export const TRAFFIC = layout('tcmsg', 20, {
  family: [0, 'u8'],
  index: [4, 's32'],
  handle: [8, 'u32'],
  parent: [12, 'u32'],
  info: [16, 'u32'],
});
export const TRAFFIC_ATTRIBUTE = { kind: 1, options: 2 } as const;
export const ROOT = 0xffffffff;

export const RATE = layout('tc_ratespec', 12, { cellLog: [0, 'u8'], linkLayer: [1, 'u8'], rate: [8, 'u32'] });
/** Rate, and a peak rate that is none, first. */
export const TBF = layout('tc_tbf_qopt', 36, { limit: [24, 'u32'], buffer: [28, 'u32'] });
export const TBF_ATTRIBUTE = { parameters: 1, rate64: 4, burst: 6 } as const;
export const PRIO = layout('tc_prio_qopt', 20, { bands: [0, 's32'] });
export const PFIFO = layout('tc_fifo_qopt', 4, { limit: [0, 'u32'] });
export const NETEM = layout('tc_netem_qopt', 24, {
  latency: [0, 'u32'],
  limit: [4, 'u32'],
  loss: [8, 'u32'],
  jitter: [20, 'u32'],
});
export const FLOWER = {
  class: 1,
  incoming: 2,
  etherType: 8,
  trafficClass: 73,
  trafficClassMask: 74,
} as const;

/** `22:` and `2:3`, hexadecimal, as the kernel has them. */
export function handleOf(text: string): number {
  const [major = '', minor = ''] = text.split(':');
  return Number.parseInt(major, 16) * 0x10000 + (minor === '' ? 0 : Number.parseInt(minor, 16));
}

/** The same in tc's words. */
export function handleText(handle: number): string {
  const minor = handle % 0x10000;
  return `${Math.floor(handle / 0x10000).toString(16)}:${minor === 0 ? '' : minor.toString(16)}`;
}

export function bytesOf(address: string): Uint8Array {
  return ipv6ToBytes(address as Ipv6Address);
}

/** `02:00:00:00:01:01` */
export function macBytes(mac: string): Uint8Array {
  return Uint8Array.from(mac.split(':'), (octet) => Number.parseInt(octet, 16));
}

/** Requests in one datagram: a kernel takes 200 kB at once. */
const MOST_TOGETHER = 256;

/** Requests as digits, numbered from 1 in each datagram: the last one asks for its acknowledgement. */
export function together(requests: readonly NetlinkRequest[]): readonly string[] {
  return Array.from({ length: Math.ceil(requests.length / MOST_TOGETHER) }, (_, datagram) => {
    const own = requests.slice(datagram * MOST_TOGETHER, (datagram + 1) * MOST_TOGETHER);
    const flagsOf = ({ flags }: NetlinkRequest, position: number): number =>
      position === own.length - 1 ? flags | ACK : flags;
    return own
      .map((request, position) =>
        hex(emitMessage({ ...request, flags: flagsOf(request, position) }, position + 1)),
      )
      .join('');
  });
}

export function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}
