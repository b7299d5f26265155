import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { Deadlines } from '../deadlines.ts';
import type { ForwardingFrame } from './forwarding-frames.ts';
import { type Flow, flowKey } from './plain-clients.ts';

/** Longer than the kernel repeats its SYN, ACK: 63 s. Then it is looked whether a connection is still there. */
const LOOK_MS = 70_000;

interface BegunPlan {
  readonly careOfAddress: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  /** undefined while none is known */
  contactNode(): Ipv6Address | undefined;
  /** Connections that this member has, in whatever state: in their handshake, half-closed, not taken by the application yet. */
  live(): readonly Flow[];
  /** The packets of this client come here without the contact node. */
  isBound(client: Ipv6Address): boolean;
}

export type BegunInput =
  /** Another member has become the contact node in this one's place; it is told of `told` by others. */
  | { readonly kind: 'superseded'; readonly isTold?: (flow: Flow) => boolean }
  /** Another contact node, or a channel that stands again, may know nothing of them. */
  | { readonly kind: 'ask-again' }
  /** The application has taken a connection: from here on somebody else looks after it. */
  | { readonly kind: 'established'; readonly flow: Flow }
  /** A connection that the application had has ended. */
  | { readonly kind: 'ended'; readonly flow: Flow }
  /** The client is bound to this member now. */
  | { readonly kind: 'bound'; readonly client: Ipv6Address }
  /** Somebody else looks after the client's connections now. */
  | { readonly kind: 'found'; readonly client: Ipv6Address };

export type BegunOutput =
  | { readonly kind: 'send'; readonly to: Ipv6Address; readonly frame: ForwardingFrame }
  /** There is no such connection any more, if there ever was one, or it needs no contact node. */
  | { readonly kind: 'gone'; readonly flow: Flow };

/**
 * Connections that began at this member while it was the contact node, which another one is now. Their clients are not bound to this
 * member: they have no Mobile IPv6, are not found out yet, or are in their handshake. Their packets go to the new contact node, which
 * knows nothing of them and is asked to send them here.
 */
export class BegunConnections implements Role<BegunInput, BegunOutput> {
  readonly #plan: BegunPlan;
  readonly #flows = new Map<string, Flow>();
  readonly #looks = new Deadlines<string>();
  readonly #outputs: BegunOutput[] = [];

  constructor(plan: BegunPlan) {
    this.#plan = plan;
  }

  /** What a contact node that is about to follow another one has to tell it. */
  get needed(): readonly Flow[] {
    const { isBound, live } = this.#plan;
    return live().filter(({ client }) => !isBound(client));
  }

  /** The connection is one of these. */
  has(flow: Flow): boolean {
    return this.#flows.has(flowKey(flow));
  }

  handle(input: BegunInput, now: Instant): void {
    switch (input.kind) {
      case 'superseded':
        for (const flow of this.needed)
          if (input.isTold?.(flow) !== true && !this.has(flow)) this.#watch(flow, now);
        this.#ask();
        return;
      case 'ask-again':
        this.#ask();
        return;
      case 'established':
        this.#forget(input.flow);
        return;
      case 'ended':
        this.#end(input.flow);
        return;
      case 'bound':
        for (const flow of this.#of(input.client)) this.#end(flow);
        return;
      case 'found':
        for (const flow of this.#of(input.client)) this.#forget(flow);
        return;
      default:
        input satisfies never;
    }
  }

  poll(): BegunOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    return this.#looks.next();
  }

  handleTimeout(now: Instant): void {
    for (const key of this.#looks.due(now)) {
      const flow = this.#flows.get(key)!;
      if (this.#plan.live().some((one) => flowKey(one) === key)) this.#watch(flow, now);
      else this.#end(flow);
    }
  }

  #ask(): void {
    const { careOfAddress, contactAddress, contactNode } = this.#plan;
    const to = contactNode();
    if (to === undefined || to === careOfAddress) return;
    for (const { client, ...ports } of this.#flows.values()) {
      const frame = { kind: 'forward', contactAddress, client, sequence: 0, what: 'forward' } as const;
      this.#outputs.push({ kind: 'send', to, frame: { ...frame, connections: [ports] } });
    }
  }

  #of(client: Ipv6Address): readonly Flow[] {
    return [...this.#flows.values()].filter((flow) => flow.client === client);
  }

  #watch(flow: Flow, now: Instant): void {
    this.#flows.set(flowKey(flow), flow);
    this.#looks.set(flowKey(flow), now + LOOK_MS);
  }

  #end(flow: Flow): void {
    if (this.#forget(flow)) this.#outputs.push({ kind: 'gone', flow });
  }

  #forget(flow: Flow): boolean {
    this.#looks.delete(flowKey(flow));
    return this.#flows.delete(flowKey(flow));
  }
}
