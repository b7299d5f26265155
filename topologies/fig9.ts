import { DEFAULT_BUCKET_FRAMES } from './shaping.ts';
import type { Topology } from './topology.ts';
import { topology } from './topology-builder.ts';

/** What may be varied on the testbed of Fig. 9; all latencies are one-way. */
export interface Fig9Parameters {
  /** client – node 1, tunnel CS1 */
  readonly cs1Ms: number;
  /** client – node 2, tunnel CS2 */
  readonly cs2Ms: number;
  /** node 1 – node 2, tunnel SS */
  readonly ssMs: number;
  /** upstream rate of each home agent, kbit/s; 100,000 is what the paper calls unshaped */
  readonly rateKbit: number;
  /** loss of each pair of sites, per direction */
  readonly lossPct: number;
  /** variation of each pair's latency, ± ms */
  readonly jitterMs: number;
  /** room of the home agents' token buckets, full frames */
  readonly bucketFrames: number;
  /** 1: the client acknowledges every segment at once; 0: at the kernel's own pace */
  readonly quickAck: number;
}

/** The testbed as the paper first uses it: no added latency, 100 Mbit/s. */
export const FIG9_DEFAULTS: Fig9Parameters = {
  cs1Ms: 0,
  cs2Ms: 0,
  ssMs: 0,
  rateKbit: 100_000,
  lossPct: 0,
  jitterMs: 0,
  bucketFrames: DEFAULT_BUCKET_FRAMES,
  quickAck: 1,
};

/** The addresses an experiment speaks of, by role (paper Fig. 9). */
export const FIG9_ADDRESSES = {
  client: '2001:db8:c::2',
  contactAddress: '2001:db8:1::100',
  node1: '2001:db8:1::2',
  node2: '2001:db8:2::2',
  homeAgent1: '2001:db8:1::1',
  homeAgent2: '2001:db8:2::1',
} as const;

/** Octets of a segment that every IPv6 path carries (RFC 8200 §5): behind IPv6, Home Address option, TCP and timestamps. */
const LEAST_SEGMENT = String(1280 - 40 - 24 - 20 - 12);

/**
 * Kernel settings of every machine. Path-MTU probing: under route optimisation the kernel cannot match a Packet Too
 * Big to its connection. Its floor: on a path that loses packets the kernel takes their loss for too small an MTU, and goes
 * down to 48 octets by itself. No saved metrics and no restart after idling: one repetition must not colour the next.
 */
export const SYSCTLS = {
  'net.ipv4.tcp_mtu_probing': '1',
  'net.ipv4.tcp_base_mss': LEAST_SEGMENT,
  'net.ipv4.tcp_mtu_probe_floor': LEAST_SEGMENT,
  'net.ipv4.tcp_no_metrics_save': '1',
  'net.ipv4.tcp_slow_start_after_idle': '0',
};

/** The client's receive window is a parameter of the experiments: the kernel must not tune it away. */
export const FIXED_WINDOW = { 'net.ipv4.tcp_moderate_rcvbuf': '0' };

/** Members pass on the packets of clients without Mobile IPv6 to each other. */
export const RELAYS = { 'net.ipv6.conf.all.forwarding': '1' };

/**
 * The paper's testbed (Fig. 9): `client – router – ha1 – node1`, `router – ha2 – node2`. The router delays each pair of
 * sites on its own, as NISTnet did there; the home agents limit the rate towards it, as a DSL line's upstream does
 * (paper: cbq, which Linux no longer has; here a token bucket). Throws TopologyError on values no network can have.
 */
export function fig9(parameters: Partial<Fig9Parameters> = {}): Topology {
  const { cs1Ms, cs2Ms, ssMs, rateKbit, lossPct, jitterMs, bucketFrames, quickAck } = {
    ...FIG9_DEFAULTS,
    ...parameters,
  };
  const upstream = { rateKbit, ...(bucketFrames === DEFAULT_BUCKET_FRAMES ? {} : { bucketFrames }) };
  const between = (one: string, other: string, delayMs: number) => [
    { from: one, to: other, delayMs, jitterMs, lossPct },
    { from: other, to: one, delayMs, jitterMs, lossPct },
  ];
  const { client, node1, node2, homeAgent1, homeAgent2 } = FIG9_ADDRESSES;
  return (
    topology('fig9')
      .setSysctls(SYSCTLS)
      // The lab's client sleeps through the bulk of a download, and the kernel then delays the acknowledgement of the last
      // segment; an ordinary client reads each segment and so acknowledges it at once.
      .addHost('client', { site: 'C', quickAck: quickAck !== 0, sysctls: FIXED_WINDOW })
      .addRouter('router')
      .addRouter('ha1', { site: 'S1' })
      .addRouter('ha2', { site: 'S2' })
      .addHost('node1', { site: 'S1', sysctls: RELAYS })
      .addHost('node2', { site: 'S2', sysctls: RELAYS })
      .addLink('client', 'router', { prefix: '2001:db8:c::/64', addresses: [client, '2001:db8:c::1'] })
      .addLink('ha1', 'router', {
        prefix: '2001:db8:f1::/64',
        addresses: ['2001:db8:f1::2', '2001:db8:f1::1'],
        aToB: upstream,
      })
      .addLink('ha2', 'router', {
        prefix: '2001:db8:f2::/64',
        addresses: ['2001:db8:f2::2', '2001:db8:f2::1'],
        aToB: upstream,
      })
      .addLink('ha1', 'node1', { prefix: '2001:db8:1::/64', addresses: [homeAgent1, node1] })
      .addLink('ha2', 'node2', { prefix: '2001:db8:2::/64', addresses: [homeAgent2, node2] })
      .addPairLatency(
        'router',
        ...between('C', 'S1', cs1Ms),
        ...between('C', 'S2', cs2Ms),
        ...between('S1', 'S2', ssMs),
      )
      .nameAddresses(FIG9_ADDRESSES)
      .build()
  );
}
