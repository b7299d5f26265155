import { SYSCTLS } from '../../topologies/fig9.ts';
import type { Topology } from '../../topologies/topology.ts';
import { topology } from '../../topologies/topology-builder.ts';

/** What lies between a client and the members; one-way latencies, ms, by member. */
export interface ClientPath {
  readonly csMs: readonly number[];
  readonly jitterMs?: number;
  /** percent, in each direction */
  readonly lossPct?: number;
}

export interface AdverseNetwork {
  /** by client */
  readonly clients: readonly ClientPath[];
  readonly members: number;
  readonly ssMs: number;
  /** upstream of each member's site, kbit/s */
  readonly rateKbit: number;
}

export const CONTACT_ADDRESS = '2001:db8:1::100';

/** Members are counted from 1, and stand at a site each, as on the testbed of Fig. 9. */
export function memberAddress(number: number): string {
  return `2001:db8:${number}::2`;
}

export function homeAgentAddress(number: number): string {
  return `2001:db8:${number}::1`;
}

/** Clients are counted from 0, and stand at a site each. */
export function clientAddress(index: number): string {
  return `2001:db8:c${index}::2`;
}

/** The testbed of Fig. 9 with any number of clients and members, each client on a path of its own. */
export function adverseNetwork({ clients, members, ssMs, rateKbit }: AdverseNetwork): Topology {
  const net = topology('adverse').setSysctls(SYSCTLS).addRouter('router');
  const numbers = Array.from({ length: members }, (_, index) => index + 1);
  for (const number of numbers) {
    const ha = `ha${number}`;
    const forwarding = { 'net.ipv6.conf.all.forwarding': '1' };
    net.addRouter(ha, { site: `S${number}` });
    net.addHost(`node${number}`, { site: `S${number}`, sysctls: forwarding });
    const uplink = [`2001:db8:f${number}::2`, `2001:db8:f${number}::1`] as const;
    const prefix = `2001:db8:f${number}::/64`;
    net.addLink(ha, 'router', { prefix, addresses: uplink, aToB: { rateKbit } });
    const site = [homeAgentAddress(number), memberAddress(number)] as const;
    net.addLink(ha, `node${number}`, { prefix: `2001:db8:${number}::/64`, addresses: site });
    for (const other of numbers.filter((one) => one !== number)) {
      net.addPairLatency('router', { from: `S${number}`, to: `S${other}`, delayMs: ssMs });
    }
  }
  for (const [index, path] of clients.entries()) addClient(net, index, path, numbers);
  return net.build();
}

function addClient(
  net: ReturnType<typeof topology>,
  index: number,
  { csMs, jitterMs = 0, lossPct = 0 }: ClientPath,
  members: readonly number[],
): void {
  const name = `client${index}`;
  const site = `C${index}`;
  net.addHost(name, { site, quickAck: true, sysctls: { 'net.ipv4.tcp_moderate_rcvbuf': '0' } });
  const addresses = [clientAddress(index), `2001:db8:c${index}::1`] as const;
  net.addLink(name, 'router', { prefix: `2001:db8:c${index}::/64`, addresses });
  for (const number of members) {
    const path = { delayMs: csMs[number - 1] ?? csMs[0] ?? 0, jitterMs, lossPct };
    net.addPairLatency('router', { from: site, to: `S${number}`, ...path });
    net.addPairLatency('router', { from: `S${number}`, to: site, ...path });
  }
}
