import type { Topology } from './topology.ts';
import { topology } from './topology-builder.ts';

/** What may be varied between the two hosts. */
interface PairParameters {
  /** one-way latency of the path */
  readonly delayMs: number;
  readonly jitterMs: number;
  /** per direction */
  readonly lossPct: number;
  /** from the server to the client */
  readonly downKbit: number;
  /** from the client to the server */
  readonly upKbit: number;
}

/** An ADSL line of the paper's time. */
export const PAIR_DEFAULTS: PairParameters = {
  delayMs: 20,
  jitterMs: 0,
  lossPct: 0,
  downKbit: 8_000,
  upKbit: 1_000,
};

/** The smallest network with all kinds of shaping: a client behind an asymmetric line, a router, a server. */
export function pair(parameters: Partial<PairParameters> = {}): Topology {
  const { delayMs, jitterMs, lossPct, downKbit, upKbit } = { ...PAIR_DEFAULTS, ...parameters };
  const addresses = { client: '2001:db8:a::2', server: '2001:db8:b::2' };
  return topology('pair')
    .addHost('client')
    .addRouter('router')
    .addHost('server')
    .addLink('client', 'router', {
      prefix: '2001:db8:a::/64',
      addresses: [addresses.client, '2001:db8:a::1'],
      delayMs,
      jitterMs,
      lossPct,
      aToB: { rateKbit: upKbit },
      bToA: { rateKbit: downKbit },
    })
    .addLink('router', 'server', {
      prefix: '2001:db8:b::/64',
      addresses: ['2001:db8:b::1', addresses.server],
    })
    .nameAddresses(addresses)
    .build();
}
