import type { MobileNodeEvent } from '../../../mip6/roles/mobile-node-types.ts';
import { newerSequence } from '../../../mip6/roles/sequence.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import { BindingStatus } from '../../../mip6/wire/constants.ts';
import type { ConnectionPorts, ForwardingFrame } from '../../../server/clients/forwarding-frames.ts';
import type { ForwardingOutcome } from '../../../server/clients/forwarding-table.ts';
import type { PeerChange } from '../channel.ts';
import type { ClientBindings } from '../handoff-context.ts';
import type { Forwarder } from './forwarder.ts';

/** ms without an answer, from this contact node or the next one, after which the question is given up */
const ANSWER_TIMEOUT_MS = 30_000;

export interface ForwardedBindingsOptions {
  readonly careOfAddress: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  readonly forwarder: Pick<Forwarder, 'answer'>;
  /** undefined while none is known */
  contactNode(): Ipv6Address | undefined;
  send(peer: Ipv6Address, frame: ForwardingFrame): boolean;
  /** The connections of this client that are on their way here. */
  expectedOf(client: Ipv6Address): readonly ConnectionPorts[];
  /** Those that are here. */
  openOf(client: Ipv6Address): readonly ConnectionPorts[];
  /** What a client's own answer to a Binding Update would be. */
  onEvent(event: MobileNodeEvent): void;
  /** Nothing is known of this client's connections any more, unless some are open here. */
  onForget(client: Ipv6Address): void;
}

type Wish = 'forward' | 'contest';

interface Asked {
  readonly sequence: number;
  readonly connections: readonly ConnectionPorts[];
  readonly what: Wish;
  readonly timer: NodeJS.Timeout;
}

/**
 * The bindings of clients without Mobile IPv6, as handoffs know bindings: in the client's place the contact node keeps them and
 * answers. Return routability, whose purpose is to convince the client, is complete at once.
 */
export class ForwardedBindings implements ClientBindings {
  readonly #options: ForwardedBindingsOptions;
  readonly #sequences = new Map<Ipv6Address, number>();
  /** without an answer yet */
  readonly #asked = new Map<Ipv6Address, Asked>();

  constructor(options: ForwardedBindingsOptions) {
    this.#options = options;
  }

  startReturnRoutability(correspondent: Ipv6Address): void {
    const { careOfAddress } = this.#options;
    const ages = { homeTokenAgeMs: 0, careOfTokenAgeMs: 0 };
    this.#tell({ kind: 'return-routability-complete', correspondent, careOfAddress, ...ages });
  }

  bindAsAcceptor(client: Ipv6Address, lastSequence: number): void {
    this.#ask(client, (lastSequence + 1) & 0xffff, this.#options.expectedOf(client));
  }

  /** The same question again: whether the connections still are this member's. */
  renew(client: Ipv6Address): void {
    this.#ask(client, this.lastSequence(client), this.#options.openOf(client));
  }

  contest(client: Ipv6Address, sequence: number): void {
    this.#ask(client, sequence, this.#options.openOf(client), 'contest');
  }

  reclaim(client: Ipv6Address, sequence: number): void {
    this.#ask(client, sequence, this.#options.openOf(client));
  }

  /** Nothing here binds such a client unasked. */
  suspend(): void {}

  resume(): void {}

  forget(client: Ipv6Address): void {
    clearTimeout(this.#asked.get(client)?.timer);
    this.#asked.delete(client);
    this.#sequences.delete(client);
    this.#options.onForget(client);
  }

  /** Other connections of the client may be on their way here meanwhile: of those nothing is forgotten. */
  handedOff(client: Ipv6Address): void {
    if (!this.#asked.has(client) && this.#options.expectedOf(client).length === 0) this.forget(client);
  }

  lastSequence(client: Ipv6Address): number {
    return this.#sequences.get(client) ?? 0;
  }

  /** The contact node's answer. */
  answered({ client, sequence, outcome, reason }: Extract<ForwardingFrame, { kind: 'forwarded' }>): void {
    this.#settle(client, sequence, outcome === 'refused' ? { kind: outcome, reason } : { kind: outcome });
  }

  /** A question may have been lost with the channel. */
  onPeer(peer: Ipv6Address, change: PeerChange): void {
    if (peer === this.#options.contactNode() && (change === 'restored' || change === 'up')) this.askAgain();
  }

  /** Who was asked last may have died with the question: another member is the contact node. */
  askAgain(): void {
    for (const [client, { sequence, connections, what }] of [...this.#asked])
      this.#ask(client, sequence, connections, what);
  }

  /** Tells the contact node what is here of these clients: it may have heard nothing of it from its predecessor. */
  announce(clients: Iterable<Ipv6Address>): void {
    for (const client of clients) {
      const connections = this.#options.openOf(client);
      if (connections.length > 0 && !this.#asked.has(client))
        this.#ask(client, this.lastSequence(client), connections);
    }
  }

  close(): void {
    for (const { timer } of this.#asked.values()) clearTimeout(timer);
  }

  #ask(
    client: Ipv6Address,
    sequence: number,
    connections: readonly ConnectionPorts[],
    what: Wish = 'forward',
  ): void {
    const { careOfAddress, contactAddress, contactNode, forwarder, send } = this.#options;
    const again = this.#asked.get(client);
    const sameQuestion = again?.sequence === sequence && again.what === what;
    if (!sameQuestion) clearTimeout(again?.timer);
    const timer = sameQuestion ? again.timer : setTimeout(() => this.#giveUp(client), ANSWER_TIMEOUT_MS);
    this.#asked.set(client, { sequence, connections, what, timer });
    const frame = { kind: 'forward', contactAddress, client, sequence, what, connections } as const;
    const contact = contactNode();
    if (contact === careOfAddress) this.#settle(client, sequence, forwarder.answer(frame, careOfAddress));
    // Out of reach: the channel, or another contact node, comes in time or the question is given up.
    else if (contact !== undefined) send(contact, frame);
  }

  #settle(correspondent: Ipv6Address, sequence: number, outcome: ForwardingOutcome): void {
    const asked = this.#asked.get(correspondent);
    if (asked?.sequence !== sequence) return;
    clearTimeout(asked.timer);
    this.#asked.delete(correspondent);
    if (outcome.kind === 'accepted') {
      // Groups of a client's connections come under numbers of their own; the next handoff's must be above them all.
      const last = this.#sequences.get(correspondent) ?? sequence;
      this.#sequences.set(correspondent, newerSequence(sequence, last));
      const { careOfAddress } = this.#options;
      const granted = { status: 0, careOfAddress, sequence, lifetimeSeconds: 0 };
      this.#tell({ kind: 'binding-acknowledged', correspondent, ...granted });
      return;
    }
    const status =
      outcome.kind === 'superseded'
        ? BindingStatus.sequenceNumberOutOfWindow
        : BindingStatus.insufficientResources;
    this.#tell({ kind: 'binding-rejected', correspondent, status, sequence, retrying: false });
  }

  #giveUp(correspondent: Ipv6Address): void {
    if (this.#asked.delete(correspondent))
      this.#tell({ kind: 'gave-up', correspondent, step: 'binding-update' });
  }

  /** Behind whatever asked, as an answer from elsewhere would be. */
  #tell(event: MobileNodeEvent): void {
    queueMicrotask(() => this.#options.onEvent(event));
  }
}
