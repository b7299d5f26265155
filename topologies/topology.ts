import { checked } from './validate.ts';

/** What a link, or one direction of it, does to packets. Absent members leave packets alone. */
export interface Shaping {
  /** one-way delay, ms ≥ 0 */
  readonly delayMs?: number;
  /** the delay varies uniformly within ± this, ms, 0…`delayMs`; as on real paths, packets may then overtake each other */
  readonly jitterMs?: number;
  /** independent random loss, percent, 0…100 */
  readonly lossPct?: number;
  /** token-bucket rate of Ethernet frames, kbit/s > 0; absent: as fast as the kernel can */
  readonly rateKbit?: number;
  /** packets which may wait, ≥ the bandwidth–delay product; absent: far above it */
  readonly queue?: number;
}

/** A machine: a network namespace. Only routers forward for others; their name is also that of the namespace. */
export interface TopologyNode {
  readonly name: string;
  readonly kind: 'host' | 'router';
  /** the place it stands at, the unit of `PairLatency`; absent: a place of its own */
  readonly site?: string;
  /** TCP here acknowledges every segment at once (the route metric `quickack`); default: the kernel's own pace */
  readonly quickAck?: boolean;
  /** kernel settings of this machine, e.g. `net.ipv6.conf.all.forwarding`, applied after the topology's own */
  readonly sysctls: Readonly<Record<string, string>>;
}

/** A cable between `a` and `b`: one IPv6 prefix, an address at each end. Shaping is of both directions alike but for `aToB`, `bToA`. */
export interface Link extends Shaping {
  readonly a: string;
  readonly b: string;
  /** e.g. `2001:db8:c::/64` */
  readonly prefix: string;
  /** of `a`, of `b`; both inside the prefix */
  readonly addresses: readonly [string, string];
  /** octets of an IPv6 packet, 1280…65535 */
  readonly mtu: number;
  /** differs from the link's own shaping in this direction */
  readonly aToB?: Shaping;
  readonly bToA?: Shaping;
}

/** One-way latency which `router` adds to packets that enter it from site `from` and leave it towards site `to`. */
export interface PairLatency {
  readonly router: string;
  readonly from: string;
  readonly to: string;
  readonly delayMs: number;
  readonly jitterMs?: number;
  readonly lossPct?: number;
  readonly queue?: number;
}

/** A network as plain data (it survives JSON). */
export interface Topology {
  readonly name: string;
  readonly nodes: readonly TopologyNode[];
  readonly links: readonly Link[];
  readonly pairLatencies: readonly PairLatency[];
  /** kernel settings of every machine */
  readonly sysctls: Readonly<Record<string, string>>;
  /** addresses by the role they have in an experiment, e.g. `client`; they need not stand on an interface */
  readonly addresses: Readonly<Record<string, string>>;
}

interface NodeOptions {
  readonly site?: string;
  readonly quickAck?: boolean;
  readonly sysctls?: Readonly<Record<string, string>>;
}

type LinkOptions = Omit<Link, 'a' | 'b' | 'mtu'> & { readonly mtu?: number };

/** Octets of an IPv6 packet on a link that says nothing else. */
export const DEFAULT_MTU = 1500;

/** Writes a topology down in Mininet's words; `build()` refuses bad data with a TopologyError. */
export class TopologyBuilder {
  readonly #name: string;
  readonly #nodes: TopologyNode[] = [];
  readonly #links: Link[] = [];
  readonly #pairLatencies: PairLatency[] = [];
  #sysctls: Readonly<Record<string, string>> = {};
  #addresses: Readonly<Record<string, string>> = {};

  constructor(name: string) {
    this.#name = name;
  }

  /** A machine that keeps to itself what is not addressed to it. */
  addHost(name: string, options: NodeOptions = {}): this {
    this.#nodes.push({ name, kind: 'host', sysctls: {}, ...options });
    return this;
  }

  /** A machine that forwards. */
  addRouter(name: string, options: NodeOptions = {}): this {
    this.#nodes.push({ name, kind: 'router', sysctls: {}, ...options });
    return this;
  }

  /** A cable; the interfaces are named as in Mininet, `<node>-eth<n>`, n counting that node's links from 0. */
  addLink(a: string, b: string, options: LinkOptions): this {
    this.#links.push({ mtu: DEFAULT_MTU, ...options, a, b });
    return this;
  }

  /** One-way latencies between sites at `router`, one entry per direction. */
  addPairLatency(router: string, ...latencies: readonly Omit<PairLatency, 'router'>[]): this {
    for (const latency of latencies) this.#pairLatencies.push({ router, ...latency });
    return this;
  }

  /** Kernel settings of every machine. */
  setSysctls(sysctls: Readonly<Record<string, string>>): this {
    this.#sysctls = { ...this.#sysctls, ...sysctls };
    return this;
  }

  /** Names the addresses an experiment speaks of. */
  nameAddresses(addresses: Readonly<Record<string, string>>): this {
    this.#addresses = { ...this.#addresses, ...addresses };
    return this;
  }

  /** The topology as data; throws TopologyError with every problem it has. */
  build(): Topology {
    return checked({
      name: this.#name,
      nodes: [...this.#nodes],
      links: [...this.#links],
      pairLatencies: [...this.#pairLatencies],
      sysctls: this.#sysctls,
      addresses: this.#addresses,
    });
  }
}

/** Starts a topology: `topology('t').addHost('h1').addHost('h2').addLink('h1', 'h2', {…}).build()`. */
export function topology(name: string): TopologyBuilder {
  return new TopologyBuilder(name);
}
