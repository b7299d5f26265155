import net from 'node:net';
import { checked, libc } from '../../../linux/libc.ts';
import { AF_INET6, encodeSocketAddress } from '../../../linux/socket-address.ts';
import { bindSocket, openSocket, SOCK_STREAM, setNumberOption } from '../../../linux/socket-libc.ts';
import { SO_REUSEADDR } from '../../../linux/socket-options.ts';
import { ipv6 } from '../../../mip6/wire/address.ts';
import { addLink, addNode, inNode, ip, tc } from './network.ts';

export const HOME_ADDRESS = ipv6('2001:db8:1::100');
export const CLIENT = ipv6('2001:db8:c::2');
export const PORT = 8080;

const socket = libc('socket');
const connect = libc('connect');

export const CARE_OF_ADDRESSES = { donor: '2001:db8:1::2', acceptor: '2001:db8:2::2' } as const;

export interface NetworkOptions {
  /** on each link's egress at the router */
  readonly delayMs: number;
  /** on each member's egress */
  readonly rateMbit: number;
  /** the home address is one in the sense of Mobile IPv6 */
  readonly home: boolean;
}

/** client – router – donor and acceptor; both members have the home address, and the router chooses whom it reaches. */
export function buildTcpNetwork({ delayMs, rateMbit, home }: NetworkOptions): void {
  for (const node of ['client', 'router', 'donor', 'acceptor']) addNode(node);
  addLink('client', 'router', `${CLIENT}/64`, '2001:db8:c::1/64');
  addLink('donor', 'router', '2001:db8:1::2/64', '2001:db8:1::1/64');
  addLink('acceptor', 'router', '2001:db8:2::2/64', '2001:db8:2::1/64');
  ip('client', '-6 route add default via 2001:db8:c::1');
  for (const [node, gateway] of [
    ['donor', '2001:db8:1::1'],
    ['acceptor', '2001:db8:2::1'],
  ] as const) {
    ip(node, `-6 route add default via ${gateway}`);
    ip(node, `addr add ${HOME_ADDRESS}/128 dev lo ${home ? 'home ' : ''}nodad`);
  }
  routeTo('donor');
  for (const link of ['client', 'donor', 'acceptor']) {
    if (delayMs > 0) tc('router', `qdisc add dev ${link} root netem delay ${delayMs}ms limit 10000`);
  }
  for (const member of ['donor', 'acceptor']) {
    tc(member, `qdisc add dev router root tbf rate ${rateMbit}mbit burst 3000 limit 10000000`);
  }
}

/** From now on the home address leads to `member`. */
export function routeTo(member: 'donor' | 'acceptor'): void {
  ip('router', `-6 route replace ${HOME_ADDRESS}/128 via ${CARE_OF_ADDRESSES[member]} dev ${member}`);
}

export interface Connection {
  readonly client: net.Socket;
  /** the donor's end, not yet reading */
  readonly served: net.Socket;
  readonly server: net.Server;
}

/** One connection from the client to the service at the donor. */
export async function connectClient(): Promise<Connection> {
  const listener = inNode('donor', () => {
    const descriptor = openSocket(AF_INET6, SOCK_STREAM, 0, 'listener');
    setNumberOption(descriptor, SO_REUSEADDR, 1);
    bindSocket(descriptor, encodeSocketAddress({ address: HOME_ADDRESS, port: PORT }), 'listener');
    return descriptor;
  });
  const server = net.createServer({ pauseOnConnect: true });
  const listening = Promise.withResolvers<void>();
  server.listen({ fd: listener }, listening.resolve);
  await listening.promise;
  const accepted = Promise.withResolvers<net.Socket>();
  server.once('connection', accepted.resolve);
  // Blocking: the kernel completes the handshake by itself, and Node's own connect would leave the namespace first.
  const descriptor = inNode('client', () => {
    const made = checked('socket', 'client', socket(AF_INET6, SOCK_STREAM, 0));
    const address = encodeSocketAddress({ address: HOME_ADDRESS, port: PORT });
    checked('connect', 'client', connect(made, address, address.length));
    return made;
  });
  const client = new net.Socket({ fd: descriptor, readable: true, writable: true });
  return { client, served: await accepted.promise, server };
}
