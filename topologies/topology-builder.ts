import { DEFAULT_MTU, type Link, type PairLatency, type Topology, type TopologyNode } from './topology.ts';
import { checked } from './validate.ts';

interface NodeOptions {
  readonly site?: string;
  readonly quickAck?: boolean;
  readonly sysctls?: Readonly<Record<string, string>>;
}

type LinkOptions = Omit<Link, 'a' | 'b' | 'mtu'> & { readonly mtu?: number };

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
