import type { Ipv6Address } from '../mip6/wire/address.ts';
import { PARAMETER_PROBLEM } from '../mip6/wire/parameter-problem.ts';
import type { FdPoller } from './fd-poller.ts';
import { openIcmpv6Socket } from './icmpv6-socket.ts';
import { decodeSocketAddress } from './socket-address.ts';
import { MessageBuffers } from './socket-message.ts';
import { WatchedDescriptor } from './watched-descriptor.ts';

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
    const descriptor = openIcmpv6Socket(PARAMETER_PROBLEM, 'Parameter Problems');
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
