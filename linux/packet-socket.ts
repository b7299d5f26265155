import { attachFilter, type FilterInstruction } from './packet-filter.ts';
import { AF_PACKET } from './socket-address.ts';
import { bindSocket, openSocket, SOCK_DGRAM } from './socket-libc.ts';

const ETH_P_IPV6 = 0x86dd;
const ANY_INTERFACE = 0;
/** `struct sockaddr_ll` (packet(7)): offsets and size in octets; family and index in host order, protocol in network order. */
const SOCKADDR_LL = { family: 0, protocol: 2, interfaceIndex: 4, octets: 20 };

/**
 * A descriptor that receives copies of the IPv6 packets which pass `filter`, from the IPv6 header on, on one
 * interface or on all. The filter stands before the first packet can arrive. Throws LabError.
 */
export function openPacketSocket(
  filter: readonly FilterInstruction[],
  interfaceIndex = ANY_INTERFACE,
): number {
  // Protocol 0 receives nothing until bound.
  const descriptor = openSocket(AF_PACKET, SOCK_DGRAM, 0, 'packet socket');
  attachFilter(descriptor, filter);
  const address = Buffer.alloc(SOCKADDR_LL.octets);
  address.writeUInt16LE(AF_PACKET, SOCKADDR_LL.family);
  address.writeUInt16BE(ETH_P_IPV6, SOCKADDR_LL.protocol);
  address.writeInt32LE(interfaceIndex, SOCKADDR_LL.interfaceIndex);
  bindSocket(descriptor, address, `packet socket on interface ${interfaceIndex}`);
  return descriptor;
}
