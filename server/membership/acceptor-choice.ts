import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';

/** A member that could take a client, as the donor knows it. */
export interface Candidate {
  /** its care-of address */
  readonly member: Ipv6Address;
  /** clients it serves now */
  readonly clients: number;
  /** measured one-way latency between it and the client in question; absent: not measured */
  readonly latencyMs?: number;
}

/** How a donor chooses the acceptor of a client. A policy is data: to add one, add a row below, or name a module of one's own. */
export interface AcceptorPolicy {
  readonly name: string;
  readonly description: string;
  /** wants `latencyMs`: the candidates measure it before the choice; default false */
  readonly measuresLatency?: boolean;
  /** The best of `candidates`, at least one, in the order of their addresses; `last`: chosen before, by this donor. */
  readonly choose: (candidates: readonly Candidate[], last: Ipv6Address | undefined) => Candidate;
}

export const acceptorPolicies: readonly AcceptorPolicy[] = [
  {
    name: 'round-robin',
    description: 'each member in turn',
    choose: (candidates, last) =>
      candidates.find(({ member }) => last !== undefined && member > last) ?? candidates[0]!,
  },
  {
    name: 'least-clients',
    description: 'the member that serves the fewest clients',
    choose: (candidates) => least(candidates, ({ clients }) => clients),
  },
  {
    name: 'nearest',
    description:
      'the member with the smallest measured latency to the client; unmeasured ones last, fewest clients first',
    measuresLatency: true,
    choose: (candidates) =>
      least(byClients(candidates), ({ latencyMs = Number.POSITIVE_INFINITY }) => latencyMs),
  },
];

/** The policy called `name`. Throws ProtocolError when there is none. */
export function acceptorPolicy(name: string): AcceptorPolicy {
  const found = acceptorPolicies.find((policy) => policy.name === name);
  if (found !== undefined) return found;
  const known = acceptorPolicies.map((policy) => policy.name).join(', ');
  throw new ProtocolError(`unknown acceptor policy '${name}' (known: ${known})`);
}

/** Chooses acceptors under one policy, which may be somebody's own. */
export class AcceptorChoice {
  readonly #policy: AcceptorPolicy;
  #last: Ipv6Address | undefined;

  constructor(policy: AcceptorPolicy) {
    this.#policy = policy;
  }

  /** Undefined when there are no candidates. Throws ProtocolError when a policy of somebody's own chooses none of them. */
  choose(candidates: readonly Candidate[]): Candidate | undefined {
    if (candidates.length === 0) return undefined;
    const ordered = candidates.toSorted((a, b) => (a.member < b.member ? -1 : 1));
    const chosen: Candidate | undefined = this.#policy.choose(ordered, this.#last);
    if (!ordered.some(({ member }) => member === chosen?.member))
      throw new ProtocolError(
        `acceptor policy '${this.#policy.name}' chose ${chosen?.member}, which is none of its candidates`,
      );
    this.#last = chosen.member;
    return chosen;
  }
}

/** The first of those with the least value. */
function least(candidates: readonly Candidate[], value: (candidate: Candidate) => number): Candidate {
  return candidates.reduce((best, candidate) => (value(candidate) < value(best) ? candidate : best));
}

/** The same candidates, fewest clients first. */
function byClients(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.toSorted((a, b) => a.clients - b.clients);
}
