import type { Ipv6Address } from '../mip6/wire/address.ts';
import type { FdPoller } from './fd-poller.ts';
import { AF_INET6, decodeSocketAddress } from './socket-address.ts';
import { openSocket, SOCK_RAW, setOption } from './socket-libc.ts';
import { MessageBuffers } from './socket-message.ts';
import type { SocketOption } from './socket-options.ts';
import { WatchedDescriptor } from './watched-descriptor.ts';

const IPPROTO_ICMPV6 = 58;
const PARAMETER_PROBLEM = 4;
/** `struct icmp6_filter` (RFC 3542 §3.2): one bit a type; on Linux a set bit blocks. */
const ICMP6_FILTER: SocketOption = { level: IPPROTO_ICMPV6, number: 1, name: 'ICMP6_FILTER' };
const FILTER_OCTETS = 32;
/** The least MTU: no ICMPv6 error is longer (RFC 4443 §2.4). */
const LONGEST = 1280;

/** Hears ICMPv6 Parameter Problems to any of this node's addresses: some node knows no Mobility Header (RFC 6275 §11.3.5). */
export class ParameterProblemMonitor {
  /** Called for each: who sent it, and the whole ICMPv6 message; the kernel has verified its checksum. */
  onParameterProblem: (problem: { readonly source: Ipv6Address; readonly bytes: Uint8Array }) => void = () =>
    undefined;
  readonly #socket: WatchedDescriptor;
  readonly #buffers = new MessageBuffers(LONGEST);

  private constructor(poller: FdPoller) {
    const descriptor = openSocket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, 'Parameter Problems');
    const filter = Buffer.alloc(FILTER_OCTETS, 0xff);
    filter.writeUInt32LE(~(1 << PARAMETER_PROBLEM) >>> 0, 0);
    setOption(descriptor, ICMP6_FILTER, filter);
    this.#socket = new WatchedDescriptor(poller, descriptor, () => this.#takeOne());
  }

  /** Opens the socket and watches it. Throws LabError without CAP_NET_RAW. */
  static open(poller: FdPoller): ParameterProblemMonitor {
    return new ParameterProblemMonitor(poller);
  }

  close(): void {
    this.#socket.close();
  }

  #takeOne(): boolean {
    const message = this.#buffers.receive(this.#socket.number, 0, 'Parameter Problem');
    if (message === undefined) return false;
    const source = decodeSocketAddress(message.name)?.address;
    if (source !== undefined) this.onParameterProblem({ source, bytes: Uint8Array.from(message.data) });
    return true;
  }
}
