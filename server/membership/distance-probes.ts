import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { Deadlines } from '../deadlines.ts';

export type ProbeInput =
  /** These members have been asked how far the client is; nothing new where they are being asked already. */
  | { readonly kind: 'asked'; readonly client: Ipv6Address; readonly members: readonly Ipv6Address[] }
  /** `roundTripMs`: absent: the client has not answered it */
  | {
      readonly kind: 'answered';
      readonly by: Ipv6Address;
      readonly client: Ipv6Address;
      readonly roundTripMs?: number;
    };

export interface ProbeOutput {
  readonly kind: 'measured';
  readonly client: Ipv6Address;
  /** one way, half of each round trip; without the members that have no answer from the client in time */
  readonly latenciesMs: ReadonlyMap<Ipv6Address, number>;
}

interface Probe {
  readonly missing: Set<Ipv6Address>;
  readonly latenciesMs: Map<Ipv6Address, number>;
}

/** Questions to other members how far clients are, each until all have answered or `patienceMs` are over. */
export class DistanceProbes implements Role<ProbeInput, ProbeOutput> {
  readonly #patienceMs: number;
  readonly #until = new Deadlines<Ipv6Address>();
  readonly #probes = new Map<Ipv6Address, Probe>();
  readonly #outputs: ProbeOutput[] = [];

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  handle(input: ProbeInput, now: Instant): void {
    const { client } = input;
    const probe = this.#probes.get(client);
    if (input.kind === 'asked') {
      if (probe !== undefined) return;
      this.#probes.set(client, { missing: new Set(input.members), latenciesMs: new Map() });
      this.#until.set(client, now + this.#patienceMs);
    } else {
      if (probe === undefined || !probe.missing.delete(input.by)) return;
      if (input.roundTripMs !== undefined) probe.latenciesMs.set(input.by, input.roundTripMs / 2);
    }
    if (this.#probes.get(client)?.missing.size === 0) this.#finish(client);
  }

  poll(): ProbeOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    return this.#until.next();
  }

  handleTimeout(now: Instant): void {
    for (const client of this.#until.due(now)) this.#finish(client);
  }

  #finish(client: Ipv6Address): void {
    const { latenciesMs } = this.#probes.get(client)!;
    this.#probes.delete(client);
    this.#until.delete(client);
    this.#outputs.push({ kind: 'measured', client, latenciesMs });
  }
}
