import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { PeerChange } from './peer-change.ts';

interface PeersPlan {
  /** care-of address of this member */
  readonly self: Ipv6Address;
  /** configured: all of them are waited for */
  readonly peers: readonly Ipv6Address[];
  /** They need not know this member, and need not come. */
  readonly introducers: readonly Ipv6Address[];
  /** peers at most; configured ones count, and are there in any case */
  readonly limit: number;
}

interface Peer<Connection> {
  /** the one that stands */
  connection?: Connection;
  /** of the process last connected; undefined once it is known to be gone */
  incarnation?: number;
  /** does not know this member perhaps: is called even where it should call */
  readonly introduce?: boolean;
  /** may never come: nobody waits for it */
  optional?: boolean;
  /** its host has said that nobody is there, and no process has come since */
  absent?: boolean;
}

/** What follows from a connection that stands. */
interface Standing<Connection> {
  /** in this order */
  readonly changes: readonly PeerChange[];
  /** one that the peer has given up, and this member had not noticed */
  readonly replaced?: Connection;
}

/**
 * The peers of a member: who of each pair calls, and how each peer's process stands: it is there, has come back, is waited for, or is known
 * to have ended. Of a
 * pair the member with the smaller address calls; one that the other may not know calls whatever the addresses.
 */
export class ChannelPeers<Connection> {
  readonly #plan: PeersPlan;
  readonly #peers: Map<Ipv6Address, Peer<Connection>>;

  constructor(plan: PeersPlan) {
    this.#plan = plan;
    this.#peers = new Map<Ipv6Address, Peer<Connection>>([
      ...plan.peers.map((peer) => [peer, {}] as const),
      ...plan.introducers.map((peer) => [peer, { introduce: true, optional: true }] as const),
    ]);
  }

  get size(): number {
    return this.#peers.size;
  }

  get all(): readonly Ipv6Address[] {
    return [...this.#peers.keys()];
  }

  /** Channels to all that are waited for stand. */
  get complete(): boolean {
    return [...this.#peers.values()].every(
      ({ connection, optional }) => connection !== undefined || optional === true,
    );
  }

  /** Those that a channel stands to, each with its connection. */
  get standing(): readonly (readonly [Ipv6Address, Connection])[] {
    return [...this.#peers].flatMap(([peer, { connection }]) =>
      connection === undefined ? [] : [[peer, connection] as const],
    );
  }

  /** Those of which a process may be there, in reach or not. */
  get living(): readonly Ipv6Address[] {
    return [...this.#peers].flatMap(([peer, { absent }]) => (absent === true ? [] : peer));
  }

  has(peer: Ipv6Address): boolean {
    return this.#peers.has(peer);
  }

  connectionOf(peer: Ipv6Address): Connection | undefined {
    return this.#peers.get(peer)?.connection;
  }

  /** Of this pair, it is this member that connects. */
  connects(peer: Ipv6Address): boolean {
    return this.#plan.self < peer;
  }

  calls(peer: Ipv6Address): boolean {
    return this.connects(peer) || this.#peers.get(peer)?.introduce === true;
  }

  /** No channel to it stands. It is called; one that calls itself only to look whether its process is still there. */
  isMissed(address: Ipv6Address): boolean {
    const peer = this.#peers.get(address);
    if (peer === undefined || peer.connection !== undefined) return false;
    return this.calls(address) || peer.incarnation !== undefined;
  }

  /** One more, of which somebody has told. */
  add(peer: Ipv6Address): 'added' | 'known' | 'full' {
    if (this.#peers.has(peer) || peer === this.#plan.self) return 'known';
    if (this.#isFull) return 'full';
    this.#peers.set(peer, { introduce: true });
    return 'added';
  }

  /** It has left: the connection that stood. */
  remove(peer: Ipv6Address): Connection | undefined {
    const connection = this.connectionOf(peer);
    this.#peers.delete(peer);
    return connection;
  }

  /** A channel to it stands. One that was not known has shown that it belongs to the server; `full`: there is no room for it. */
  stands(
    address: Ipv6Address,
    connection: Connection,
    incarnation: number | undefined,
  ): Standing<Connection> | 'full' {
    const peer = this.#peers.get(address) ?? this.#admitted(address);
    if (peer === undefined) return 'full';
    const { connection: before, incarnation: known } = peer;
    peer.connection = connection;
    peer.absent = false;
    if (incarnation !== undefined) peer.incarnation = incarnation;
    return {
      ...(before === undefined ? {} : { replaced: before }),
      changes: [
        ...(before === undefined ? [] : ['lost' as const]),
        ...(known !== undefined && known !== incarnation ? ['gone' as const] : []),
        known === incarnation ? 'restored' : 'up',
      ],
    };
  }

  /** A connection has ended: true when it was the one that stood. */
  lost(address: Ipv6Address, connection: Connection): boolean {
    const peer = this.#peers.get(address);
    if (peer?.connection === undefined || peer.connection !== connection) return false;
    delete peer.connection;
    return true;
  }

  /** Its host says that nobody is there; true when that is news. For one that was only told of, nobody waits then. */
  absent(address: Ipv6Address): boolean {
    const peer = this.#peers.get(address);
    if (peer === undefined) return false;
    peer.absent = true;
    const isHearsay = peer.introduce === true && peer.optional !== true && peer.incarnation === undefined;
    if (isHearsay) peer.optional = true;
    const wasThere = peer.incarnation !== undefined;
    delete peer.incarnation;
    return isHearsay || wasThere;
  }

  get #isFull(): boolean {
    return this.#peers.size >= this.#plan.limit;
  }

  #admitted(address: Ipv6Address): Peer<Connection> | undefined {
    if (this.#isFull) return undefined;
    const peer: Peer<Connection> = {};
    this.#peers.set(address, peer);
    return peer;
  }
}
