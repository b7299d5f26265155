import { earliest } from '../../mip6/roles/shared/instants.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';

export type LateInput =
  /** the client is bound to this member no more: it has agreed to a deletion, or is another member's */
  | { readonly kind: 'left'; readonly client: Ipv6Address }
  /** it is bound or connected to this member again */
  | { readonly kind: 'came'; readonly client: Ipv6Address }
  /** this member is the contact node: every client may connect to it */
  | { readonly kind: 'in-office' };

/** New connections of these clients, and of no others, are left unanswered. */
export interface LateOutput {
  readonly kind: 'keep-off';
  readonly clients: readonly Ipv6Address[];
}

/** ms: the longest that a packet may be behind another which was sent after it; no path of a lab has more. */
export const LATEST_MS = 10_000;

/**
 * Clients that have left a member which is not the contact node. A SYN that one sent before it gave its binding up may come behind its answer. It
 * must not be answered here: the client repeats it to where its packets go now, is answered there too, and may take the answer from here, whose
 * connection none of its packets would ever reach.
 */
export class LateConnections implements Role<LateInput, LateOutput> {
  readonly #until = new Map<Ipv6Address, Instant>();
  readonly #outputs: LateOutput[] = [];

  handle(input: LateInput, now: Instant): void {
    switch (input.kind) {
      case 'left':
        this.#until.delete(input.client);
        this.#until.set(input.client, now + LATEST_MS);
        break;
      case 'came':
        if (!this.#until.delete(input.client)) return;
        break;
      case 'in-office':
        if (this.#until.size === 0) return;
        this.#until.clear();
        break;
      default:
        input satisfies never;
    }
    this.#tell();
  }

  poll(): LateOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    return earliest([...this.#until.values()]);
  }

  handleTimeout(now: Instant): void {
    const over = [...this.#until].filter(([, until]) => until <= now);
    for (const [client] of over) this.#until.delete(client);
    if (over.length > 0) this.#tell();
  }

  /** Who has left last comes first: there may not be room for all. */
  #tell(): void {
    this.#outputs.push({ kind: 'keep-off', clients: [...this.#until.keys()].reverse() });
  }
}
