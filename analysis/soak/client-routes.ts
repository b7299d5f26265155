import { closeAt } from './live-visit.ts';
import type { SoakEvent } from './record.ts';
import type { Visit } from './visit.ts';

interface Bound {
  readonly member: string;
  readonly untilMs: number;
}

/** Where the packets of clients lead: to the member that a client is bound to, else to the contact node. */
export class ClientRoutes {
  /** members by their addresses */
  readonly #nameOf: ReadonlyMap<string, string>;
  /** contact address → member that the home agent tunnels to */
  readonly #registered = new Map<string, string>();
  /** client and contact address → member to which the client's binding leads, and until when */
  readonly #bound = new Map<string, Bound>();
  /** the same → member whose binding the client has deleted, if it has made no other since */
  readonly #released = new Map<string, { readonly member: string; readonly atMs: number }>();

  constructor(nameOf: ReadonlyMap<string, string>) {
    this.#nameOf = nameOf;
  }

  /** The home agent has accepted a registration. */
  registered({ fields }: SoakEvent): void {
    const member = this.#nameOf.get(String(fields.careOfAddress));
    if (member !== undefined) this.#registered.set(String(fields.homeAddress), member);
  }

  /** The client has accepted a binding, or its deletion; gives the client with its contact address. */
  bound(client: string, { atMs, fields }: SoakEvent): string {
    const key = `${client} ${String(fields.homeAddress)}`;
    const member = this.#nameOf.get(String(fields.careOfAddress));
    this.#released.delete(key);
    if (fields.change === 'deleted' || member === undefined) {
      this.#bound.delete(key);
      if (member !== undefined) this.#released.set(key, { member, atMs });
    } else {
      const untilMs = atMs + 1000 * Number(fields.lifetimeSeconds ?? Number.POSITIVE_INFINITY);
      this.#bound.set(key, { member, untilMs });
    }
    return key;
  }

  /** The member that the client of this visit is bound to. */
  memberOf({ client, server }: Pick<Visit, 'client' | 'server'>): string | undefined {
    return this.#bound.get(`${client} ${server}`)?.member;
  }

  /** Who has answered the SYN of a connection, as far as bindings tell. */
  answererOf(visit: Pick<Visit, 'client' | 'server'>): string | undefined {
    return this.memberOf(visit) ?? this.#registered.get(visit.server);
  }

  /** The client's binding leads the packets of a connection that nobody has taken yet to this member from now on. */
  opens(visit: Visit, atMs: number): void {
    const { client, server, holdings, openings } = visit;
    closeAt(openings, atMs);
    const released = this.#released.get(`${client} ${server}`);
    if (released !== undefined && holdings.length === 0) visit.released = released;
    const bound = this.#bound.get(`${client} ${server}`);
    if (bound !== undefined && holdings.length === 0)
      openings.push({ member: bound.member, fromMs: atMs, toMs: bound.untilMs });
  }

  /**
   * Where a connection that nobody has accepted yet leads to: the client's binding, whoever is the contact node; or the contact
   * node, once this has answered.
   */
  opensTo({ client, server, connectedMs }: Visit, member: string): boolean {
    if (this.#bound.get(`${client} ${server}`)?.member === member) return true;
    return connectedMs !== undefined && this.#registered.get(server) === member;
  }
}
