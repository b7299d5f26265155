import { fig9 } from '../../topologies/fig9.ts';
import { pair } from '../../topologies/pair.ts';
import type { Topology } from '../../topologies/topology.ts';
import { wideArea } from '../../topologies/wide-area.ts';

/**
 * Networks that have all that a network can be built of, and machines whose answers were recorded (`built-networks.json`: the kernel's own dumps,
 * and what ip and tc of iproute2 6.1 said of the same networks in the same labs).
 */
export const networks: Readonly<Record<string, { topology: Topology; machines: readonly string[] }>> = {
  testbed: {
    topology: fig9({
      cs1Ms: 40,
      cs2Ms: 30.5,
      ssMs: 20,
      rateKbit: 2001,
      lossPct: 1,
      jitterMs: 2,
      quickAck: 1,
    }),
    machines: ['client', 'router', 'ha1'],
  },
  classes: {
    topology: wideArea({ members: 2, sites: 2, clients: 1, clientSites: 1, rateKbit: 2000, firstDscp: 48 }),
    machines: ['ha1'],
  },
  fast: { topology: pair({ delayMs: 7, upKbit: 100_000_000, downKbit: 1000 }), machines: ['client'] },
};
