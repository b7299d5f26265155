import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { ConnectionPorts } from '../plain/forwarding-frames.ts';

/** One end of a TCP connection. */
interface ConnectionEnd {
  readonly address: Ipv6Address;
  readonly port: number;
}

/** Both ends of a connection as a TCP state names them. */
export interface ConnectionEnds {
  readonly local: ConnectionEnd;
  readonly remote: ConnectionEnd;
}

/** What a handoff may bring: connections of this client to this service. */
interface ExpectedEnds {
  readonly client: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  readonly servicePort: number;
}

/**
 * Why the connections that an Init brings must not be re-created, in words; undefined when they may: every one goes from the handoff's
 * contact address and the port of its service to the handoff's client, and none is there twice. A donor that says otherwise would
 * have this member speak for a socket that was never a client's connection, its own ssh server's for one.
 */
export function whyNotExpected(
  connections: readonly ConnectionEnds[],
  { client, contactAddress, servicePort }: ExpectedEnds,
): string | undefined {
  if (connections.length === 0) return 'the handoff brings no connection';
  const ports = new Set<number>();
  for (const { local, remote } of connections) {
    if (local.address !== contactAddress)
      return `a connection ends at ${local.address}, not at the contact address ${contactAddress}`;
    if (local.port !== servicePort)
      return `a connection ends at port ${local.port}, where no service of ${contactAddress} listens`;
    if (remote.address !== client)
      return `a connection comes from ${remote.address}, not from the client ${client}`;
    if (ports.has(remote.port)) return `the connection from port ${remote.port} is there twice`;
    ports.add(remote.port);
  }
  return undefined;
}

/** The same of connections that are named by their ports alone; none at all is nothing wrong. */
export function whyNotForwardable(
  connections: readonly ConnectionPorts[],
  servicePort: number,
): string | undefined {
  const ports = new Set<number>();
  for (const one of connections) {
    if (one.clientPort === 0) return 'a connection comes from port 0';
    if (one.servicePort !== servicePort)
      return `a connection goes to port ${one.servicePort}, not ${servicePort}`;
    if (ports.has(one.clientPort)) return `the connection from port ${one.clientPort} is there twice`;
    ports.add(one.clientPort);
  }
  return undefined;
}
