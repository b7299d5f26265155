import net from 'node:net';
import { descriptorOf, hasDescriptor } from '../../linux/tcp/node-socket.ts';
import { type PathState, pathState } from '../../linux/tcp/path-state.ts';
import { setUserTimeout } from '../../linux/tcp/user-timeout.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';

/** What a channel's connections are made of; a test may have them within one process. */
export interface ChannelNetwork {
  /** What is known of the way to the other end of a connection, while it stands; absent: nothing. */
  path?(socket: net.Socket): PathState | undefined;
  /** Calls a peer from this member's care-of address; the socket tells what comes of it. */
  connect(peer: Ipv6Address): net.Socket;
  /** Takes calls from now on. */
  listen(onCall: (socket: net.Socket) => void): { close(): void };
}

interface KernelNetworkOptions {
  readonly careOfAddress: Ipv6Address;
  readonly port: number;
  /** ms for which a peer may leave octets unacknowledged */
  readonly timeoutMs: number;
}

/** TCP between care-of addresses: a member's source selection would otherwise prefer the home address. */
export function kernelNetwork({ careOfAddress, port, timeoutMs }: KernelNetworkOptions): ChannelNetwork {
  const limited = (socket: net.Socket): void => setUserTimeout(descriptorOf(socket), timeoutMs);
  return {
    path: (socket) => (hasDescriptor(socket) ? pathState(descriptorOf(socket)) : undefined),
    connect(peer) {
      const socket = net.connect({ host: peer, port, localAddress: careOfAddress });
      return socket.once('connect', () => limited(socket));
    },
    listen(onCall) {
      const server = net.createServer((socket) => {
        limited(socket);
        onCall(socket);
      });
      return server.listen({ host: careOfAddress, port, ipv6Only: true });
    },
  };
}
