import type { Instant } from '../../mip6/roles/shared/role.ts';
import { newerSequence } from '../../mip6/roles/shared/sequence.ts';
import { type Ipv6Address, UNSPECIFIED } from '../../mip6/wire/address.ts';
import { RecentlyEnded } from '../recently-ended.ts';
import type { BoundEntry, ContactTables } from './contact-tables.ts';

/** A binding as its member tells it to the contact node. */
export interface ToldBinding {
  readonly client: Ipv6Address;
  readonly sequence: number;
  /** 0: it has been deleted */
  readonly lifetimeMs: number;
}

/** deletions that are told again, and that have no answer, at most: a client that has gone never answers */
const MOST_ENDED = 1024;

/** What a member tells the contact node of its own bindings: those in force, and those whose end the contact node may not have heard of. */
export class OwnBindings {
  readonly #lifetimeMs: number;
  /** clients whose bindings to this member are being deleted */
  readonly #lettingGo = new RecentlyEnded<Ipv6Address, true>(MOST_ENDED);
  /**
   * Clients that have deleted their binding to this member: the last number of each, and until when it is told again. A contact node that
   * was out of reach may believe in the binding, or in one before it, as long as bindings last.
   */
  readonly #ended = new RecentlyEnded<Ipv6Address, { readonly sequence: number; readonly until: Instant }>(
    MOST_ENDED,
  );

  /** `lifetimeMs`: of bindings, as this member asks for them */
  constructor(lifetimeMs: number) {
    this.#lifetimeMs = lifetimeMs;
  }

  /** This member is about to delete its binding of this client. */
  letsGo(client: Ipv6Address): void {
    this.#lettingGo.set(client, true);
  }

  isLettingGo(client: Ipv6Address): boolean {
    return this.#lettingGo.get(client) ?? false;
  }

  /** The client has acknowledged a binding. */
  begun(client: Ipv6Address, sequence: number, lifetimeSeconds: number): ToldBinding {
    this.#lettingGo.delete(client);
    this.#ended.delete(client);
    return { client, sequence, lifetimeMs: lifetimeSeconds * 1000 };
  }

  /** The client has deleted its binding. */
  deleted(client: Ipv6Address, sequence: number, now: Instant): ToldBinding {
    this.#lettingGo.delete(client);
    this.#ended.set(client, { sequence, until: now + this.#lifetimeMs });
    return { client, sequence, lifetimeMs: 0 };
  }

  /** The ends that a contact node is told again. */
  ended(now: Instant): readonly ToldBinding[] {
    this.#ended.forget((_, { until }) => until <= now);
    return this.#ended.all.map(([client, { sequence }]) => ({ client, sequence, lifetimeMs: 0 }));
  }
}

type Tables = Pick<ContactTables, 'bindingOf' | 'end' | 'isNews'>;

/**
 * What changes in a contact node's tables by a member's word of its binding: no entry where nothing does; undefined: the word is no news. An end is
 * remembered: the word of a member that was out of reach meanwhile comes too late, as it would to the client.
 */
export function heardOf(
  tables: Tables,
  self: Ipv6Address,
  entry: BoundEntry,
  now: Instant,
): readonly BoundEntry[] | undefined {
  const { client, member, lifetimeMs } = entry;
  if (!tables.isNews(entry, now)) return undefined;
  if (lifetimeMs > 0) return [entry];
  const known = tables.bindingOf(client, now);
  // A later number ends earlier bindings, whoever had them: but of its own this member knows.
  const isOwn = known?.member === self;
  if (!isOwn || member === self) tables.end(client, lastOf(entry, known), member, now);
  return forgottenOf(tables, client, known === undefined || isOwn ? member : known.member, now);
}

/** The number that has ended. A member that has nothing of the client may name any: where a binding is known, that one's counts. */
function lastOf({ sequence }: BoundEntry, known: BoundEntry | undefined): number {
  return known === undefined ? sequence : newerSequence(sequence, known.sequence);
}

/** The same where nothing leads this client to `member` any more. */
export function forgottenOf(
  tables: Tables,
  client: Ipv6Address,
  member: Ipv6Address,
  now: Instant,
): readonly BoundEntry[] {
  const known = tables.bindingOf(client, now);
  return known?.member === member ? [{ ...known, member: UNSPECIFIED, lifetimeMs: 0 }] : [];
}
