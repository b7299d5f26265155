import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { MembershipFrame } from '../../../server/membership-frames.ts';

export interface ClientDistancesOptions {
  readonly probeMs: number;
  /** round trip from here; undefined: no answer */
  measure(client: Ipv6Address): Promise<number | undefined>;
  send(peer: Ipv6Address, frame: MembershipFrame): boolean;
}

interface Probe {
  readonly asked: Set<Ipv6Address>;
  readonly latenciesMs: Map<Ipv6Address, number>;
  readonly done: PromiseWithResolvers<ReadonlyMap<Ipv6Address, number>>;
}

/** How far clients are from other members: these measure it themselves when they are asked. */
export class ClientDistances {
  readonly #options: ClientDistancesOptions;
  readonly #probes = new Map<Ipv6Address, Probe>();

  constructor(options: ClientDistancesOptions) {
    this.#options = options;
  }

  /** One-way latencies in ms, half of each round trip; without the members that have no answer from the client in time. */
  measured(client: Ipv6Address, members: readonly Ipv6Address[]): Promise<ReadonlyMap<Ipv6Address, number>> {
    const underWay = this.#probes.get(client);
    if (underWay !== undefined) return underWay.done.promise;
    const { send, probeMs } = this.#options;
    const asked = new Set(members.filter((member) => send(member, { kind: 'client-probe', client })));
    const probe: Probe = { asked, latenciesMs: new Map(), done: Promise.withResolvers() };
    this.#probes.set(client, probe);
    const timer = setTimeout(() => this.#finish(client, probe), probeMs);
    void probe.done.promise.then(() => clearTimeout(timer));
    if (asked.size === 0) this.#finish(client, probe);
    return probe.done.promise;
  }

  /** Another member wants to know. */
  async asked(peer: Ipv6Address, client: Ipv6Address): Promise<void> {
    const { measure, send } = this.#options;
    const roundTripMs = await measure(client);
    send(peer, { kind: 'client-distance', client, ...(roundTripMs === undefined ? {} : { roundTripMs }) });
  }

  answered(
    peer: Ipv6Address,
    { client, roundTripMs }: Extract<MembershipFrame, { kind: 'client-distance' }>,
  ): void {
    const probe = this.#probes.get(client);
    if (probe === undefined || !probe.asked.delete(peer)) return;
    if (roundTripMs !== undefined) probe.latenciesMs.set(peer, roundTripMs / 2);
    if (probe.asked.size === 0) this.#finish(client, probe);
  }

  #finish(client: Ipv6Address, { latenciesMs, done }: Probe): void {
    this.#probes.delete(client);
    done.resolve(latenciesMs);
  }
}
