import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { ForwardingFrame } from '../../../server/plain/forwarding-frames.ts';
import { type Flow, flowKey } from '../../../server/plain/plain-clients.ts';

/** Longer than the kernel repeats its SYN, ACK: 63 s. Then it is looked whether a connection is still there. */
const LOOK_MS = 70_000;

interface BegunConnectionsOptions {
  readonly careOfAddress: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  /** undefined while none is known */
  contactNode(): Ipv6Address | undefined;
  send(peer: Ipv6Address, frame: ForwardingFrame): boolean;
  /** Connections that this member has, in whatever state: in their handshake, half-closed, not taken by the application yet. */
  live(): readonly Flow[];
  /** The packets of this client come here without the contact node. */
  isBound(client: Ipv6Address): boolean;
  /** There is no such connection any more, if there ever was one, or it needs no contact node. */
  onGone(flow: Flow): void;
}

/**
 * Connections to a member that was the contact node when they began, and is not any more, of clients that are not bound to it: known to have no
 * Mobile IPv6, not found out yet, or in their handshake. What such a client sends goes to another contact node, which knows nothing of
 * them and is asked to send it here.
 */
export class BegunConnections {
  readonly #options: BegunConnectionsOptions;
  readonly #begun = new Map<string, { readonly flow: Flow; readonly timer: NodeJS.Timeout }>();

  constructor(options: BegunConnectionsOptions) {
    this.#options = options;
  }

  /** What a contact node that is about to follow another one has to tell it. */
  get needed(): readonly Flow[] {
    const { isBound, live } = this.#options;
    return live().filter(({ client }) => !isBound(client));
  }

  /** To be called when another member has become the contact node in this one's place; it is told of those for which `isTold` by others. */
  superseded(isTold: (flow: Flow) => boolean = () => false): void {
    for (const flow of this.needed) if (!isTold(flow) && !this.#begun.has(flowKey(flow))) this.#watch(flow);
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

  /** The application takes a connection; whether it was one of these. From here on whoever calls looks after it. */
  established(flow: Flow): boolean {
    return this.#forget(flow);
  }

  /** A connection that the application had has ended. */
  ended(flow: Flow): void {
    if (this.#forget(flow)) this.#options.onGone(flow);
  }

  /** The client is bound to this member now. */
  bound(client: Ipv6Address): void {
    for (const { flow } of [...this.#begun.values()]) if (flow.client === client) this.ended(flow);
  }

  /** Somebody else looks after the client's connections now. */
  found(client: Ipv6Address): void {
    for (const { flow } of [...this.#begun.values()]) if (flow.client === client) this.#forget(flow);
  }

  close(): void {
    for (const { timer } of this.#begun.values()) clearTimeout(timer);
    this.#begun.clear();
  }

  #watch(flow: Flow): void {
    const timer = setTimeout(() => this.#look(flow), LOOK_MS);
    this.#begun.set(flowKey(flow), { flow, timer });
  }

  #look(flow: Flow): void {
    const key = flowKey(flow);
    if (this.#options.live().some((one) => flowKey(one) === key)) this.#watch(flow);
    else this.ended(flow);
  }

  #forget(flow: Flow): boolean {
    const begun = this.#begun.get(flowKey(flow));
    clearTimeout(begun?.timer);
    return this.#begun.delete(flowKey(flow));
  }
}
