import { type Ipv6Address, ipv6FromBytes, ipv6ToBytes } from '../mip6/wire/address.ts';
import { NextHeader } from '../mip6/wire/constants.ts';
import { orUndefined } from '../mip6/wire/decode-error.ts';
import { parseHomeAddressHeader } from '../mip6/wire/home-address-option.ts';
import { emitType2RoutingHeader, parseType2RoutingHeader } from '../mip6/wire/type2-routing-header.ts';
import type { FdPoller } from './fd-poller.ts';
import { LabError } from './lab-error.ts';
import { AF_INET6, decodeSocketAddress, rawAddress } from './socket-address.ts';
import { openSocket, SOCK_RAW, setNumberOption } from './socket-libc.ts';
import { encodeControl, findControl, MessageBuffers, type ReceivedMessage } from './socket-message.ts';
import {
  IPV6_DSTOPTS,
  IPV6_PKTINFO,
  IPV6_RECVDSTOPTS,
  IPV6_RECVPKTINFO,
  IPV6_RECVRTHDR,
  IPV6_RTHDR,
} from './socket-options.ts';
import { WatchedDescriptor } from './watched-descriptor.ts';

/** A Mobility Header as the kernel delivers it: addresses after the Home Address option and routing header took effect. */
export interface ReceivedMobilityDatagram {
  /** the home address, when the sender used a Home Address option */
  readonly source: Ipv6Address;
  /** our home address, when a type 2 routing header led here */
  readonly destination: Ipv6Address;
  /** what the IPv6 header had instead: as source next to a Home Address option, else as destination next to a routing header */
  readonly careOfAddress?: Ipv6Address;
  /** the address that a type 2 routing header replaced as destination */
  readonly routingHeader?: Ipv6Address;
  /** the whole Mobility Header; the kernel has verified its checksum */
  readonly bytes: Uint8Array;
}

/** A Mobility Header to send. The kernel fills the checksum in, over the final addresses. */
export interface MobilitySend {
  /** an address of this node; a Home Address option is added by the kernel's own policy, never here */
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  readonly careOfAddress?: Ipv6Address;
  /** reach `destination` through `careOfAddress` with a type 2 routing header (RFC 6275 §6.4) */
  readonly routingHeader?: true;
  readonly bytes: Uint8Array;
}

/** The length field of a Mobility Header counts 8-octet units beyond the first, in one octet. */
const LONGEST = 8 + 255 * 8;
/** Next Header of a routing header given to sendmsg(2). */
const FILLED_BY_KERNEL = 0;

/** The node's raw socket for Mobility Headers (RFC 6275 §6.1); it sees those addressed to any of the node's addresses. */
export class MobilityHeaderSocket {
  /** Called for each arriving Mobility Header. */
  onDatagram: (datagram: ReceivedMobilityDatagram) => void = () => undefined;
  readonly #socket: WatchedDescriptor;
  readonly #buffers = new MessageBuffers(LONGEST);

  private constructor(poller: FdPoller) {
    const descriptor = openSocket(AF_INET6, SOCK_RAW, NextHeader.mobilityHeader, 'Mobility Headers');
    for (const option of [IPV6_RECVPKTINFO, IPV6_RECVDSTOPTS, IPV6_RECVRTHDR]) {
      setNumberOption(descriptor, option, 1);
    }
    this.#socket = new WatchedDescriptor(poller, descriptor, () => this.#takeOne());
  }

  /** Opens the socket and watches it. Throws LabError without CAP_NET_RAW. */
  static open(poller: FdPoller): MobilityHeaderSocket {
    return new MobilityHeaderSocket(poller);
  }

  /** Sends one Mobility Header, at once. Throws LabError when there is no route, or the socket's buffer is full. */
  send({ source, destination, careOfAddress, routingHeader, bytes }: MobilitySend): void {
    const what = `Mobility Header ${source} → ${destination}`;
    const controls = [encodeControl(IPV6_PKTINFO, Buffer.concat([ipv6ToBytes(source), Buffer.alloc(4)]))];
    if (routingHeader) {
      if (careOfAddress === undefined) {
        throw new LabError(`${what} through no care-of address`, {
          remedy: 'give careOfAddress with routingHeader',
        });
      }
      controls.push(encodeControl(IPV6_RTHDR, emitType2RoutingHeader(careOfAddress, FILLED_BY_KERNEL)));
    }
    const sent = this.#buffers.send(
      this.#socket.number,
      rawAddress(destination),
      bytes,
      Buffer.concat(controls),
      what,
    );
    if (!sent)
      throw new LabError(`${what} does not fit the socket's buffer`, {
        command: 'sendmsg',
        remedy: 'send less at once',
      });
  }

  close(): void {
    this.#socket.close();
  }

  #takeOne(): boolean {
    const message = this.#buffers.receive(this.#socket.number, 0, 'Mobility Header');
    if (message === undefined) return false;
    const datagram = toDatagram(message);
    if (datagram !== undefined) this.onDatagram(datagram);
    return true;
  }
}

function toDatagram({ name, data, controls }: ReceivedMessage): ReceivedMobilityDatagram | undefined {
  const source = decodeSocketAddress(name)?.address;
  const packetInfo = findControl(controls, IPV6_PKTINFO);
  if (source === undefined || packetInfo === undefined) return undefined;
  const options = findControl(controls, IPV6_DSTOPTS);
  const routing = findControl(controls, IPV6_RTHDR);
  // The kernel has swapped the addresses: what stands in either header is the care-of address.
  // Another kind of routing header is none of ours.
  const routingHeader = routing && orUndefined(() => parseType2RoutingHeader(routing).homeAddress);
  const careOfAddress =
    (options && orUndefined(() => parseHomeAddressHeader(options).homeAddress)) ?? routingHeader;
  return {
    source,
    destination: ipv6FromBytes(packetInfo, 0),
    ...(careOfAddress === undefined ? {} : { careOfAddress }),
    ...(routingHeader === undefined ? {} : { routingHeader }),
    bytes: Uint8Array.from(data),
  };
}
