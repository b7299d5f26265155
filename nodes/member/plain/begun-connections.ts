import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { ForwardingFrame } from '../../../server/clients/forwarding-frames.ts';
import { type Flow, flowKey } from '../../../server/clients/plain-clients.ts';

/** Longer than the kernel repeats its SYN, ACK: 63 s. */
const HANDSHAKE_MS = 70_000;

export interface BegunConnectionsOptions {
  readonly careOfAddress: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  /** undefined while none is known */
  contactNode(): Ipv6Address | undefined;
  send(peer: Ipv6Address, frame: ForwardingFrame): boolean;
  /** Connections whose SYN this member has answered, and that are not established yet. */
  handshakes(): readonly Flow[];
  /** The packets of this client come here without the contact node. */
  isBound(client: Ipv6Address): boolean;
  /** There is no such connection any more, if there ever was one. */
  onGone(flow: Flow): void;
}

/**
 * Connections to a member that was the contact node when they began, and is not any more: the rest of the handshake goes to
 * another contact node, which knows nothing of them and is asked to send it here.
 */
export class BegunConnections {
  readonly #options: BegunConnectionsOptions;
  readonly #begun = new Map<string, { readonly flow: Flow; readonly timer: NodeJS.Timeout }>();

  constructor(options: BegunConnectionsOptions) {
    this.#options = options;
  }

  /** To be called when another member has become the contact node in this one's place. */
  superseded(): void {
    for (const flow of this.#options.handshakes()) {
      if (this.#begun.has(flowKey(flow)) || this.#options.isBound(flow.client)) continue;
      const timer = setTimeout(() => this.#expire(flow), HANDSHAKE_MS);
      this.#begun.set(flowKey(flow), { flow, timer });
    }
    this.askAgain();
  }

  /** Another contact node, or a channel that stands again, may know nothing of it. */
  askAgain(): void {
    const { careOfAddress, contactAddress, contactNode, send } = this.#options;
    const contact = contactNode();
    if (contact === undefined || contact === careOfAddress) return;
    for (const { flow } of this.#begun.values()) {
      const { client, ...ports } = flow;
      const frame = { kind: 'forward', contactAddress, client, sequence: 0, what: 'forward' } as const;
      send(contact, { ...frame, connections: [ports] });
    }
  }

  /** A connection is established; whether it was one of these. */
  established(flow: Flow): boolean {
    const begun = this.#begun.get(flowKey(flow));
    clearTimeout(begun?.timer);
    return this.#begun.delete(flowKey(flow));
  }

  close(): void {
    for (const { timer } of this.#begun.values()) clearTimeout(timer);
    this.#begun.clear();
  }

  #expire(flow: Flow): void {
    this.#begun.delete(flowKey(flow));
    this.#options.onGone(flow);
  }
}
