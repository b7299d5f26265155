import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { whyNotExpected } from '../admission/connection-ends.ts';
import { LARGEST_INIT_OCTETS, MOST_CONNECTIONS } from '../channel/frame-limits.ts';
import type { SurvivalPlan } from './endpoint-types.ts';
import type { SurvivalFrame } from './frames.ts';
import type { ReplicaState } from './successor-types.ts';

/** Octets of replicas that one peer may have here. */
const MOST_OCTETS_OF_PEER = LARGEST_INIT_OCTETS;

export type ReplicaFrame = Extract<SurvivalFrame, { readonly kind: 'replica' }>;

/** A client's replicas: whose they are, and how many octets of each of its connections, by port. */
interface Occupant {
  readonly holder: Ipv6Address;
  readonly octets: ReadonlyMap<number, number>;
}

/** What a replica has to be so that it can be kept, and what there is room for. */
export class ReplicaRoom<State extends ReplicaState> {
  readonly #plan: SurvivalPlan<State>;

  constructor(plan: SurvivalPlan<State>) {
    this.#plan = plan;
  }

  /** Throws ProtocolError or DecodeError for what cannot be a client's connection. */
  read({ contactAddress, client, port, tcpState }: ReplicaFrame): State {
    const { group, ...plan } = this.#plan;
    const state = plan.decode(tcpState);
    const reason =
      contactAddress === plan.contactAddress
        ? (group.whyNoClient(client) ?? whyNotExpected([state], { ...plan, client }))
        : `the replica is of ${contactAddress}, not of the contact address ${plan.contactAddress}`;
    if (reason !== undefined) throw new ProtocolError(reason);
    if (state.remote.port !== port)
      throw new ProtocolError(`the connection is from port ${state.remote.port}, not ${port}`);
    return state;
  }

  /** Why one of so many octets cannot be kept of a client, beside `all` that are; undefined: it can. */
  whyTooMuch(of: Occupant, port: number, octets: number, all: Iterable<Occupant>): string | undefined {
    if (!of.octets.has(port) && of.octets.size >= MOST_CONNECTIONS)
      return `at most ${MOST_CONNECTIONS} connections of one client are kept`;
    const sum = [...all]
      .filter(({ holder }) => holder === of.holder)
      .flatMap((one) => [...one.octets.values()])
      .reduce((total, size) => total + size, octets);
    if (sum - (of.octets.get(port) ?? 0) <= MOST_OCTETS_OF_PEER) return undefined;
    return `at most ${MOST_OCTETS_OF_PEER} octets of one member's clients are kept`;
  }
}
