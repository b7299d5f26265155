import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { GroupAddresses } from '../../../server/admission/group-addresses.ts';
import { TokenBuckets } from '../../../server/admission/token-buckets.ts';
import {
  DistanceProbes,
  type ProbeInput,
  type ProbeOutput,
} from '../../../server/membership/distance-probes.ts';
import type { MembershipFrame } from '../../../server/membership/membership-frames.ts';
import { monotonicMs, RoleDriver } from '../../support/role-driver.ts';

interface ClientDistancesOptions {
  readonly probeMs: number;
  readonly group: GroupAddresses;
  /** round trip from here; undefined: no answer */
  measure(client: Ipv6Address): Promise<number | undefined>;
  send(peer: Ipv6Address, frame: MembershipFrame): boolean;
}

/** A member that leaves asks for all its clients at once. */
const PROBES_OF_PEER = { burst: 256, perSecond: 32 } as const;

/** How far clients are from other members: these measure it themselves when they are asked. */
export class ClientDistances {
  readonly #options: ClientDistancesOptions;
  readonly #driver: RoleDriver<ProbeInput, ProbeOutput>;
  readonly #wanted = new Map<Ipv6Address, PromiseWithResolvers<ReadonlyMap<Ipv6Address, number>>>();
  readonly #asked = new TokenBuckets<Ipv6Address>(PROBES_OF_PEER);
  readonly #measuring = new Map<Ipv6Address, Promise<number | undefined>>();

  constructor(options: ClientDistancesOptions) {
    this.#options = options;
    this.#driver = new RoleDriver(new DistanceProbes(options.probeMs), ({ client, latenciesMs }) => {
      this.#wanted.get(client)?.resolve(latenciesMs);
      this.#wanted.delete(client);
    });
  }

  /** One-way latencies in ms, half of each round trip; without the members that have no answer from the client in time. */
  measured(client: Ipv6Address, members: readonly Ipv6Address[]): Promise<ReadonlyMap<Ipv6Address, number>> {
    const known = this.#wanted.get(client);
    if (known !== undefined) return known.promise;
    const wanted = Promise.withResolvers<ReadonlyMap<Ipv6Address, number>>();
    this.#wanted.set(client, wanted);
    const { send } = this.#options;
    const asked = members.filter((member) => send(member, { kind: 'client-probe', client }));
    this.#driver.handle({ kind: 'asked', client, members: asked });
    return wanted.promise;
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

  answered(by: Ipv6Address, frame: Extract<MembershipFrame, { kind: 'client-distance' }>): void {
    this.#driver.handle({ ...frame, kind: 'answered', by });
  }

  close(): void {
    this.#driver.stop();
  }
}
