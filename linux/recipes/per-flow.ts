import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { KernelObject } from '../objects/types.ts';
import { ANYWHERE, host } from './parts.ts';

const TCP = 6;
const FLOW_PREFERENCE = 50;
const LOCAL_PREFERENCE = 100;

interface FlowForwarding {
  readonly client: Ipv6Address;
  readonly clientPort: number;
  readonly homeAddress: Ipv6Address;
  readonly serverPort: number;
  /** the tunnel from the home agent that the client's packets come out of */
  readonly homeTunnelName: string;
  /** the tunnel to the member that owns the connection now */
  readonly memberTunnelName: string;
  /** a table of its own for each member tunnel; its default route is that tunnel */
  readonly table: number;
}

/**
 * At the contact node: one TCP connection's packets, which arrive through the home tunnel, go on to the member that
 * has taken the connection over (for clients without Mobile IPv6). All flows of one member share the first two objects.
 */
export function perFlowForwarding(flow: FlowForwarding): KernelObject[] {
  return [
    { kind: 'local-rule', preference: LOCAL_PREFERENCE },
    { kind: 'route', destination: ANYWHERE, device: flow.memberTunnelName, table: flow.table },
    {
      kind: 'rule',
      preference: FLOW_PREFERENCE,
      from: host(flow.client),
      to: host(flow.homeAddress),
      incomingDevice: flow.homeTunnelName,
      protocol: TCP,
      sourcePort: flow.clientPort,
      destinationPort: flow.serverPort,
      table: flow.table,
    },
  ];
}
