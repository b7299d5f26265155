import { earliest } from '../../mip6/roles/shared/instants.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { ContactTables } from './contact-tables.ts';

interface StrayPlan {
  /** care-of address of the contact node itself */
  readonly self: Ipv6Address;
  readonly tables: Pick<ContactTables, 'boundElsewhere'>;
  /** The channel to a member stands, and it understands what `tell` says. */
  reaches(member: Ipv6Address): boolean;
}

export type StrayInput =
  /** this member is the contact node, or is it no more */
  | { readonly kind: 'in-office' | 'out-of-office' }
  /** a channel stands, or does not any more */
  | { readonly kind: 'peers-changed' }
  /** a member has said what the client's binding to it is now, or this member has */
  | { readonly kind: 'bound'; readonly client: Ipv6Address }
  /** a member is deleting its binding of the client */
  | { readonly kind: 'let-go'; readonly client: Ipv6Address; readonly member: Ipv6Address }
  /** a TCP segment of the client has come by way of the home agent */
  | { readonly kind: 'seen'; readonly client: Ipv6Address };

export type StrayOutput =
  /** new connections of these clients and of no others are left unanswered here, and their segments are told as `seen` */
  | { readonly kind: 'keep-off'; readonly clients: readonly Ipv6Address[] }
  /** the client's packets come here although it is bound to `member`: its binding is to be made anew */
  | { readonly kind: 'tell'; readonly member: Ipv6Address; readonly client: Ipv6Address };

interface Stray {
  readonly since: Instant;
  readonly last: Instant;
  /** when its member is told again, and how long after that once more */
  readonly next: Instant;
  readonly pauseMs: number;
}

/** ms until a member is told again, the first time: each pause is twice the one before, for a member that is far away. */
const FIRST_PAUSE_MS = 2000;
/**
 * ms: a client whose packets come here for as long without a new binding is taken in. TCP repeats a SYN 1, 3, 7, 15 and 31 s after the first one.
 * As long without a packet, and what came before is another story.
 */
const PATIENCE_MS = 30_000;

/**
 * The contact node's care for clients that are bound to another member and have lost their binding: the correspondent node has been started again,
 * say, or has dropped it. Their packets come to the contact node then, which has nothing of their connections. While the member that has the client
 * sends, it hears of this by a Binding Error (RFC 6275 §9.3.3); while it is silent, the contact node tells it, so that it binds the client
 * again. Meanwhile the client's new connections find no answer here: one would have the client bound to the contact node, and part
 * it from its others for good. The client repeats its SYN, which goes where its other connections are.
 */
export class StrayClients implements Role<StrayInput, StrayOutput> {
  readonly #plan: StrayPlan;
  readonly #outputs: StrayOutput[] = [];
  /** client → the member that it is bound to, and until when */
  #elsewhere: ReadonlyMap<Ipv6Address, { readonly member: Ipv6Address; readonly until: Instant }> = new Map();
  /** client → the member that does not want it any more */
  readonly #letGo = new Map<Ipv6Address, Ipv6Address>();
  readonly #strays = new Map<Ipv6Address, Stray>();
  #inOffice = false;

  constructor(plan: StrayPlan) {
    this.#plan = plan;
  }

  /** The client is another member's: a new connection of it is not to be taken here. */
  isElsewhere(client: Ipv6Address): boolean {
    return this.#elsewhere.has(client);
  }

  handle(input: StrayInput, now: Instant): void {
    switch (input.kind) {
      case 'in-office':
      case 'out-of-office':
        this.#inOffice = input.kind === 'in-office';
        this.#letGo.clear();
        break;
      case 'peers-changed':
        break;
      case 'bound':
        this.#letGo.delete(input.client);
        this.#strays.delete(input.client);
        break;
      case 'let-go':
        if (this.#elsewhere.get(input.client)?.member === input.member)
          this.#letGo.set(input.client, input.member);
        break;
      case 'seen':
        if (this.#seen(input.client, now) !== 'taken-in') return;
        break;
      default:
        input satisfies never;
    }
    this.#look(now);
  }

  poll(): StrayOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    return earliest([...this.#elsewhere.values()].map(({ until }) => until));
  }

  handleTimeout(now: Instant): void {
    this.#look(now);
  }

  #seen(client: Ipv6Address, now: Instant): 'taken-in' | undefined {
    const member = this.#elsewhere.get(client)?.member;
    if (member === undefined) return undefined;
    const known = this.#strays.get(client);
    const stray =
      known === undefined || now - known.last >= PATIENCE_MS
        ? { since: now, next: now, pauseMs: FIRST_PAUSE_MS }
        : known;
    if (now - stray.since >= PATIENCE_MS) {
      this.#letGo.set(client, member);
      return 'taken-in';
    }
    const { next, pauseMs } = stray;
    if (next > now) this.#strays.set(client, { ...stray, last: now });
    else {
      this.#outputs.push({ kind: 'tell', member, client });
      this.#strays.set(client, { ...stray, last: now, next: now + pauseMs, pauseMs: 2 * pauseMs });
    }
    return undefined;
  }

  /** Who is elsewhere now; told when it is not who was before. */
  #look(now: Instant): void {
    const { reaches, self, tables } = this.#plan;
    const bound = this.#inOffice ? tables.boundElsewhere(self, now) : [];
    const kept = bound.filter(({ client, member }) => reaches(member) && this.#letGo.get(client) !== member);
    const clients = new Set(bound.map(({ client }) => client));
    for (const client of this.#letGo.keys()) if (!clients.has(client)) this.#letGo.delete(client);
    const before = this.#elsewhere;
    this.#elsewhere = new Map(kept.map(({ client, ...rest }) => [client, rest]));
    for (const client of this.#strays.keys()) if (!this.#elsewhere.has(client)) this.#strays.delete(client);
    const isSame = before.size === kept.length && kept.every(({ client }) => before.has(client));
    if (!isSame) this.#outputs.push({ kind: 'keep-off', clients: kept.map(({ client }) => client) });
  }
}
