import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { ipv6ToBytes } from '../../mip6/wire/address.ts';
import { accept, attachFilter, type FilterInstruction, ifAnyBit, ifEqual, load } from '../packet-filter.ts';
import { setNumberOption } from '../socket-libc.ts';
import { SO_DETACH_FILTER } from '../socket-options.ts';

/** The kernel's own offset for the network header: a listening socket's filter sees a segment from its TCP header on. */
const NETWORK_HEADER = -0x100000;
const SOURCE = NETWORK_HEADER + 8;
const TCP_FLAGS = 13;
const SYN = 0x02;
const WHOLE = 0xffffffff;
/** A filter has 4096 instructions at most. */
const MOST_CLIENTS = 400;
/** Lets everything else pass, and drops what no instruction behind these accepts. */
const ONLY_SYN: readonly FilterInstruction[] = [load(1, TCP_FLAGS), ifAnyBit(SYN, 1, 0), accept(WHOLE)];

/**
 * Keeps new connections of chosen clients from a listening socket: their SYNs are dropped without a word, and come again
 * after the client's own timeout of a second. Nothing else of theirs is touched; connections that the socket has accepted
 * inherit the filter, which no segment of theirs meets.
 */
export class NewConnections {
  readonly #listener: () => number;
  readonly #held = new Map<Ipv6Address, number>();
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

  /** Holds every client's for good. Throws LabError. */
  holdAll(): void {
    this.#all = true;
    attachFilter(this.#listener(), ONLY_SYN);
  }

  #count(client: Ipv6Address, change: 1 | -1): void {
    const count = (this.#held.get(client) ?? 0) + change;
    if (count > 0) this.#held.set(client, count);
    else this.#held.delete(client);
    const { size } = this.#held;
    if (this.#all) return;
    if (size === 0) setNumberOption(this.#listener(), SO_DETACH_FILTER, 0);
    else attachFilter(this.#listener(), holding([...this.#held.keys()]));
  }
}

/** Drops SYNs of these clients; of all, when they are too many to be told apart. */
function holding(clients: readonly Ipv6Address[]): readonly FilterInstruction[] {
  if (clients.length > MOST_CLIENTS) return ONLY_SYN;
  return [...ONLY_SYN, ...clients.flatMap(dropFrom), accept(WHOLE)];
}

function dropFrom(client: Ipv6Address): FilterInstruction[] {
  const address = Buffer.from(ipv6ToBytes(client));
  const compare = [0, 4, 8, 12].flatMap((at) => [
    load(4, SOURCE + at),
    // A difference leads behind the block.
    ifEqual(address.readUInt32BE(at), 0, 7 - at / 2),
  ]);
  return [...compare, accept(0)];
}
