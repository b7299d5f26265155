import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { GroupAddresses } from '../../../server/admission/group-addresses.ts';
import { TokenBuckets } from '../../../server/admission/token-buckets.ts';
import type { MembershipFrame } from '../../../server/membership/membership-frames.ts';
import { monotonicMs } from '../../support/role-driver.ts';

interface ClientDistancesOptions {
  readonly probeMs: number;
  readonly group: GroupAddresses;
  /** round trip from here; undefined: no answer */
  measure(client: Ipv6Address): Promise<number | undefined>;
  send(peer: Ipv6Address, frame: MembershipFrame): boolean;
}

/** A member that leaves asks for all its clients at once. */
const PROBES_OF_PEER = { burst: 256, perSecond: 32 } as const;

interface Probe {
  readonly asked: Set<Ipv6Address>;
  readonly latenciesMs: Map<Ipv6Address, number>;
  readonly done: PromiseWithResolvers<ReadonlyMap<Ipv6Address, number>>;
}

/** How far clients are from other members: these measure it themselves when they are asked. */
export class ClientDistances {
  readonly #options: ClientDistancesOptions;
  readonly #probes = new Map<Ipv6Address, Probe>();
  readonly #asked = new TokenBuckets<Ipv6Address>(PROBES_OF_PEER);
  readonly #measuring = new Map<Ipv6Address, Promise<number | undefined>>();

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
    const { send } = this.#options;
    const roundTripMs = await this.#measure(peer, client);
    send(peer, { kind: 'client-distance', client, ...(roundTripMs === undefined ? {} : { roundTripMs }) });
  }

  /** To a client's address, one echo at a time, and of each peer so many: what a peer asks for more often is not measured. */
  #measure(peer: Ipv6Address, client: Ipv6Address): Promise<number | undefined> {
    const underWay = this.#measuring.get(client);
    if (underWay !== undefined) return underWay;
    const { group, measure } = this.#options;
    if (group.whyNoClient(client) !== undefined || !this.#asked.take(peer, monotonicMs()))
      return Promise.resolve(undefined);
    const measuring = measure(client).finally(() => this.#measuring.delete(client));
    this.#measuring.set(client, measuring);
    return measuring;
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
