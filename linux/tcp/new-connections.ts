import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { IPV6_LAYOUT } from '../../mip6/wire/header-walk.ts';
import { TCP_FLAG, TCP_LAYOUT } from '../../mip6/wire/tcp-header.ts';
import {
  accept,
  attachFilter,
  type FilterInstruction,
  ifAnyBit,
  load,
  MOST_ADDRESSES,
  whenAddress,
} from '../packet-filter.ts';
import { setNumberOption } from '../socket-libc.ts';
import { SO_DETACH_FILTER } from '../socket-options.ts';

/** The kernel's own offset for the network header: a listening socket's filter sees a segment from its TCP header on. */
const NETWORK_HEADER = -0x100000;
const SOURCE = NETWORK_HEADER + IPV6_LAYOUT.source.at;
const WHOLE = 0xffffffff;
/** Lets everything else pass, and drops what no instruction behind these accepts. */
const ONLY_SYN: readonly FilterInstruction[] = [
  load(1, TCP_LAYOUT.flags.at),
  ifAnyBit(TCP_FLAG.syn, 1, 0),
  accept(WHOLE),
];

/**
 * Keeps new connections of chosen clients from a listening socket: their SYNs are dropped without a word, and come again
 * after the client's own timeout of a second. Nothing else of theirs is touched; connections that the socket has accepted
 * inherit the filter, which no segment of theirs meets.
 */
export class NewConnections {
  readonly #listener: () => number;
  readonly #held = new Map<Ipv6Address, number>();
  #kept: readonly Ipv6Address[] = [];
  #filtered = false;
  #all = false;

  /** `listener`: gives the listening socket's descriptor. */
  constructor(listener: () => number) {
    this.#listener = listener;
  }

  /** Holds this client's until the returned function is called; as often as it is held. Throws LabError. */
  hold(client: Ipv6Address): () => void {
    this.#count(client, 1);
    let held = true;
    return () => {
      if (held) this.#count(client, -1);
      held = false;
    };
  }

  /**
   * Keeps these clients' off besides, until the next call. Those beyond what a filter has room for are not kept off: whoever calls has to
   * refuse what they open. Throws LabError.
   */
  keepOff(clients: readonly Ipv6Address[]): void {
    this.#kept = clients;
    this.#apply();
  }

  /** Holds every client's for good. Throws LabError. */
  holdAll(): void {
    this.#all = true;
    attachFilter(this.#listener(), ONLY_SYN);
  }

  #count(client: Ipv6Address, change: 1 | -1): void {
    const count = (this.#held.get(client) ?? 0) + change;
    if (count > 0) this.#held.set(client, count);
    else this.#held.delete(client);
    this.#apply();
  }

  #apply(): void {
    if (this.#all) return;
    const filter = holding([...this.#held.keys()], this.#kept);
    if (filter !== undefined) attachFilter(this.#listener(), filter);
    else if (this.#filtered) setNumberOption(this.#listener(), SO_DETACH_FILTER, 0);
    this.#filtered = filter !== undefined;
  }
}

/**
 * Drops SYNs of clients that are held, or of all clients when there are too many of those. Clients that are kept off are dropped, too, as
 * far as there is room. Undefined when there is nobody.
 */
export function holding(
  held: readonly Ipv6Address[],
  kept: readonly Ipv6Address[],
): readonly FilterInstruction[] | undefined {
  if (held.length > MOST_ADDRESSES) return ONLY_SYN;
  const clients = [...new Set([...held, ...kept])].slice(0, MOST_ADDRESSES);
  if (clients.length === 0) return undefined;
  return [...ONLY_SYN, ...clients.flatMap((client) => whenAddress(client, SOURCE, 0)), accept(WHOLE)];
}
