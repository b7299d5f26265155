import type { Instant } from '../../mip6/roles/shared/role.ts';
import { type Ipv6Address, UNSPECIFIED } from '../../mip6/wire/address.ts';
import { MAX_RR_BINDING_LIFETIME } from '../../mip6/wire/constants.ts';
import type { ContactEntry } from './contact-entries.ts';
import { SharedRoom } from './shared-room.ts';

interface Kept {
  readonly entry: ContactEntry;
  readonly until: Instant;
}

/** So far may a binding's number be behind that of another member's which has overtaken it; numbers further behind are a fresh start. */
const OVERTAKEN = 2048;

type ForwardingEntry = Extract<ContactEntry, { readonly table: 'forwarding' }>;
export type BoundEntry = Extract<ContactEntry, { readonly table: 'bound' }>;

/**
 * What a contact node must know to finish what its predecessor began: the acceptor of each Home Test (paper §3.2), the server of each
 * connection of clients without Mobile IPv6 (§7.2), and the member that each other client is bound to. It tells every change to its
 * backups, and all of it to a new one. All else of a handoff is between donor, acceptor and client, and survives a takeover without help.
 */
export class ContactTables {
  readonly #kept: SharedRoom<string, Kept>;
  /** by client */
  readonly #bound: SharedRoom<string, Kept>;
  /**
   * Clients whose bindings have ended, the last number of each, and until when a member that was out of reach may still believe in one before
   * it. Not told to backups: a new contact node hears of these from the members themselves. Each is whose word it was.
   */
  readonly #ended: SharedRoom<Ipv6Address, { readonly sequence: number; readonly until: Instant }>;
  /**
   * client and member → the number of its binding there, which is no more: a member that was cut off may believe in it still. Each is that member's, so
   * that there are as many of a member's as it has had clients.
   */
  readonly #overtaken: SharedRoom<string, number>;

  /** `capacity`: of each table; see `SharedRoom`. */
  constructor(capacity: number) {
    this.#kept = new SharedRoom(capacity);
    this.#bound = new SharedRoom(capacity);
    this.#ended = new SharedRoom(capacity);
    this.#overtaken = new SharedRoom(capacity);
  }

  get size(): number {
    return this.#kept.size + this.#bound.size;
  }

  /** Keeps an entry for its lifetime, at the contact node or at a backup; one with the member `::` is taken away. */
  set(entry: ContactEntry, now: Instant): void {
    const table = entry.table === 'bound' ? this.#bound : this.#kept;
    expire(table, now);
    const key = keyOf(entry);
    this.#overtake(entry);
    table.delete(key);
    if (entry.member === UNSPECIFIED) return;
    table.set(key, { entry, until: now + entry.lifetimeMs }, entry.member);
  }

  /** All entries with what is left of their lifetimes: what a new backup is told. */
  snapshot(now: Instant): readonly ContactEntry[] {
    return [this.#kept, this.#bound].flatMap((table) => {
      expire(table, now);
      return table.all.map(({ entry, until }) => ({ ...entry, lifetimeMs: Math.ceil(until - now) }));
    });
  }

  /** Care-of address of the acceptor that waits for this Home Test. */
  acceptorOf(client: Ipv6Address, homeInitCookie: Uint8Array, now: Instant): Ipv6Address | undefined {
    const member = UNSPECIFIED;
    return this.#member({ table: 'pending-handoff', client, homeInitCookie, member, lifetimeMs: 0 }, now);
  }

  /** Care-of address of the member that serves this connection. */
  serverOf(
    client: Ipv6Address,
    clientPort: number,
    servicePort: number,
    now: Instant,
  ): Ipv6Address | undefined {
    const key = { table: 'forwarding', client, clientPort, servicePort } as const;
    return this.#member({ ...key, member: UNSPECIFIED, lifetimeMs: 0 }, now);
  }

  /** Connections that end because the member which served them has ended; they are forgotten. */
  lost(member: Ipv6Address): readonly ForwardingEntry[] {
    const entries = this.#kept.all.map(({ entry }) => entry);
    const lost = entries.filter(
      (entry): entry is ForwardingEntry => entry.table === 'forwarding' && entry.member === member,
    );
    for (const entry of lost) this.#kept.delete(keyOf(entry));
    return lost;
  }

  /** To whom this client is bound. */
  bindingOf(client: Ipv6Address, now: Instant): BoundEntry | undefined {
    const kept = this.#bound.get(client);
    return kept === undefined || kept.until <= now ? undefined : asBound(kept.entry);
  }

  /** Clients that are bound to this member. */
  boundTo(member: Ipv6Address, now: Instant): readonly Ipv6Address[] {
    return this.#bound.all.flatMap(({ entry, until }) =>
      entry.member === member && until > now ? entry.client : [],
    );
  }

  /** Clients that are bound to other members than this, and until when as far as is known here. */
  boundElsewhere(
    self: Ipv6Address,
    now: Instant,
  ): readonly { readonly client: Ipv6Address; readonly member: Ipv6Address; readonly until: Instant }[] {
    return this.#bound.all.flatMap(({ entry: { client, member }, until }) =>
      member === self || until <= now ? [] : [{ client, member, until }],
    );
  }

  /**
   * The client has deleted its binding by this number, or one that was sent before it, as the member `by` says: no earlier word is news any more. 0 says
   * nothing.
   */
  end(client: Ipv6Address, sequence: number, by: Ipv6Address, now: Instant): void {
    if (sequence === 0) return;
    const known = this.#ended.get(client);
    if (known !== undefined && known.until > now && isOvertaken(sequence, known.sequence)) return;
    this.#ended.set(client, { sequence, until: now + MAX_RR_BINDING_LIFETIME * 1000 }, by);
  }

  /**
   * Whether a member's word that it has bound a client, or that its binding has ended, is news: what it says may have been overtaken by another's. Where
   * numbers began anew since an end, which is told again and again, that end says nothing about what came behind it.
   */
  isNews({ client, member, sequence, lifetimeMs }: BoundEntry, now: Instant): boolean {
    if (this.#overtaken.get(`${client} ${member}`) === sequence) return false;
    const known = this.bindingOf(client, now);
    if (known?.member === member) return true;
    if (known !== undefined)
      return (
        !isOvertaken(sequence, known.sequence) && (lifetimeMs > 0 || isOvertaken(known.sequence, sequence))
      );
    const ended = this.#ended.get(client);
    return ended === undefined || ended.until <= now || !isOvertaken(sequence, ended.sequence);
  }

  #overtake({ table, client, member }: ContactEntry): void {
    if (table !== 'bound') return;
    const before = this.#bound.get(client);
    const last = before && asBound(before.entry);
    if (last === undefined || last.member === member) return;
    this.#overtaken.set(`${client} ${last.member}`, last.sequence, last.member);
  }

  #member(sought: ContactEntry, now: Instant): Ipv6Address | undefined {
    const kept = this.#kept.get(keyOf(sought));
    return kept === undefined || kept.until <= now ? undefined : kept.entry.member;
  }
}

/** The client has accepted `by` once, and so takes `sequence` no more (RFC 6275 §9.5.1). */
function isOvertaken(sequence: number, by: number): boolean {
  return ((by - sequence) & 0xffff) < OVERTAKEN;
}

function expire(table: SharedRoom<string, Kept>, now: Instant): void {
  table.forget(({ until }) => until <= now);
}

function asBound(entry: ContactEntry): BoundEntry | undefined {
  return entry.table === 'bound' ? entry : undefined;
}

function keyOf(entry: ContactEntry): string {
  switch (entry.table) {
    case 'pending-handoff':
      return `${entry.client} ${Buffer.from(entry.homeInitCookie).toString('hex')}`;
    case 'forwarding':
      return `${entry.client} ${entry.clientPort} ${entry.servicePort}`;
    case 'bound':
      return entry.client;
    default:
      return entry satisfies never;
  }
}
